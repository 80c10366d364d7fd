"""Matrix: one room of one homeserver, whose threads are places (implements `Transport`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meshvisor.features.matrix.worker.session import MatrixSession
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    Deliver,
    End,
    EndKind,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    Traits,
    User,
)

THREAD_BYTES: Final = 600
"""Bytes that are kept for what a message in a thread says beside its text: two ids of 255."""


def make(mesh: MeshAddress, timings: Timings) -> MatrixMesh:
    """Make the transport of one mesh; `TransportKind.entry`."""
    return MatrixMesh(mesh, timings)


class MatrixMesh:
    """One room.  Each stay has connections of its own.

    Args:
        mesh: its settings are those of `MatrixSettings`.
        timings: how long to wait for what.
    """

    def __init__(self, mesh: MeshAddress, timings: Timings) -> None:
        self._mesh = mesh
        self._timings = timings
        self._session: MatrixSession | None = None

    @property
    def traits(self) -> Traits:
        """What every homeserver can do."""
        return Traits(replies=True, typing=self._mesh.settings["typing"], editing=True)

    @property
    def manners(self) -> Manners:
        """The pace that servers expect."""
        settings = self._mesh.settings
        return Manners(settings["gap"], settings["burst"], settings["per_hour"])

    @property
    def own_id(self) -> str:
        """The bot's user id."""
        return self._session.own_id if self._session is not None else ""

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in the room."""
        return self._session.members.users if self._session is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._session is not None and self._session.is_present

    def limits(self, place: str) -> Limits:
        """Return what fits into a message, twice with room to spare: a change repeats its text."""
        settings = self._mesh.settings
        spent = THREAD_BYTES if place else 0
        return Limits(settings["max_bytes"] - spent, settings["max_parts"])

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Get into the room; see `Transport.join`."""
        session = MatrixSession(
            self._mesh, joining.credentials, joining.resume, deliver, self._timings
        )
        self._session = session
        await session.join()

    async def ended(self) -> End:
        """Return when the session is over."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the session; the account stays in the room, as people do who close their client."""
        if self._session is not None:
            self._session.close(End(EndKind.LEFT, reason))

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one message to the room or to a thread of it."""
        return await self._present().speaker.say(text, place, reply_to)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Change a message."""
        await self._present().speaker.edit(sent_id, text)

    async def direct_place(self, user_id: str) -> str:
        """Raise: people who want to be alone with the bot invite it to a room of their own."""
        raise NoSuchPlaceError(f"{user_id} cannot be written to alone")

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Say whether the bot is writing."""
        session = self._present()
        if self.traits.typing:
            session.speaker.show_typing(typing)

    # Private

    def _present(self) -> MatrixSession:
        if self._session is None or not self._session.is_present:
            raise NotInMeshError(f"the bot is not in {self._mesh.room}")
        return self._session
