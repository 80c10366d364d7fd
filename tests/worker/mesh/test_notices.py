"""What the supervisor wants said to somebody, by a worker whose transport can do more than most."""

from __future__ import annotations

from typing import ClassVar

import pytest

from meshvisor.features.watch_party.worker.transport import WatchPartyRoom
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.to_worker import SendMessage
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import MAIN, Limits, MeshAddress, Traits
from tests.worker.conftest import Connect
from tests.worker.supervisor_side import RunningWorker

HANDLE = "job-42"


class Capable(WatchPartyRoom):
    """Can edit, and write to people alone."""

    made: ClassVar[list[Capable]] = []
    can = Traits(replies=True, typing=True, editing=True, direct=True)

    def __init__(self, mesh: MeshAddress, timings: Timings) -> None:
        super().__init__(mesh.room, mesh.server, timings)
        self.made.append(self)
        self.done: list[tuple[str, str, str]] = []
        self.unreachable: set[str] = set()
        self.gone = False

    @property
    def traits(self) -> Traits:
        """What it can do."""
        return self.can

    def limits(self, place: str) -> Limits:
        """Short messages."""
        return Limits(100)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Say it in the room, or note what is written to somebody."""
        if place == MAIN:
            await super().say(text, place, reply_to)
            self.done.append(("room", reply_to or "", text))
        else:
            self.done.append(("to", place, text))
        return str(len(self.done))

    async def direct_place(self, user_id: str) -> str:
        """Say that a place is called like who is there."""
        if user_id in self.unreachable:
            raise LookupError(user_id)
        return user_id

    async def edit(self, sent_id: str, text: str) -> None:
        """Note what is changed."""
        if self.gone:
            raise LookupError(sent_id)
        self.done.append(("edit", sent_id, text))


@pytest.fixture
def capable(monkeypatch: pytest.MonkeyPatch) -> type[Capable]:
    """Have workers use such a transport."""
    monkeypatch.setattr("meshvisor.features.watch_party.worker.transport.make", Capable)
    monkeypatch.setattr(Capable, "made", [])
    return Capable


async def say(worker: RunningWorker, playground: Playground, *notices: SendMessage) -> None:
    """Have notices said, and wait for the one in the room that follows them."""
    last = f"over {len(playground.chats('lobby'))}."
    for notice in (*notices, SendMessage(text=last)):
        worker.side.send(notice)
    await playground.wait_for_chat("lobby", last)


def progress(text: str) -> SendMessage:
    """Return a report of progress."""
    return SendMessage(text=text, to_user="953371", handle=HANDLE)


async def test_somebody_is_told_alone_and_progress_is_edited(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """The first report is a message to them, those that follow change it."""
    worker = await connect()
    question = SendMessage(text="go on?", to_user="953371", reply_to_message="m1")
    await say(worker, playground, progress("25 %"), question, progress("50 %"))
    (transport,) = capable.made
    assert transport.done == [
        ("to", "953371", "25 %"),
        ("to", "953371", "go on?"),
        ("edit", "1", "50 %"),
        ("room", "", "over 0."),
    ]


async def test_what_does_not_reach_them_is_said_in_the_room(
    connect: Connect, playground: Playground, capable: type[Capable]
) -> None:
    """And what cannot be edited any more is said anew, also when it is too long for one message."""
    worker = await connect()
    (transport,) = capable.made
    transport.unreachable.add("953371")
    await say(worker, playground, progress("25 %"), progress("50 %"))
    transport.gone = True
    await say(worker, playground, progress("75 %"))
    transport.gone = False
    await say(worker, playground, progress("long " * 30))
    kinds = [kind for kind, _, text in transport.done if "over" not in text]
    assert kinds == ["room", "edit", "room", "room", "room"]


async def test_where_the_transport_can_do_neither(connect: Connect, playground: Playground) -> None:
    """Everything is said in the room, as an answer where it is one."""
    worker = await connect()
    question = SendMessage(text="go on?", to_user="953371", reply_to_message="m1")
    await say(worker, playground, progress("25 %"), progress("50 %"), question)
    said = [message.text for message in playground.chats("lobby")]
    assert said[-4:] == ["25 %", "50 %", "go on?", "over 0."]
