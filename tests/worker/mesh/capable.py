"""A transport that can do more than watch-party rooms, and has other places than its room."""

from __future__ import annotations

from typing import ClassVar

from meshvisor.features.watch_party.worker.transport import WatchPartyRoom
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    ChatMessage,
    Deliver,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotSentError,
    Traits,
    User,
)


class Capable(WatchPartyRoom):
    """Can edit, and write to people alone; whatever is not the room is only noted."""

    made: ClassVar[list[Capable]] = []
    can = Traits(replies=True, typing=True, editing=True, direct=True)

    def __init__(self, mesh: MeshAddress, timings: Timings) -> None:
        super().__init__(mesh.room, mesh.server, timings)
        self.made.append(self)
        self.done: list[tuple[str, str, str]] = []
        """What was done: `room`, `to` or `edit`; what is answered, the place or the message that
        is edited; the text."""
        self.unreachable: set[str] = set()
        """Users and places that cannot be written to."""
        self.busy: dict[str, int] = {}
        """How often places do not take a message."""
        self.gone = False
        """Whether nothing can be edited any more."""
        self.wanted = Manners()
        self.max_bytes = 100

    @property
    def traits(self) -> Traits:
        """What it can do."""
        return self.can

    @property
    def manners(self) -> Manners:
        """What the test says."""
        return self.wanted

    def limits(self, place: str) -> Limits:
        """Short messages."""
        return Limits(self.max_bytes)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Join the room."""
        self.deliver = deliver
        await super().join(joining, deliver)

    def hear(
        self,
        text: str,
        place: str,
        *,
        is_direct: bool = False,
        user: str = "953371",
        authenticated: bool = True,
    ) -> None:
        """Have a user say something somewhere."""
        who = User(user, "ann", authenticated)
        self.deliver(ChatMessage("m1", who, text, place=place, is_direct=is_direct))

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Say it in the room, or note what is said elsewhere."""
        if place in self.unreachable:
            raise NoSuchPlaceError(place)
        if self.busy.get(place):
            self.busy[place] -= 1
            raise NotSentError("429 too many requests", 0.01)
        if place == MAIN:
            await super().say(text, place, reply_to)
            self.done.append(("room", reply_to or "", text))
        else:
            self.done.append(("to", place, text))
        return str(len(self.done))

    async def direct_place(self, user_id: str) -> str:
        """Say that a place is called like who is there."""
        if user_id in self.unreachable:
            raise NoSuchPlaceError(user_id)
        return user_id

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Note what is changed."""
        if self.gone:
            raise CannotEditError(sent_id)
        self.done.append(("edit", sent_id, text))
