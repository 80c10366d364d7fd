"""The client of the control socket, made to start fast.

Owns the connection and its deadlines.  Does not own what is said on it (`conversation`, shared with
`async_client`) nor what requests mean.  Used by the command line; the supervisor and workers never
come here.

Only the cheapest modules of the standard library are imported, as in `conversation`.
"""

from __future__ import annotations

import os
import socket
import time
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

from meshvisor.shared.control.conversation import Conversation

REQUEST_TIMEOUT = 10.0
"""Seconds to wait for an answer that needs no waiting in the supervisor; its loop answers within
milliseconds, so this long a silence means that it hangs."""

SLOW_TIMEOUT = 660.0
"""Seconds to wait for requests that wait for workers: the longest `shutdown_timeout` and a minute
more."""

LAST_WORDS = 1.0
"""Seconds to wait for what a supervisor has said before it closed the connection: it is there."""

QUEUE_PAUSE = 0.01
"""Seconds before a full queue of connections is tried again."""

PIECE = 256 * 1024
"""Bytes to read at once: the status of some hundred meshes."""


class ControlClient:
    """A connection to the supervisor of one home.

    Args:
        home: the home folder.
        timeout: seconds that connecting, and each wait for an answer, may take.
        looks_after: whether half of that without an answer has the supervisor asked, on another
            connection, whether it is there: what takes long must not hide one that hangs.
        wait: given a descriptor, returns when there is something to read from it; used for the
            events of a stream, which may come in days.  What it raises ends the stream.

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
        wait: Callable[[int], None] | None = None,
    ) -> None:
        self._conversation = Conversation(home)
        self._timeout = timeout
        self._deadline: float | None = None
        self._is_closed = False
        self._may_look = looks_after
        self._looks_after = looks_after
        self._until_readable = wait
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
        asking: bytes | None = self._conversation.ask(kind, arguments)
        while asking is not None:
            self._send(asking)
            self._wait_for(self._timeout if timeout is None else timeout)
            # Events are of no use to a caller that waits for a result.
            while "ok" not in (answer := self._receive()):
                pass
            asking = self._conversation.again(answer)
        return self._conversation.result(answer)

    def stream(self, kind: str, **arguments: Any) -> Iterator[dict[str, Any]]:
        """Ask and yield the events of the answer, for as long as they come.

        Closing the client ends the stream, and so does a supervisor that stops.  Waiting for the
        next event has no deadline, but a supervisor that does not even begin is noticed.

        Raises:
            MeshvisorError: as for `request`.
        """
        self._send(self._conversation.ask(kind, arguments))
        self._wait_for(None)
        while True:
            answer = self._receive()
            # Nothing may happen for days, and a follower needs no answer to that.
            self._looks_after = False
            if "ok" in answer:
                self._conversation.result(answer)
                return
            yield answer["event"]

    # Private

    def _connect(self) -> socket.socket:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        connection.settimeout(self._timeout)
        deadline = time.monotonic() + self._timeout
        try:
            while not self._conversation.connect(connection):
                if time.monotonic() > deadline:
                    raise self._conversation.silent()
                time.sleep(QUEUE_PAUSE)
        except BaseException as error:
            connection.close()
            if isinstance(error, OSError):
                raise self._conversation.explained(error) from None
            raise
        return connection

    def _send(self, asking: bytes) -> None:
        self._socket.settimeout(self._timeout)
        try:
            self._socket.sendall(asking)
        except TimeoutError:
            raise self._conversation.silent() from None
        except ConnectionError:
            self._is_closed = True  # it may have said why before; `_receive` finds out
        except OSError as error:
            raise self._conversation.explained(error) from None

    def _wait_for(self, seconds: float | None) -> None:
        if self._is_closed:
            seconds = LAST_WORDS
        self._deadline = None if seconds is None else time.monotonic() + seconds
        self._looks_after = self._may_look

    def _receive(self) -> dict[str, Any]:
        """Return the next event or the reply of the request."""
        while (answer := self._conversation.receive()) is None:
            self._conversation.feed(self._read())
        return answer

    def _read(self) -> bytes:
        """Return what comes next; empty when the supervisor has closed the connection."""
        while True:
            left = None if self._deadline is None else self._deadline - time.monotonic()
            if left is not None and left <= 0:
                raise self._conversation.silent()
            half = self._timeout / 2 if self._looks_after else None
            waits = [seconds for seconds in (left, half) if seconds is not None]
            self._socket.settimeout(min(waits, default=None))
            if not waits and self._until_readable is not None:
                self._until_readable(self._socket.fileno())
            try:
                return self._socket.recv(PIECE)
            except TimeoutError:
                if half is not None:
                    self._look_after(half)
            except OSError:
                raise self._conversation.gone() from None

    def _look_after(self, timeout: float) -> None:
        """Make sure that a supervisor still works on the request.

        Raises:
            SilentError: a supervisor that does not answer the simplest question does not.
        """
        with ControlClient(self._conversation.home, timeout, looks_after=False) as other:
            other.request("version")
