"""The bot in one mesh: takes what the transport delivers and lets commands and handlers have it.

Owns the way from an incoming event to everyone who wants it: command, plug-in handlers, and the
supervisor if it has said so.  Does not own the connection (`worker.mesh.connection`).
"""

from __future__ import annotations

from functools import partial
from typing import Final

from meshvisor.shared.protocol.from_worker import MeshEvent, Remarked
from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.bounds import bounded
from meshvisor.worker.mesh.checkpoints import Checkpoints
from meshvisor.worker.mesh.commands.dispatcher import Dispatcher
from meshvisor.worker.mesh.events import (
    HANDLERS,
    DeliveryEvent,
    Event,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ObservedEvent,
    Subscription,
    TypingEvent,
)
from meshvisor.worker.mesh.handling import Handling
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.presence import PresenceBatch
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Checkpoint,
    Delivery,
    Incoming,
    NotInMeshError,
    NotSentError,
    Observed,
    Remark,
    TypingChanged,
    UserJoined,
    UserLeft,
)
from meshvisor.worker.mesh.usage import Counting

MAX_HANDLERS: Final = 200
"""Event handlers that may run at the same time.  In a storm of messages a slow handler misses
some, instead of growing the worker until it reaches its memory limit."""

HANDLER_TIMEOUT: Final = 60.0
"""Seconds that one event handler may run."""

log = bound_log(__name__)


class Bot:
    """Distributes events.

    Args:
        mesh: handed to handlers.
        dispatcher: gets every message.
        handling: runs the handlers.
        link: to the supervisor, for the kinds in `interests`.
        counting: counts.
        presence: notified of every user who does something.
    """

    def __init__(
        self,
        mesh: Mesh,
        dispatcher: Dispatcher,
        handling: Handling,
        link: Link,
        counting: Counting,
        presence: PresenceBatch,
    ) -> None:
        self._mesh = mesh
        self._dispatcher = dispatcher
        self._handling = handling
        self._link = link
        self._tally, _, self._counts = counting
        self._presence = presence
        self.checkpoints = Checkpoints(link, mesh.id, self._tally)
        """How far the bot has heard."""
        self.interests: frozenset[str] = frozenset()
        """Kinds of `mesh_event` that the supervisor wants."""

    @property
    def mesh(self) -> Mesh:
        """The mesh."""
        return self._mesh

    def deliver(self, incoming: Incoming) -> None:
        """Take one event from the transport; never blocks."""
        fit = bounded(incoming)
        if fit is None:
            self._pass_over(incoming)
            return
        incoming = fit
        if isinstance(incoming, Checkpoint):
            self.checkpoints.take(incoming.token)
        elif isinstance(incoming, Remark):
            self._link.send(Remarked(text=incoming.text, mesh_id=self._mesh.id))
        else:
            # No message is acted on before it is known that a successor would not do so again.
            self.checkpoints.follow(
                partial(self._hand_on, incoming), waits=isinstance(incoming, ChatMessage)
            )

    def _pass_over(self, incoming: Incoming) -> None:
        self._tally.events_missed += 1
        if notable(self._tally.events_missed):
            log.warning(
                "What came in is passed over, because the id of its user or its place is none: %s",
                type(incoming).__name__,
                event="incoming_unusable",
                count=self._tally.events_missed,
            )

    def _hand_on(self, incoming: Incoming) -> None:
        match incoming:
            case ChatMessage():
                self._tally.messages_received += 1
                self._counts.count("message", incoming.user.id, at=incoming.at)
                self._presence.see(incoming.user, incoming.at)
                message = MessageEvent(
                    self._mesh,
                    incoming.id,
                    incoming.user,
                    incoming.text,
                    incoming.mentions,
                    incoming.reply_to,
                    incoming.place,
                    incoming.is_direct,
                    incoming.at,
                )
                self.emit(message)
                begun = self._dispatcher.take(message)
                if begun is not None:
                    self.emit(begun)
            case UserJoined(user):
                self._counts.count("join", user.id)
                self._presence.see(user)
                self.emit(JoinEvent(self._mesh, user))
            case UserLeft(user):
                self._counts.count("leave", user.id)
                self.emit(LeaveEvent(self._mesh, user))
            case TypingChanged(user, typing):
                self._presence.see(user)
                self.emit(TypingEvent(self._mesh, user, typing))
            case Observed(kind, user, place, data):
                self._presence.observe(incoming)
                self.emit(ObservedEvent(self._mesh, kind, user, place, data))
            case Delivery(sent_id, state, reason):
                self.emit(DeliveryEvent(self._mesh, sent_id, state, reason))

    async def settle(self, patience: float) -> None:
        """Return when the commands that run now have answered; see `Dispatcher.settle`."""
        await self._dispatcher.settle(patience)

    def emit(self, event: Event) -> None:
        """Hand one event to all its handlers."""
        for subscription in HANDLERS.of(event.name):
            if self._handling.count >= MAX_HANDLERS:
                self._miss(subscription)
            else:
                self._handling.start(self._handle(subscription, event), subscription.label)
        if event.name in self.interests:
            self._link.send(MeshEvent(kind=event.name, data=event.data(), mesh_id=self._mesh.id))

    async def _handle(self, subscription: Subscription, event: Event) -> None:
        try:
            await self._handling.call(subscription.handler, event, HANDLER_TIMEOUT)
        except (NotInMeshError, NotSentError) as error:
            log.info(
                "An event handler could not speak: %s", error, event="reply_lost", name=event.name
            )
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
            self._handling.failed(error, subscription.label)

    def _miss(self, subscription: Subscription) -> None:
        self._tally.events_missed += 1
        if notable(self._tally.events_missed):
            log.warning(
                "Too many handlers run: events are not handled",
                event="event_missed",
                handler=subscription.label,
                count=self._tally.events_missed,
            )
