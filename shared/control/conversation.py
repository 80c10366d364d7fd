"""The client's side of the control socket's protocol, without any input or output.

Owns frames, which answer belongs to which request, results that come in pieces, and the sentence
for every way in which a conversation can fail.  Does not own the connection and its deadlines: the
command line's is `client`, the one of asyncio programs `async_client`.

Only the cheapest modules of the standard library are imported: loading asyncio, pathlib or
pydantic would each cost more than asking the supervisor for its status.
"""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Iterator
from typing import Any

from meshvisor.shared.current_folder import absolute
from meshvisor.shared.errors import (
    ConflictError,
    CrashError,
    ForbiddenError,
    FullError,
    MeshvisorError,
    MissingError,
    NotRunningError,
    UnknownError,
    UsageError,
)
from meshvisor.shared.protocol.frames import FrameDecoder, FrameTooLongError, frame
from meshvisor.shared.wording import Worded, Wording

SOCKET_FOLDER = "var/run"
SOCKET_NAME = "control.sock"
"""The same place as `shared.paths.Home.control_socket`, without loading pathlib; a test compares
the two."""

_ERRORS = {2: UsageError, 3: MissingError, 4: NotRunningError}

REASONS: dict[str, type[MeshvisorError]] = {
    "unknown": UnknownError,
    "conflict": ConflictError,
    "forbidden": ForbiddenError,
    "full": FullError,
    "crash": CrashError,
}
"""What a failure says that programs can tell apart beyond its exit code."""


SILENT = Wording(
    "supervisor.silent",
    "The supervisor of {home} does not answer; look at its log (meshvisor logs), and restart it "
    "if it stays that way.",
)
GONE = Wording(
    "supervisor.gone",
    "The supervisor of {home} went away before it answered; see with 'meshvisor status' whether "
    "it is back.",
)
NOT_RUNNING = Wording(
    "supervisor.not_running",
    "No supervisor runs on {home}; start one with 'meshvisor run', or name another folder with "
    "--home.",
)


class SilentError(MeshvisorError):
    """A supervisor runs and takes no request: it is stopped, or its loop hangs."""


class Conversation:
    """One connection's.

    Requests come one after another; what still comes for an earlier one, whose caller has stopped
    waiting, is left out.

    Args:
        home: the home folder, for what is said about failures.
    """

    def __init__(self, home: str | os.PathLike[str]) -> None:
        self.home = absolute(home)
        self._decoder = FrameDecoder()
        self._frames: Iterator[bytes] = iter(())
        self._number = 0
        self._kind = ""
        self._arguments: dict[str, Any] = {}
        self._parts: list[str] = []

    # ---- Requests and answers ----------------------------------------------------------------

    def ask(self, kind: str, arguments: dict[str, Any]) -> bytes:
        """Return the frame of a new request.

        Raises:
            UsageError: it is too long.
        """
        self._number += 1
        self._kind, self._arguments, self._parts = kind, arguments, []
        body = {"v": 1, "id": self._number, "type": kind, **arguments}
        try:
            return frame(json.dumps(body, separators=(",", ":")).encode())
        except FrameTooLongError:
            raise UsageError("That is too much for one request; ask for fewer at once.") from None

    def feed(self, data: bytes) -> None:
        """Take in what has come, when `receive` has returned None.

        Raises:
            NotRunningError: nothing has: the supervisor has closed the connection.
        """
        if not data:
            raise self.gone()
        self._frames = self._decoder.feed(data)

    def receive(self) -> dict[str, Any] | None:
        """Return the next event or the reply of the request; None: more has to come first.

        Raises:
            MeshvisorError: what has come cannot be read.
        """
        try:
            for body in self._frames:
                answer = json.loads(body, parse_constant=_no_number)
                if self._is_due(answer):
                    return answer  # type: ignore[no-any-return] # it was looked at
        except (FrameTooLongError, ValueError, RecursionError):
            raise _unreadable() from None
        return None

    def again(self, reply: dict[str, Any]) -> bytes | None:
        """Return a request for a result in pieces, when the reply says that it may come so."""
        if not reply.get("parts") or "parts" in self._arguments:
            return None
        return self.ask(self._kind, {**self._arguments, "parts": True})

    def result(self, reply: dict[str, Any]) -> Any:
        """Return the result that a reply brings, or raise the error that it does."""
        if not reply["ok"]:
            kind = REASONS.get(reply.get("reason", ""))
            kind = kind or _ERRORS.get(reply.get("exit_code", 1), MeshvisorError)
            raise kind(_sentence(reply))
        if not self._parts:
            return reply.get("result")
        try:
            return json.loads("".join(self._parts))
        except (ValueError, RecursionError):
            raise _unreadable() from None

    def _is_due(self, answer: Any) -> bool:
        if not isinstance(answer, dict) or "reply_to" not in answer:
            raise _unreadable()
        if not answer.keys() & {"event", "part"} and not isinstance(answer.get("ok"), bool):
            raise _unreadable()
        # None: it could not read the request.  Other numbers: a request that timed out.
        if answer["reply_to"] not in (None, self._number):
            return False
        if "part" in answer:
            self._parts.append(str(answer["part"]))
            return False
        return True

    # ---- Connecting and its failures ---------------------------------------------------------

    def connect(self, connection: socket.socket) -> bool:
        """Connect, or return False: the queue is full, many clients come at the same moment.

        Raises:
            OSError: it cannot be; see `explained`.
        """
        # The address of a UNIX socket holds 107 bytes; through an open folder any path fits.
        folder = os.open(os.path.join(self.home, SOCKET_FOLDER), os.O_PATH | os.O_CLOEXEC)
        try:
            connection.connect(f"/proc/self/fd/{folder}/{SOCKET_NAME}")
        except BlockingIOError:
            return False
        finally:
            os.close(folder)
        return True

    def explained(self, error: OSError) -> MeshvisorError:
        """Return what to say about a connection that cannot be had or used."""
        if isinstance(error, (FileNotFoundError, NotADirectoryError, ConnectionRefusedError)):
            return not_running(self.home)
        path = os.path.join(self.home, SOCKET_FOLDER, SOCKET_NAME)
        if isinstance(error, PermissionError):
            return MeshvisorError(
                f"You may not use {path}; run this command as the user who runs the supervisor, "
                "or as root."
            )
        if isinstance(error, TimeoutError):
            return self.silent()
        # The path of the client's own making says nothing to people.
        return _explained(OSError(error.errno, error.strerror or str(error), path))

    def silent(self) -> SilentError:
        """Return what to say about a supervisor that does not answer."""
        return SilentError(SILENT.said(home=self.home))

    def gone(self) -> NotRunningError:
        """Return what to say about one that has closed the connection."""
        return NotRunningError(GONE.said(home=self.home))


def not_running(home: str | os.PathLike[str]) -> NotRunningError:
    """Return the error that says so, with the next step."""
    return NotRunningError(NOT_RUNNING.said(home=absolute(home)))


# Private


def _sentence(reply: dict[str, Any]) -> str:
    text = reply.get("error") or "The supervisor refused without a reason."
    code, fields = reply.get("code"), reply.get("fields")
    if isinstance(code, str) and isinstance(fields, dict):
        return Worded(text, code, fields)
    return str(text)


def _no_number(_name: str) -> None:
    """Read NaN and Infinity, which are no JSON, as unknown: no output here could show them."""


def _unreadable() -> MeshvisorError:
    return MeshvisorError(
        "The supervisor sent an answer that cannot be read; "
        "is it of the same version as this command?"
    )


def _explained(error: OSError) -> MeshvisorError:
    from meshvisor.shared.system_errors import explain  # seldom needed, and `status` has to be fast

    return explain(error) or MeshvisorError(f"Cannot connect to {error.filename}: {error}.")
