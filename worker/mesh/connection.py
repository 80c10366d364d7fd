"""Keeping the bot in its room: connect, come back, and know when not to.

Owns the loop of permit, attempt, connection session and pause, and what it reports to the
supervisor.
Does not own how a room is entered (`transports`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Final, Literal

from meshvisor.shared.protocol.from_worker import (
    Connected,
    ConnectionFailed,
    Disconnected,
    FailureKind,
    IntentionalLeave,
    Kicked,
)
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.backoff import Backoff
from meshvisor.worker.mesh.bot import Bot
from meshvisor.worker.mesh.events import ConnectedEvent, DisconnectedEvent
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.spending import Spending
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    End,
    EndKind,
    JoinError,
    Joining,
    SentAwayError,
    Transport,
)
from meshvisor.worker.mesh.usage import Tally

FINAL: Final = frozenset({EndKind.CLOSED_FOR_GOOD, EndKind.KICKED, EndKind.ROOM_ENDED})
"""Ends after which the bot does not come back by itself."""

log = bound_log(__name__)


class MeshConnection:
    """Keeps one bot in one room.

    Args:
        transport: the way into the room.
        link: asked for permits and notified of what happens.
        bot: gets what comes from the room.
        tally: counts reconnects.
        timings: pauses.
        spending: learns what predecessors have sent.
    """

    def __init__(
        self,
        transport: Transport,
        link: Link,
        bot: Bot,
        tally: Tally,
        timings: Timings,
        spending: Spending,
    ) -> None:
        self._transport = transport
        self._link = link
        self._bot = bot
        self._tally = tally
        self._timings = timings
        self._spending = spending
        self._backoff = Backoff(timings, random.uniform)
        self._now = asyncio.get_running_loop().time
        self._credentials: asyncio.Future[Credentials] = asyncio.get_running_loop().create_future()
        self._restart_now = asyncio.Event()
        self._rejoin = False
        self._leaving: asyncio.Task[None] | None = None
        self._failures = 0
        self._next_pause = 0.0
        """Seconds until the next attempt."""
        self._account_refusals = 0
        """How often these credentials were not accepted."""
        self._was_connected = False
        self._joined_at = 0.0
        self.state: Literal["ready", "connected", "disconnected"] = "ready"

    # Called by the worker

    async def run(self) -> End:
        """Stay in the room until the bot must not come back; return the end that says so.

        Cancelling it leaves a session open: `Transport.leave` ends it.

        Raises:
            ChannelClosedError: the supervisor is gone.
        """
        while True:
            end = await self._hold_session()
            if end is not None and end.kind in FINAL:
                return end
            await self._pause(self._next_pause)

    def use(self, credentials: Credentials) -> None:
        """Take over new credentials for the next connect, which does not wait for the end of a
        pause then.
        """
        if self._credentials.done():
            self._credentials = asyncio.get_running_loop().create_future()
        self._credentials.set_result(credentials)
        self._account_refusals = 0
        if self.state == "disconnected":
            # They may be what was missing.
            self._restart_now.set()

    def restart(self) -> None:
        """Leave the room and join it again; when not in it, try again at once.

        Running commands are given a moment to answer.  Until the bot has left, further calls
        change nothing.
        """
        self._rejoin = True
        self._restart_now.set()
        if self.state == "connected" and self._leaving is None:
            self._leaving = asyncio.create_task(self._leave(), name="leave")

    # Steps

    async def _hold_session(self) -> End | None:
        """Connect and hold the session until it ends; None when the attempt failed."""
        await asyncio.shield(self._credentials)
        permit = await self._link.permit()
        self._restart_now.clear()
        self._rejoin = False
        try:
            self._spending.begin(permit.sent)
            resume = self._bot.checkpoints.token or permit.resume
            joining = Joining(self._credentials.result(), resume)
            await self._transport.join(joining, self._bot.deliver)
        except JoinError as error:
            self._report_failure(error)
            return None
        except SentAwayError as error:
            self._report_end(error.end)
            return error.end
        self._report_joined()
        if self._rejoin:
            self.restart()
        try:
            end = await self._transport.ended()
        finally:
            # It may still wait for commands, and must not end a later session.
            if self._leaving is not None:
                self._leaving.cancel()
                self._leaving = None
        self._report_end(end)
        return end

    async def _leave(self) -> None:
        await self._bot.settle(self._timings.settle)
        await self._transport.leave("the connection is being restarted")

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._restart_now.wait()
        except TimeoutError:
            pass

    def _pause_after(self, end: End) -> float:
        """Return the seconds until the bot comes back after a session that it may repeat."""
        asked = min(end.retry_after or 0.0, self._timings.longest_wait)
        if self._was_stable():
            self._account_refusals = 0
        if end.kind is EndKind.REPLACED:
            # Two clients that come back at once would take the connection from each other for ever.
            return max(asked, self._timings.replaced)
        if end.kind is EndKind.UNAUTHORIZED:
            return max(asked, self._pause_after_refused_account())
        if end.kind is EndKind.LEFT or (end.kind is EndKind.LOST and self._was_stable()):
            self._backoff.reset()
            return asked
        return max(asked, self._backoff.next())

    def _pause_after_refused_account(self) -> float:
        pause = self._timings.backoff_first * 2.0 ** min(self._account_refusals, 64)
        self._account_refusals += 1
        return min(pause, self._timings.unauthorized)

    def _was_stable(self) -> bool:
        return self._now() - self._joined_at >= self._timings.stable

    # Reports

    def _report_joined(self) -> None:
        self._failures = 0
        self._joined_at = self._now()
        self._bot.mesh.entered()
        if self._was_connected:
            self._tally.reconnects += 1
        self._was_connected = True
        self.state = "connected"
        # Logged first here and below: what the supervisor says in answer comes behind it.
        log.info("The bot is in the room", event="connected")
        self._link.send(Connected(mesh_id=self._bot.mesh.id))
        self._bot.emit(ConnectedEvent(self._bot.mesh))

    def _report_failure(self, error: JoinError) -> None:
        self._failures += 1
        asked = min(error.retry_after or 0.0, self._timings.longest_wait)
        if error.kind is FailureKind.UNAUTHORIZED:
            self._next_pause = max(self._pause_after_refused_account(), asked)
        else:
            self._next_pause = max(self._backoff.next(), asked)
        self.state = "disconnected"
        self._link.errors.last = str(error)
        log.warning(
            "Could not connect: %s", error, event="connection_failed", attempt=self._failures
        )
        self._link.send(
            ConnectionFailed(
                attempt=self._failures,
                error=str(error),
                kind=error.kind,
                retry_after=asked or None,
                mesh_id=self._bot.mesh.id,
            )
        )

    def _report_end(self, end: End) -> None:
        mesh_id = self._bot.mesh.id
        self.state = "disconnected"
        self._bot.mesh.left()
        # Servers need not say why; the kind always says something.
        why = end.reason or end.kind.value.replace("_", " ")
        log.info("The connection session has ended: %s", why, event=end.kind.value)
        match end.kind:
            case EndKind.KICKED:
                self._link.send(
                    Kicked(reason=end.reason, retry_after=end.retry_after, mesh_id=mesh_id)
                )
            case EndKind.ROOM_ENDED:
                self._link.send(IntentionalLeave(reason=end.reason, mesh_id=mesh_id))
            case _:
                is_final = end.kind in FINAL
                self._next_pause = 0.0 if is_final else self._pause_after(end)
                is_long = self._next_pause > self._timings.backoff_most
                self._link.send(
                    Disconnected(
                        reason=end.reason,
                        server_initiated=is_final,
                        kind=_kind(end.kind),
                        retry_after=self._next_pause if is_long else None,
                        left=end.kind is EndKind.LEFT,
                        mesh_id=mesh_id,
                    )
                )
        self._bot.emit(DisconnectedEvent(self._bot.mesh, end.reason))


def _kind(kind: EndKind) -> Literal["replaced", "unauthorized"] | None:
    match kind:
        case EndKind.REPLACED:
            return "replaced"
        case EndKind.UNAUTHORIZED:
            return "unauthorized"
        case _:
            return None
