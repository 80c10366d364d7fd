"""A mesh whose messages any program carries (implements `Transport`; docs/program.md)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Final

from meshvisor.features.program.worker.command import Command
from meshvisor.features.program.worker.messages import (
    VERSION,
    Join,
    PlaceTraits,
    ProgramTraits,
)
from meshvisor.features.program.worker.session import ProgramSession
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
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

MOST_DEATHS: Final = 3
"""Ends of the program in a row before it had joined, after which it is started without a token: it
may be one that it cannot read.  Fewer would drop that of a network that is away for a moment."""

log = bound_log(__name__)

NO_TRAITS: Final = ProgramTraits()
"""Of a program that was never in its mesh."""


def make(mesh: MeshAddress, timings: Timings) -> ProgramMesh:
    """Make the transport of one mesh; `TransportKind.entry`."""
    return ProgramMesh(mesh, timings)


class ProgramMesh:
    """One mesh of a program.  Each stay has a process of its own.

    Args:
        mesh: its settings are those of `ProgramSettings`.
        timings: how long to wait for what.
    """

    def __init__(self, mesh: MeshAddress, timings: Timings) -> None:
        self._mesh = mesh
        self._timings = timings
        self._command = Command(
            tuple(mesh.settings["command"]),
            os.path.join(os.getcwd(), folder) if (folder := mesh.settings["folder"]) else "",
            mesh.settings["environment"],
        )
        self._session: ProgramSession | None = None
        self._deaths = 0
        """In a row before it had joined, while it was given a token."""

    @property
    def traits(self) -> Traits:
        """What the program says that it can do."""
        traits = self._traits
        return Traits(
            replies=traits.replies,
            typing=traits.typing,
            editing=traits.edits and traits.acknowledges,
            direct=bool(traits.direct),
        )

    @property
    def manners(self) -> Manners:
        """How much the program is willing to say."""
        traits = self._traits
        return Manners(
            gap=traits.gap,
            burst=traits.burst,
            per_hour=traits.per_hour,
            is_quiet=traits.quiet,
            answers_directly=traits.answers_directly,
        )

    @property
    def own_id(self) -> str:
        """The bot's user id."""
        return self._session.people.own_id if self._session is not None else ""

    @property
    def users(self) -> Mapping[str, User]:
        """Who is there, as far as the program has said."""
        return self._session.people.users if self._session is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._session is not None and self._session.is_present

    def limits(self, place: str) -> Limits:
        """Return what the program takes at once."""
        limits: PlaceTraits = self._traits.places.get(place) or self._traits
        return Limits(limits.max_bytes, limits.max_parts, limits.lines, limits.fences)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Start the program and have it join; see `Transport.join`."""
        session = ProgramSession(self._command, deliver, self._timings)
        # Before it has joined: what it hands on right behind that may be answered at once.
        self._session = session
        resume = self._token(joining.resume)
        try:
            await session.join(
                Join(
                    version=VERSION,
                    mesh_id=self._mesh.mesh_id,
                    address=self._mesh.room,
                    account=_account(joining.credentials),
                    resume=resume,
                    options=self._mesh.settings["options"] or None,
                ),
                self._mesh.settings["join_timeout"],
            )
        finally:
            if session.died_joining and joining.resume is not None:
                self._deaths += 1
            else:
                self._deaths = 0

    async def ended(self) -> End:
        """Return when the program is gone."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the program, if there is one."""
        if self._session is not None:
            await self._session.leave(reason, politely=politely)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Have the program send one message."""
        return await self._present().say(text, place, reply_to if self._traits.replies else None)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Have the program change a message."""
        await self._present().edit(sent_id, text, place)

    async def direct_place(self, user_id: str) -> str:
        """Return what the program calls the place where a user is alone with the bot."""
        self._present()
        place = self._traits.direct_place(user_id)
        if not place:
            raise NoSuchPlaceError(user_id)
        return place

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Have the program show it, where it can."""
        self._present().show_typing(typing, place)

    # Private

    def _token(self, resume: str | None) -> str | None:
        """Return where the program is to begin, which is nowhere once in a while."""
        if resume is None or self._deaths != MOST_DEATHS:
            return resume
        log.warning(
            "The program has ended %d times in a row before it had joined: it is started once "
            "without how far it had heard, and what was missed meanwhile is not made up for",
            MOST_DEATHS,
            event="resume_dropped",
        )
        return None

    @property
    def _traits(self) -> ProgramTraits:
        return self._session.traits if self._session is not None else NO_TRAITS

    def _present(self) -> ProgramSession:
        if self._session is None or not self._session.is_present:
            raise NotInMeshError(f"the bot is not in {self._mesh.room}")
        return self._session


def _account(credentials: Credentials) -> Mapping[str, str] | None:
    """Return what a program gets of its account; None: it has none of its own.

    That of the platform belongs to watch-party rooms, and is no business of a program's.
    """
    if not credentials.account:
        return None
    fields = {name: secret.get_secret_value() for name, secret in credentials.fields.items()}
    return {**fields, "name": credentials.account}
