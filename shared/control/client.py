"""The client of the control socket, made to start fast.

Owns the connection, its deadlines, and turning every way in which it can fail into one sentence.
Does not own what requests mean (`shared.control.messages`).  Used by the command line; the
supervisor and workers never come here.

Only the cheapest modules of the standard library are imported: loading asyncio, pathlib or
pydantic would each cost more than asking the supervisor for its status.
"""

from __future__ import annotations

import json
import os
import socket
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from meshvisor.shared.current_folder import absolute
from meshvisor.shared.errors import MeshvisorError, MissingError, NotRunningError, UsageError
from meshvisor.shared.protocol.frames import FrameDecoder, FrameTooLongError, frame

REQUEST_TIMEOUT = 10.0
"""Seconds to wait for an answer that needs no waiting in the supervisor; its loop answers within
milliseconds, so this long a silence means that it hangs."""

SLOW_TIMEOUT = 660.0
"""Seconds to wait for requests that wait for workers: the longest `shutdown_timeout` and a minute
more."""

SOCKET_FOLDER = "var/run"
SOCKET_NAME = "control.sock"
"""The same place as `shared.paths.Home.control_socket`, without loading pathlib; a test compares
the two."""

LAST_WORDS = 1.0
"""Seconds to wait for what a supervisor has said before it closed the connection: it is there."""

QUEUE_PAUSE = 0.01
"""Seconds before a full queue of connections is tried again."""

PIECE = 256 * 1024
"""Bytes to read at once: the status of some hundred meshes."""


class SilentError(MeshvisorError):
    """A supervisor runs and takes no request: it is stopped, or its loop hangs."""


_ERRORS = {2: UsageError, 3: MissingError, 4: NotRunningError}

LONG = frozenset({"status", "poll", "meshes", "blocklist_list", "perm_list", "events"})
"""Requests whose results may come in pieces, because a fleet may be larger than a frame."""


class ControlClient:
    """A connection to the supervisor of one home.

    Args:
        home: the home folder.
        timeout: seconds that connecting, and each wait for an answer, may take.
        looks_after: whether half of that without an answer has the supervisor asked, on another
            connection, whether it is there: what takes long must not hide one that hangs.

    Raises:
        NotRunningError: no supervisor runs there.
        MeshvisorError: there is one, but it cannot be reached; the message says why.
    """

    def __init__(
        self,
        home: str | os.PathLike[str],
        timeout: float = REQUEST_TIMEOUT,
        *,
        looks_after: bool = True,
    ) -> None:
        self._home = absolute(home)
        self._timeout = timeout
        self._frames: Iterator[bytes] = iter(())
        self._decoder = FrameDecoder()
        self._last_id = 0
        self._deadline: float | None = None
        self._is_closed = False
        self._may_look = looks_after
        self._looks_after = looks_after
        self._socket = self._connect()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the connection, and with it a stream that still runs; idempotent."""
        self._socket.close()

    def request(self, kind: str, *, timeout: float | None = None, **arguments: Any) -> Any:
        """Ask and return the `result` of the answer.

        Args:
            kind: the request's `type`.
            timeout: seconds to wait for the answer; None: as given to the client.
            arguments: the request's other fields.

        Raises:
            MeshvisorError: the supervisor refused or failed (with the exit code that it named),
                did not answer in time, or went away.
        """
        number = self._send(kind, arguments)
        self._wait_for(self._timeout if timeout is None else timeout)
        parts: list[str] = []
        while True:
            answer = self._receive(number)
            if "part" in answer:
                parts.append(str(answer["part"]))
            elif "ok" in answer:
                if answer.get("too_long") and kind in LONG and "parts" not in arguments:
                    # Only asked for when it is needed: an older supervisor does not know it.
                    return self.request(kind, timeout=timeout, parts=True, **arguments)
                return _joined(parts) if parts and answer["ok"] else _result(answer)

    def stream(self, kind: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Ask and yield the events of the answer, for as long as they come.

        Closing the client ends the stream, and so does a supervisor that stops.  Waiting for the
        next event has no deadline, but a supervisor that does not even begin is noticed.

        Raises:
            MeshvisorError: as for `request`.
        """
        number = self._send(kind, arguments)
        self._wait_for(None)
        while True:
            answer = self._receive(number)
            # Nothing may happen for days, and whoever follows needs no answer to that.
            self._looks_after = False
            if "ok" in answer:
                _result(answer)
                return
            yield answer["event"]

    # Private

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        connection.settimeout(self._timeout)
        try:
            # The address of a UNIX socket holds 107 bytes; through an open folder any path fits.
            folder = os.open(os.path.join(self._home, SOCKET_FOLDER), os.O_PATH | os.O_CLOEXEC)
            try:
                self._reach(connection, f"/proc/self/fd/{folder}/{SOCKET_NAME}")
            finally:
                os.close(folder)
        except OSError as error:
            connection.close()
            raise self._explain(error) from None
        return connection

    def _reach(self, connection: socket.socket, address: str) -> None:
        deadline = time.monotonic() + self._timeout
        while True:
            try:
                connection.connect(address)
            except BlockingIOError:
                # The queue of connections is full: many clients come at the same moment.
                if time.monotonic() > deadline:
                    raise
                time.sleep(QUEUE_PAUSE)
            else:
                return

    def _explain(self, error: OSError) -> MeshvisorError:
        if isinstance(error, (FileNotFoundError, NotADirectoryError, ConnectionRefusedError)):
            return not_running(self._home)
        path = os.path.join(self._home, SOCKET_FOLDER, SOCKET_NAME)
        if isinstance(error, PermissionError):
            return MeshvisorError(
                f"You may not use {path}; run this command as the user who runs the supervisor, "
                "or as root."
            )
        if isinstance(error, (TimeoutError, BlockingIOError)):
            return self._silent()
        # The path of the client's own making says nothing to people.
        return _explained(OSError(error.errno, error.strerror or str(error), path))

    def _silent(self) -> SilentError:
        return SilentError(
            f"The supervisor of {self._home} does not answer; look at its log "
            "(meshvisor logs), and restart it if it stays that way."
        )

    def _gone(self) -> MeshvisorError:
        return NotRunningError(
            f"The supervisor of {self._home} went away before it answered; "
            "see with 'meshvisor status' whether it is back."
        )

    def _send(self, kind: str, arguments: dict[str, Any]) -> int:
        self._last_id += 1
        body = {"v": 1, "id": self._last_id, "type": kind, **arguments}
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(frame(json.dumps(body, separators=(",", ":")).encode()))
        except TimeoutError:
            raise self._silent() from None
        except ConnectionError:
            self._is_closed = True  # it may have said why before; `_receive` finds out
        except OSError as error:
            raise self._explain(error) from None
        except FrameTooLongError:
            raise UsageError("That is too much for one request; ask for fewer at once.") from None
        return self._last_id

    def _wait_for(self, seconds: float | None) -> None:
        if self._is_closed:
            seconds = LAST_WORDS
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._looks_after = self._may_look

    def _receive(self, number: int) -> dict[str, Any]:
        """Return the next frame that belongs to request `number`: an event, or the reply."""
        while True:
            try:
                answer = json.loads(self._next_frame(), parse_constant=_no_number)
            except (FrameTooLongError, ValueError, RecursionError):
                raise _unreadable() from None
            if not isinstance(answer, dict) or "reply_to" not in answer:
                raise _unreadable()
            if not answer.keys() & {"event", "part"} and not isinstance(answer.get("ok"), bool):
                raise _unreadable()
            # None: it could not read the request.  Other numbers: a request that timed out.
            if answer["reply_to"] in {None, number}:
                return answer

    def _next_frame(self) -> bytes:
        while True:
            for body in self._frames:
                return body
            data = self._read()
            if not data:
                raise self._gone()
            self._frames = self._decoder.feed(data)

    def _read(self) -> bytes:
        """Return what comes next; empty when the supervisor has closed the connection."""
        while True:
            left = None if self._deadline is None else self._deadline - time.monotonic()
            if left is not None and left <= 0:
                raise self._silent()
            half = self._timeout / 2 if self._looks_after else None
            waits = [seconds for seconds in (left, half) if seconds is not None]
            self._socket.settimeout(min(waits, default=None))
            try:
                return self._socket.recv(PIECE)
            except TimeoutError:
                if half is not None:
                    self._look_after(half)
            except OSError:
                raise self._gone() from None

    def _look_after(self, timeout: float) -> None:
        """Make sure that there is still somebody who works on the request.

        Raises:
            SilentError: a supervisor that does not answer the simplest question does not.
        """
        with ControlClient(self._home, timeout, looks_after=False) as other:
            other.request("version")


def _no_number(_name: str) -> None:
    """Read NaN and Infinity, which are no JSON, as unknown: nobody here could show them."""


def _unreadable() -> MeshvisorError:
    return MeshvisorError(
        "The supervisor sent an answer that cannot be read; "
        "is it of the same version as this command?"
    )


def not_running(home: str | os.PathLike[str]) -> NotRunningError:
    """Return the error that says so, with the next step."""
    return NotRunningError(
        f"No supervisor runs on {absolute(home)}; start one with 'meshvisor run', "
        "or name another folder with --home."
    )


def _explained(error: OSError) -> MeshvisorError:
    from meshvisor.shared.system_errors import explain  # seldom needed, and `status` has to be fast

    return explain(error) or MeshvisorError(f"Cannot connect to {error.filename}: {error}.")


def _joined(parts: list[str]) -> Any:
    """Return a result that was longer than a frame."""
    try:
        return json.loads("".join(parts))
    except (ValueError, RecursionError):
        raise _unreadable() from None


def _result(answer: dict[str, Any]) -> Any:
    if answer["ok"]:
        return answer.get("result")
    kind = _ERRORS.get(answer.get("exit_code", 1), MeshvisorError)
    raise kind(answer.get("error") or "The supervisor refused without a reason.")
