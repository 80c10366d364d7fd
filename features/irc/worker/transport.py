"""IRC: one connection, whose channels and people are places (implements `Transport`)."""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.irc.client.dialect import DIALECTS, Dialect
from meshvisor.features.irc.client.message_length import text_bytes
from meshvisor.features.irc.wire.message import NO_TAGS, written
from meshvisor.features.irc.worker.plan import plan
from meshvisor.features.irc.worker.session import IrcSession
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Deliver,
    End,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    Traits,
    User,
)


def make(mesh: MeshAddress, timings: Timings) -> IrcMesh:
    """Make the transport of one mesh; `TransportKind.entry`."""
    return IrcMesh(mesh, timings)


class IrcMesh:
    """One mesh on an IRC network.  Each stay has a connection of its own.

    Args:
        mesh: its settings are those of `IrcSettings`.
        timings: how long to wait for what.
    """

    def __init__(self, mesh: MeshAddress, timings: Timings) -> None:
        self._mesh = mesh
        self._timings = timings
        self._session: IrcSession | None = None

    @property
    def traits(self) -> Traits:
        """What the server can do."""
        return Traits(
            replies=self._has(self._dialect.replies_need),
            typing=self._has("message-tags") and self._mesh.settings["typing"],
            direct=self._dialect.has_direct,
        )

    @property
    def manners(self) -> Manners:
        """The pace that servers expect."""
        settings = self._mesh.settings
        return Manners(
            gap=max(settings["gap"], self._dialect.least_gap),
            burst=min(settings["burst"], self._dialect.most_burst),
            per_hour=settings["per_hour"],
        )

    @property
    def own_id(self) -> str:
        """The bot's account, or its nick behind a `~`."""
        return self._session.own_id if self._session is not None else ""

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in any of the bot's channels."""
        return self._session.incoming.people.users if self._session is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._session is not None and self._session.is_present

    def limits(self, place: str) -> Limits:
        """Return what fits behind what the server puts before it."""
        settings, session = self._mesh.settings, self._session
        if session is None:
            return Limits(64, settings["max_parts"], lines=False, fences=False)
        registration = session.registration
        size = text_bytes(
            registration.support,
            registration.nick,
            registration.mask,
            settings["speech"].upper(),
            session.incoming.places.target_size(place),
        )
        size = min(size, self._dialect.longest)
        return Limits(size, settings["max_parts"], lines=False, fences=False)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Connect, and get into the main channel; see `Transport.join`."""
        session = IrcSession(
            plan(self._mesh, joining.credentials), joining.resume, deliver, self._timings
        )
        # Before it has joined: what is said right behind that may be answered at once.
        self._session = session
        await session.join()

    async def ended(self) -> End:
        """Return when the connection is over."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the connection, if there is one."""
        if self._session is not None:
            await self._session.leave(reason, politely=politely)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one line to a channel, or to a user alone."""
        session = self._present()
        target = await session.incoming.places.target(place)
        tags = {self._dialect.reply_tag: reply_to} if reply_to and self.traits.replies else NO_TAGS
        return await session.speaker.say(self._mesh.settings["speech"].upper(), target, text, tags)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """IRC cannot change a message."""
        raise CannotEditError(sent_id)

    async def direct_place(self, user_id: str) -> str:
        """Return the place in which a user alone reads what is said."""
        session = self._present()
        if not self._dialect.has_direct:
            raise NoSuchPlaceError(user_id)
        return session.incoming.places.direct(user_id)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Say it with a tag, where that is wanted and the server hands it on."""
        session = self._present()
        if self.traits.typing:
            target = await session.incoming.places.target(place)
            state = "active" if typing else "done"
            session.post(written("TAGMSG", target, tags={"+typing": state}))

    # Private

    @property
    def _dialect(self) -> Dialect:
        return DIALECTS[self._mesh.settings["dialect"]]

    def _has(self, capability: str) -> bool:
        session = self._session
        return session is not None and capability in session.registration.capabilities

    def _present(self) -> IrcSession:
        if self._session is None or not self._session.is_present:
            raise NotInMeshError(f"the bot is not in {self._mesh.room}")
        return self._session
