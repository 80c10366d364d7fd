"""The life of a child, from its channel to its exit code, whatever it does.

Owns what every kind of child has: the channel and its end, the heartbeat, being stopped by message
and by signal, messages of unknown types, errors, and asking to be replaced.  Does not own the
process around it (`meshvisor.worker.child.run`), nor what a kind of child does: that derives from
`Child` and fills in its abstract methods.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any, ClassVar, Final

from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.channel import Broken, Channel
from meshvisor.shared.protocol.codec import UnknownMessage
from meshvisor.shared.protocol.messages import Error, Message, RestartRequest
from meshvisor.shared.protocol.to_worker import Shutdown, StatusRequest
from meshvisor.worker import memory_limit
from meshvisor.worker.child.error_reports import ErrorReports
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.child.timings import ChildTimings
from meshvisor.worker.child.vitals import Vitals
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.threads import THREADS, too_many_abandoned

log = bound_log(__name__)


class Child:
    """A child; make it inside a running event loop.

    Neither abstract nor generic for Python, although it is both: that costs each worker 40 kB.

    Args:
        start: what it was given; the channel belongs to it from now on.
        about: the fields of the envelope that name it, such as its mesh id.
        timings: how long it waits for what.
        log_writer: of a process of its own; None: the log belongs to the process that it runs in.
    """

    noun: ClassVar[str]
    """What a child of this kind is called in sentences, such as "worker"."""

    def __init__(
        self,
        start: ChildStart,
        about: dict[str, Any],
        timings: ChildTimings,
        log_writer: PipeWriter | None,
    ) -> None:
        self.start: Final = start
        self.about: Final = about
        self.log_writer: Final = log_writer
        self.errors: Final = ErrorReports(self.say, about)
        self.is_stopping = False
        """Whether it was asked to end."""
        self.has_asked = False
        """Whether it has asked to be replaced."""
        self.is_polite = True
        """Whether it says goodbye to the server that it is connected to, which takes a moment."""
        self.channel: Channel
        """Of the type that its kind opens; one that needs more of it says so by an annotation."""
        self.vitals: Vitals
        self._child_timings = timings
        self._outcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._channel_gone = asyncio.Event()
        self._errors_received = 0

    # What a kind of child fills in

    async def open_channel(self) -> Channel:
        """Return the channel on `start.channel`, with the methods below as its reactions."""
        raise NotImplementedError

    def begin(self) -> None:
        """Make its parts, say that it is ready, and begin; the channel is open."""
        raise NotImplementedError

    def stop(self, deadline: float) -> None:
        """Begin to end what it does, and call `finish` when that is done; called once at most.

        Args:
            deadline: seconds after which the supervisor takes other means.
        """
        raise NotImplementedError

    async def end(self) -> None:
        """End what still goes on, politely or not (`is_polite`); the exit code is settled."""
        raise NotImplementedError

    def answer_status(self, request: StatusRequest) -> None:
        """Answer `status_request`."""
        raise NotImplementedError

    def react(self, message: Any) -> None:
        """React to a message that not every kind of child gets; ignore late answers."""
        raise NotImplementedError

    def judge_wear(self) -> None:
        """Called with each heartbeat at which too many threads of this process never end."""
        self.ask_to_be_replaced(too_many_abandoned())

    # Life

    async def run(self) -> int:
        """Be this child until it is over; return the exit code (see `ChildExit`).

        Cancelling it ends the child, too.
        """
        self.channel = await self.open_channel()
        self.vitals = Vitals(self.start.stamp, self._look_after)
        self.begin()
        try:
            return await self._outcome
        finally:
            self.vitals.stop()
            await self.end()
            await self.close_channel()

    async def close_channel(self) -> None:
        """Close the channel; returns when the last messages have left, or after `flush` seconds."""
        self.channel.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._child_timings.flush):
                await self._channel_gone.wait()

    @property
    def is_over(self) -> bool:
        """Whether the exit code is settled."""
        return self._outcome.done()

    def finish(self, code: int, *, polite: bool = True) -> None:
        """End the child with this exit code; the first call counts.

        Args:
            code: see `ChildExit`.
            polite: see `is_polite`.
        """
        if not self._outcome.done():
            self.is_polite = polite
            self._outcome.set_result(code)

    def crash(self, error: BaseException) -> None:
        """End the child by an error that nothing handles; `run` raises it."""
        if not self._outcome.done():
            self._outcome.set_exception(error)

    def out_of_memory(self) -> None:
        """End the child, which has reached its memory limit."""
        self.finish(ChildExit.OUT_OF_MEMORY, polite=False)

    def terminate(self) -> None:
        """React to SIGTERM: stop gracefully, at once when it comes a second time."""
        if self.is_stopping:
            self.finish(ChildExit.DONE, polite=False)
        else:
            self._stop(self._child_timings.terminate)

    def ask_to_be_replaced(self, reason: str, level: int = logging.WARNING) -> None:
        """Have the supervisor stop this child politely and start another one; says it once."""
        if not self.has_asked:
            self.has_asked = True
            log.log(level, "The %s asks to be replaced: %s", self.noun, reason, event="worn_out")
            self.say(RestartRequest(**self.about, reason=reason))

    def is_expected(self, _error: BaseException) -> bool:
        """Return whether an error that reaches the event loop is known; none is by default."""
        return False

    # The channel

    def say(self, message: Message) -> None:
        """Send, or do nothing when the supervisor is gone: the watch of the channel knows."""
        self.channel.say(message)

    def on_message(self, message: Any) -> None:
        """React to a message of the supervisor."""
        match message:
            case Shutdown():
                self._on_shutdown(message)
            case StatusRequest():
                self.answer_status(message)
            case Error():
                self._on_error(message)
            case _:
                self.react(message)

    def on_unknown(self, unknown: UnknownMessage) -> None:
        """Say that a message is of a type that is not known here."""
        log.warning(
            "The supervisor sent a message of an unknown type",
            event="unknown_message",
            type=unknown.type,
        )
        self.errors.report(
            f"this {self.noun} knows no message {unknown.type!r}", "protocol", reply_to=unknown.id
        )

    def on_close(self, broken: Broken | None) -> None:
        """End the child, because no supervisor could stop it any more."""
        self._channel_gone.set()
        if broken is None:
            self.finish(ChildExit.ORPHANED, polite=False)
            return
        log.error(
            "The supervisor sent what cannot be understood: %s",
            broken.reason,
            event="protocol_broken",
            head=broken.head,
        )
        self.finish(ChildExit.PROTOCOL)

    # Private

    def _stop(self, deadline: float) -> None:
        self.is_stopping = True
        self.stop(deadline)

    def _on_shutdown(self, message: Shutdown) -> None:
        if message.mode == "forced":
            self.finish(ChildExit.DONE, polite=False)
        elif not self.is_stopping:
            self._stop(message.deadline)

    def _on_error(self, message: Error) -> None:
        self._errors_received += 1
        if notable(self._errors_received):
            log.warning("The supervisor reports: %s", message.error, event="supervisor_error")

    def _look_after(self) -> None:
        """Do with each heartbeat what must not have a timer of its own."""
        if self.log_writer is not None:
            self.log_writer.flush()
        memory_limit.make_room()
        # With `--single-process` it has no process of its own that could be replaced.
        if THREADS.is_full and self.start.alone:
            self.judge_wear()
