"""One stay in a mesh: a program from its start to its end, and what is said with it.

Owns joining, what comes in, and how the stay ends.  Does not own the process (`process`) nor the
wire format (`messages`, `reading`).  What comes from the program is foreign: what is wrong is
reported and ignored, whatever it is.
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.features.program.worker.answers import Answers
from meshvisor.features.program.worker.command import Command, StartError
from meshvisor.features.program.worker.complaints import Complaints
from meshvisor.features.program.worker.ends import end_of, not_joined, refusal
from meshvisor.features.program.worker.messages import (
    VERSION,
    Edit,
    Ended,
    FromProgram,
    Join,
    Joined,
    Leave,
    Logged,
    Ping,
    Pong,
    ProgramTraits,
    Refused,
    Say,
    Sent,
    ToProgram,
    Typing,
    written,
)
from meshvisor.features.program.worker.news import incoming
from meshvisor.features.program.worker.people import People
from meshvisor.features.program.worker.process import Callbacks, ProgramProcess
from meshvisor.features.program.worker.reading import MalformedLineError, Unknown, read
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.session_life import SessionLife
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    CannotEditError,
    Deliver,
    End,
    EndKind,
    JoinError,
    NoSuchPlaceError,
    NotInMeshError,
    SentAwayError,
)

WRITE_PATIENCE: Final = 10.0
"""Seconds that a program may leave something unread."""

ANSWERS: Final = frozenset({"joined", "refused", "ended"})
"""Types of what a program says to `join`, once."""

log = bound_log(__name__)


class ProgramSession:
    """One started program.

    Args:
        command: what is started.
        deliver: called for everything that comes in.
        timings: how long to wait for what.
    """

    def __init__(self, command: Command, deliver: Deliver, timings: Timings) -> None:
        self._command = command
        self._deliver = deliver
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._life = SessionLife()
        self._closing = ""
        self._last_error = ""
        self._stop: asyncio.Task[None] | None = None
        self._answers = Answers()
        self._complaints = Complaints()
        self._pinged = 0
        self._process: ProgramProcess
        self.traits = ProgramTraits()
        self.people = People()
        self.died_joining = False
        """Whether it has ended by itself before it had joined, and without a word about that."""

    @property
    def is_present(self) -> bool:
        """Whether something could be said now."""
        return self._life.is_present and self._stop is None

    # Life

    async def join(self, join: Join, patience: float) -> None:
        """Start the program and have it join; see `Transport.join`.

        Args:
            join: the first message to the program.
            patience: seconds that it may take.
        """
        callbacks = Callbacks(
            on_line=self._take,
            on_log=self._log,
            on_closed=self._closed,
            on_trouble=self._fail,
            on_exit=lambda: self._wind_up(0),
        )
        try:
            self._process = ProgramProcess(self._command, callbacks)
        except StartError as error:
            self._life.set_end(End(EndKind.LOST, str(error)))
            self._life.finish()
            # The fault of this machine alone: it is tried again, and blocks nothing.
            raise JoinError(str(error), FailureKind.BROKEN) from error
        try:
            self._write(join)
            await self._life.join(patience)
        except TimeoutError as error:
            sentence = f"{self._command.name} has not joined within {patience:g} s"
            if self._complaints.last:
                # Very likely it was meant to be the answer.
                sentence += f"; a line of it was ignored: {self._complaints.last}"
            await self._stopped(End(EndKind.LOST, sentence))
            raise JoinError(sentence, FailureKind.UNREACHABLE) from error
        except (JoinError, SentAwayError):
            await self._life.ended()
            raise
        except BaseException:
            self._wind_up(0)
            self._process.kill()
            await self._life.ended()
            raise
        if self.traits.heartbeat:
            self._life.after("ping", self._timings.ping, self._send_ping)

    async def ended(self) -> End:
        """Return how it ended, when the program is gone."""
        return await self._life.ended()

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it; see `Transport.leave`."""
        if self._life.is_over:
            return
        if self._stop is None and politely:
            self._write(Leave())
        await self._stopped(End(EndKind.LEFT, reason), politely=politely)

    async def _stopped(self, end: End, *, politely: bool = True) -> None:
        self._life.set_end(end)
        self._wind_up(self._timings.close if politely else 0)
        if not politely:
            self._process.kill()
        await self._life.ended()

    def _wind_up(self, patience: float) -> None:
        if self._stop is None:
            self._stop = asyncio.create_task(self._end_process(patience), name="end of a program")
            self._answers.give_up()
            self._life.cancel("ping")

    async def _end_process(self, patience: float) -> None:
        await self._process.stop(patience)
        if self._life.set_end(End(EndKind.LOST, self._why())):
            self.died_joining = self._life.is_joining and not self._process.is_stopped
        self._life.finish()

    def _why(self) -> str:
        """Return how the program ended, in words."""
        if self._process.is_stopped:
            return as_sentence(f"{self._command.name} {self._closing}")
        last = f": {self._last_error}" if self._last_error else ""
        return as_sentence(f"{self._command.name} {self._process.ending}{last}")

    def _closed(self, what: str) -> None:
        """End the session, whose program is about to end by itself or has to be made to."""
        self._closing = self._closing or what
        self._wind_up(self._timings.close)

    def _fail(self, trouble: str) -> None:
        """End the session: the program cannot be spoken with any more."""
        self._life.set_end(End(EndKind.LOST, as_sentence(f"{self._command.name} {trouble}")))
        self._wind_up(self._timings.close)

    # Out

    async def say(self, text: str, place: str, reply_to: str | None) -> str | None:
        """Send one message; see `Transport.say`."""
        number = self._answers.next_id()
        await self._send(Say(id=number, text=text, place=place, reply_to=reply_to))
        return await self._answer(number)

    async def edit(self, sent_id: str, text: str, place: str) -> None:
        """Change a message; see `Transport.edit`."""
        number = self._answers.next_id()
        await self._send(Edit(id=number, sent_id=sent_id, text=text, place=place))
        try:
            await self._answer(number)
        except NoSuchPlaceError as error:
            raise CannotEditError(str(error)) from error

    def show_typing(self, typing: bool, place: str) -> None:
        """Have it shown, unless the program is behind."""
        if self.traits.typing and not self._process.congested:
            self._write(Typing(on=typing, place=place))

    async def _answer(self, number: int) -> str | None:
        return await self._answers.wait(number) if self.traits.acknowledges else None

    async def _send(self, message: ToProgram) -> None:
        if not self.is_present:
            raise NotInMeshError(f"{self._command.name} is not in the mesh")
        self._write(message)
        if self._process.congested and not await self._process.written(WRITE_PATIENCE):
            self._fail(f"has not read its standard input for {WRITE_PATIENCE:g} s")
            raise NotInMeshError(f"{self._command.name} does not read")

    def _write(self, message: ToProgram) -> None:
        self._process.write(written(message))

    def _send_ping(self) -> None:
        self._pinged += 1
        self._write(Ping(id=self._pinged))
        self._life.after("ping", self._timings.request, self._unanswered_ping)

    def _unanswered_ping(self) -> None:
        self._fail(f"has not answered a ping within {self._timings.request:g} s")

    # In

    def _log(self, text: str) -> None:
        self._last_error = text
        log.info("%s", text, event="program")

    def _take(self, line: bytes) -> None:
        try:
            message = read(line)
            if isinstance(message, Unknown):
                self._complaints.unknown(message.type)
            elif self._life.end is None or isinstance(message, Logged):
                # What it has to say of its end is for people, not for the bot.
                self._sort(message)
        except MalformedLineError as error:
            self._complaints.malformed(str(error))
            if error.kind in ANSWERS and self._life.is_joining:
                # There will be no other; its author would wait for nothing.
                self._fail(f"cannot be understood: {error}")
        except Exception as error:
            log.error("The stay ended with an internal error", exc_info=error, event="stay_crashed")
            self._fail("met an internal error, see the log")

    def _sort(self, message: FromProgram) -> None:
        match message:
            case Logged(text=text, level=level):
                self._complaints.logged(level, text)
            case Joined():
                self._join_done(message)
            case Refused():
                self._refused(message)
            case Ended():
                self._ended(message)
            case _ if self._life.is_joining:
                raise MalformedLineError("it comes before joined")
            case Sent():
                self._answers.take(message)
            case Pong():
                self._ponged(message)
            case _ if (news := incoming(message, self.people, self.traits)) is not None:
                self._deliver(news)

    def _join_done(self, message: Joined) -> None:
        if not self._life.is_joining:
            raise MalformedLineError("it has joined already")
        if message.version > VERSION:
            self._fail(f"speaks version {message.version} of the protocol, not {VERSION}")
            return
        self.traits = message.traits
        self.people.begin(message.bot, message.users)
        self._life.joined()

    def _refused(self, message: Refused) -> None:
        if not self._life.is_joining:
            raise MalformedLineError("it comes after joined")
        error = refusal(message)
        self._life.set_end(End(EndKind.LOST, str(error), error.retry_after))
        self._life.refuse(error)
        self._wind_up(self._timings.close)

    def _ended(self, message: Ended) -> None:
        end = end_of(message)
        self._life.set_end(end)
        self._life.refuse(not_joined(end))
        self._wind_up(self._timings.close)

    def _ponged(self, message: Pong) -> None:
        if self.traits.heartbeat and self._stop is None and message.id in (self._pinged, None):
            self._life.after("ping", self._timings.ping, self._send_ping)
