"""One stay on an IRC network: a connection from its first line to its end.

Owns life: being let in, channels, a server that has fallen silent, and how it ends.  Does not own
what comes in (`incoming`), what is said (`speaker`), nor the socket (`connection`).
"""

from __future__ import annotations

import asyncio
import re
import time
from typing import Final

from meshvisor.features.irc.client.channels import Channels
from meshvisor.features.irc.client.dialect import Dialect
from meshvisor.features.irc.client.invited import Invited
from meshvisor.features.irc.client.refusals import (
    CHANNEL_ERRORS,
    Refusal,
    asked_wait,
    of_join,
)
from meshvisor.features.irc.client.registration import Registration
from meshvisor.features.irc.wire.message import Line, Source, written
from meshvisor.features.irc.wire.names import ALL
from meshvisor.features.irc.worker.connection import Connection
from meshvisor.features.irc.worker.failures import CONNECT_ERRORS, join_error
from meshvisor.features.irc.worker.incoming import Incoming
from meshvisor.features.irc.worker.plan import Plan
from meshvisor.features.irc.worker.speaker import Speaker
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.session_life import NOT_JOINED, SessionLife, SilenceWatch
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    Checkpoint,
    Deliver,
    End,
    EndKind,
    JoinError,
    Remark,
)

GREETING_WAITS: Final = 4
"""Times the usual patience that being let in may take: servers look up the host and the user
before they say a word."""

REGAIN_FIRST: Final = 2.0
REGAIN: Final = 30.0
"""Seconds between two attempts to get the nick that was in use; the first comes soon, for it was
the bot's own predecessor as a rule."""

_REPLACED: Final = re.compile(r"\b(ghost|regain|recover|release|collision|overrid)", re.IGNORECASE)
_KILLED: Final = re.compile(r"\bkill(ed)?\b", re.IGNORECASE)

LISTS: Final = frozenset({"322", "323"})

MOST_LISTED: Final = 10_000
"""Channels of a list that are looked at."""

log = bound_log(__name__)


class IrcSession:
    """One connection.

    Args:
        plan: what it is to do.
        resume: the channels that an earlier session was invited to, as `Invited` writes them.
        deliver: called for everything that comes in.
        timings: how long to wait for what.
    """

    def __init__(self, plan: Plan, resume: str | None, deliver: Deliver, timings: Timings) -> None:
        self._plan = plan
        self._deliver = deliver
        self._timings = timings
        self._loop = asyncio.get_running_loop()
        self._connection = Connection(self._take, self._closed)
        self._registration = Registration(plan.login, plan.server.host, plan.dialect)
        self._life = SessionLife()
        self._silence = SilenceWatch(
            self._life,
            plan.settings["idle_timeout"],
            lambda: self._connection.heard_at,
            lambda: self.post("PING :meshvisor"),
            self._fell_silent,
        )
        self._is_greeted = False
        self._last_error = ""
        self.speaker = Speaker(self._connection, timings.request)
        self.channels = Channels(
            plan.main,
            (name for name in plan.settings["channels"] if name != ALL),
            plan.keys,
            self._registration.support,
            plan.settings["most_channels"],
        )
        """Where the bot is, and wants to be."""
        self._invited = Invited(resume)
        for name in self._invited.channels:
            self.channels.want(name)
        self._listed: list[tuple[int, str]] = []
        """Members and names of channels that the server lists."""
        self._remark = ""
        """Why the bot is not in all of its channels, as it was said last."""
        self.incoming = Incoming(self, deliver, timings.request)

    # What the parts of a session know of each other

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._life.is_present

    @property
    def registration(self) -> Registration:
        """What the server has said of itself and of the bot."""
        return self._registration

    @property
    def own_id(self) -> str:
        """The bot's user id."""
        return self._registration.account or f"~{self._registration.nick}"

    def is_own(self, nick: str) -> bool:
        """Say whether a nick is the bot's."""
        folded = self._registration.support.folded
        return folded(nick) == folded(self._registration.nick)

    def post(self, line: str) -> None:
        """Send a line that no caller waits for."""
        self._connection.post(line)

    @property
    def dialect(self) -> Dialect:
        """What the server expects."""
        return self._plan.dialect

    # Life

    async def join(self) -> None:
        """Connect, and get into the main channel; see `Transport.join`."""
        plan, patience = self._plan, self._timings.open
        try:
            await self._connection.open(
                plan.server, plan.settings["certificate_sha256"], plan.certificate, patience
            )
        except BaseException as error:
            # It was never open, so that nothing will tell of its end.
            self._closed("")
            if isinstance(error, CONNECT_ERRORS):
                raise join_error(error, plan.server, patience) from error
            raise
        patience = self._timings.request * GREETING_WAITS
        try:
            for line in self._registration.begin():
                self.post(line)
            await self._life.join(patience)
        except TimeoutError as error:
            await self._cut(NOT_JOINED)
            raise JoinError(
                f"{plan.server} has not let the bot in within {patience:g} s",
                FailureKind.UNREACHABLE,
            ) from error
        except BaseException:
            await self._cut(NOT_JOINED)
            raise
        self._watch()

    async def ended(self) -> End:
        """Return how it ended, when it has."""
        return await self._life.ended()

    async def leave(self, reason: str, *, politely: bool) -> None:
        """End it; see `Transport.leave`."""
        if self._life.is_over:
            return
        self._set_end(End(EndKind.LEFT, reason))
        if politely:
            self._quit(reason)
        else:
            self._connection.abort()
        await self._life.ended()

    def finish(self, end: End) -> None:
        """End the session from within; the connection closes by itself."""
        self._set_end(end)
        self._life.refuse(JoinError(end.reason, FailureKind.UNREACHABLE, end.retry_after))
        self._quit()

    def _quit(self, *reason: str) -> None:
        self.post(written("QUIT", *reason))
        self._life.after("closing", self._timings.close, self._connection.abort)

    async def _cut(self, end: End) -> None:
        self._set_end(end)
        self._connection.abort()
        await self._life.ended()

    def _set_end(self, end: End) -> None:
        if self._life.set_end(end):
            self.speaker.end()
            self.incoming.end()

    def _refuse(self, refusal: Refusal) -> None:
        self._life.refuse(JoinError(refusal.sentence, refusal.kind, refusal.retry_after))

    def _closed(self, why: str) -> None:
        said = self._last_error or as_sentence(why)
        server = self._plan.server.host
        reason = f"{server} has closed the connection: {said}" if said else "the connection broke"
        self._set_end(self._end_of(self._last_error, reason))
        self._life.finish(JoinError(reason, FailureKind.UNREACHABLE))

    def _end_of(self, error: str, reason: str) -> End:
        if _REPLACED.search(error):
            return End(EndKind.REPLACED, reason)
        if _KILLED.search(error):
            return End(EndKind.KICKED, reason)
        return End(EndKind.LOST, reason, asked_wait(error))

    # Silence, the nick, channels that the bot is not in

    def _watch(self) -> None:
        self._silence.begin()
        if not self.is_own(self._wanted_nick):
            self._life.after("nick", REGAIN_FIRST, self._regain)
        self._life.after("channels", self._plan.settings["rejoin_after"], self._rejoin)
        self._life.after("splits", REGAIN, self._settle_splits)

    def _fell_silent(self, patience: float) -> None:
        self._set_end(End(EndKind.LOST, f"no answer to a ping within {patience:g} s"))
        self._connection.abort()

    def _regain(self) -> None:
        if not self.is_own(self._wanted_nick):
            self.post(written("NICK", self._wanted_nick))
            self._life.after("nick", REGAIN, self._regain)

    @property
    def _wanted_nick(self) -> str:
        """The bot's nick as the server would have it, which cuts what is too long."""
        nick = self._plan.login.nick
        return nick[: self._registration.support.number("NICKLEN", len(nick))]

    def regain(self, freed: str) -> None:
        """Take in that a user has given up a nick, which may be the one that was in use."""
        folded = self._registration.support.folded
        if folded(freed) == folded(self._wanted_nick) and not self.is_own(freed):
            self._regain()

    def _rejoin(self) -> None:
        self._join_missing()
        self._life.after("channels", self._plan.settings["rejoin_after"], self._rejoin)

    def _join_missing(self) -> None:
        for line in self.channels.joins(self.channels.missing()):
            self.post(line)
        self._tell_absence()

    def _tell_absence(self) -> None:
        """Say in which channels the bot is not, where that has changed."""
        remark = self.channels.remark
        if remark != self._remark:
            self._remark = remark
            self._deliver(Remark(remark))

    def _list(self, line: Line) -> None:
        """Take in what the server lists, and go where most people are."""
        if line.command == "322" and len(self._listed) < MOST_LISTED:
            members = line.param(2)
            self._listed.append((int(members) if members.isdigit() else 0, line.param(1)))
        elif line.command == "323":
            listed, self._listed = self._listed, []
            for _, name in sorted(listed, key=lambda one: -one[0]):
                if self._registration.support.is_channel(name) and not self.channels.want(name):
                    break
            self._join_missing()

    def invited(self, channel: str, is_known: bool) -> None:
        """Take in an invitation.

        Args:
            channel: to where.
            is_known: whether the inviting user is logged in.
        """
        policy = self._plan.settings["invites"]
        if policy == "ignore" or (policy == "accounts" and not is_known):
            return
        if self.channels.is_wanted(channel):
            self._join_missing()
        elif self.channels.want(channel):
            self._invited.add(channel)
            self._deliver(Checkpoint(self._invited.token))
            self._join_missing()
        else:
            log.warning(
                "The bot is not coming to %s: it is in as many channels as most_channels and the "
                "server allow",
                channel,
                event="channel_missing",
            )

    def _settle_splits(self) -> None:
        self.incoming.settle_splits(self._loop.time())
        self._life.after("splits", REGAIN, self._settle_splits)

    # In

    def _take(self, line: Line) -> None:
        if self._life.end is not None:
            return
        try:
            self._sort(line)
        except Exception as error:
            # A mistake of ours must cost this connection and not the worker.
            log.error("The stay ended with an internal error", exc_info=error, event="stay_crashed")
            self._set_end(End(EndKind.LOST, "internal error, see the log"))
            self._connection.abort()

    def _sort(self, line: Line) -> None:
        if self._is_greeted:
            self._react(line)
            return
        for answer in self._registration.take(line):
            self.post(answer)
        if self._registration.refusal is not None:
            self._refuse(self._registration.refusal)
        elif self._registration.done:
            self._registered(line)

    def _react(self, line: Line) -> None:
        if line.command == "PING":
            self.post(written("PONG", *line.params[-1:]))
        elif line.command == "ERROR":
            self._last_error = as_sentence(line.text)
        elif line.command in LISTS:
            self._list(line)
        elif self._registration.learned(line) or self.speaker.answered(line):
            pass
        elif not (
            self._not_let_in(line) or self._in_dialect(line) or self.speaker.complained(line)
        ):
            self.incoming.take(line)

    def _in_dialect(self, line: Line) -> bool:
        """Take in what only an unusual server says; say whether it was that."""
        if self.dialect.wants_reconnect(line):
            self.finish(End(EndKind.LOST, f"{self._plan.server.host} asks for a new connection"))
        elif self.is_own(self.dialect.has_banned(line)):
            self.thrown_out(line.param(0), "a moderator", "")
        elif self._life.is_joining and (refusal := self.dialect.refusal(line)) is not None:
            self._refuse(refusal)
        else:
            return False
        return True

    def _registered(self, line: Line) -> None:
        registration = self._registration
        self._is_greeted = True
        self.speaker.has_labels = {"labeled-response", "echo-message"} <= registration.capabilities
        self.incoming.begin(line, time.time())
        if bot := registration.support.text("BOT"):
            self.post(f"MODE {registration.nick} +{bot[0]}")
        self._join_missing()
        if ALL in self._plan.settings["channels"]:
            self.post("LIST")

    def _not_let_in(self, line: Line) -> bool:
        """Take in that the bot may not come into a channel; say whether a line was about that."""
        name = self.channels.name(line.param(1))
        if line.command not in CHANNEL_ERRORS or not self.channels.is_missing(name):
            return False
        refusal = of_join(line, name, has_key=self.channels.has_key(name))
        if self.channels.is_main(name):
            self._refuse(refusal)
        elif self.channels.refuse(name, refusal.sentence):
            log.warning(
                "The bot is not in %s: %s; it is tried again every %g s",
                name,
                refusal.sentence,
                self._plan.settings["rejoin_after"],
                event="channel_missing",
            )
            self._tell_absence()
        return True

    def came_in(self, source: Source, channel: str) -> None:
        """Take in that the bot is in a channel."""
        folded = self._registration.support.folded(channel)
        self._registration.mask = source.mask or self._registration.mask
        self.channels.enter(channel)
        self._tell_absence()
        if folded == self.channels.main:
            self._life.joined()

    def thrown_out(self, channel: str, by: str, reason: str) -> None:
        """Take in that the bot is not in a channel any more, and not because it wanted that."""
        name = self.channels.name(channel)
        self.channels.lose(channel)
        said = f": {as_sentence(reason)}" if reason else ""
        sentence = f"{by} has thrown the bot out of {name}{said}"
        if self._invited.remove(channel):
            self.channels.give_up(channel)
            self._deliver(Checkpoint(self._invited.token))
            log.warning("%s, to which it was invited", sentence, event="channel_missing")
        elif self.channels.is_main(channel):
            self.finish(End(EndKind.KICKED, sentence))
        else:
            log.warning("%s; it comes back later", sentence, event="channel_missing")
