"""What workers report of their rooms is in the event log, as far as it is subscribed to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor.room_events import MOST_EVENTS, MOST_TEXT, RoomEvents
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.events.subscriptions import Batch, Subscription
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import MeshEvent, Usage
from meshvisor.shared.protocol.messages import Error
from meshvisor.shared.protocol.to_worker import RefreshCredentials, SetInterests
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.service_contract import Stopping
from tests.features.fleet.supervisor.puppets import Puppet, Stage


class House:
    """A fleet of puppets with an event log."""

    def __init__(self, stage: Stage, home: Home) -> None:
        self.stage = stage
        self.store = Store.open(home.root / "meshvisor.db", clock=stage.clock)
        self.events = EventService(self.store, default_settings(), stage.clock)
        self.room_events = RoomEvents(self.events, stage.clock)
        self.room_events.attach(stage.fleet)

    @property
    def interests(self) -> Any:
        """Who wants what."""
        return self.events.subscriptions.interests

    async def puppet(self, mesh_id: str = "lobby") -> Puppet:
        """Return a connected worker."""
        self.stage.want(mesh_id)
        (puppet,) = await self.stage.connected(mesh_id)
        return puppet

    async def reported(self, puppet: Puppet) -> list[Event]:
        """Return the events of everything that a worker has said so far."""
        puppet.say(Error(error="the end"))
        await self.stage.until(lambda: self.stage.record(puppet.mesh_id).last_error == "the end")
        await self.events.stop(Stopping(0, asyncio.Event()))
        return (await self.events.page(0, 10_000)).events


@pytest.fixture
async def house(stage: Stage, home: Home) -> AsyncIterator[House]:
    """Return a fleet with an event log."""
    made = House(stage, home)
    yield made
    await made.events.stop(Stopping(0, asyncio.Event()))
    await asyncio.to_thread(made.store.close)


def joined(**data: Any) -> MeshEvent:
    """Return a report that Ann has come."""
    return MeshEvent(kind="join", data={"user_id": "11", "user_name": "Ann", **data})


async def test_usage_is_reported(house: House) -> None:
    """One event for each batch, with or without subscribers."""
    puppet = await house.puppet()
    puppet.say(Usage(commands={"ping": 3, "help": 1}))
    (event,) = await house.reported(puppet)
    assert (event.kind, event.subject, event.mesh_id) == ("mesh.usage", "lobby", "lobby")
    assert event.content == {"v": 1, "commands": {"ping": 3, "help": 1}}


async def test_rooms_without_subscribers(house: House) -> None:
    """Nothing is asked of workers, and what they say all the same is no event."""
    puppet = await house.puppet()
    with house.interests.held(("*", "job.*", "mesh.usage")), house.interests.held(()):
        puppet.say(joined())
        assert await house.reported(puppet) == []
    assert puppet.heard(SetInterests) == []


async def test_what_is_subscribed_to_is_reported(house: House) -> None:
    """With the fields of its kind alone, about the user."""
    puppet = await house.puppet()
    with house.interests.held(("user.joined", "message.*")):
        assert (await puppet.hear(SetInterests)).kinds == {"join", "message"}
        puppet.say(joined(v=7, password="x"))
        puppet.say(MeshEvent(kind="leave", data={"user_id": "11"}))
        puppet.say(MeshEvent(kind="no such thing"))
        puppet.say(MeshEvent(kind="message", data={"user_id": 5, "text": "hello"}))
        came, said = await house.reported(puppet)
    assert (came.kind, came.subject, came.mesh_id) == ("user.joined", "11", "lobby")
    assert came.content == {"v": 1, "user_name": "Ann"}
    assert (said.kind, said.subject, said.content["text"]) == ("message.received", "", "hello")


async def test_interests_are_counted(house: House) -> None:
    """Workers hear of a change of the whole only."""
    puppet = await house.puppet()
    with house.interests.held(("message.received",)):
        assert (await puppet.hear(SetInterests)).kinds == {"message"}
        with house.interests.held(("message.received", "message.*")):
            pass
        with house.interests.held(("user.*",)):
            wanted = {"message", "join", "leave", "typing"}
            assert (await puppet.hear(SetInterests)).kinds == wanted
        assert (await puppet.hear(SetInterests)).kinds == {"message"}
    assert (await puppet.hear(SetInterests)).kinds == frozenset()
    assert house.room_events.frames() == ()


async def test_subscribers_and_followers_count(house: House) -> None:
    """One for the life of the supervisor, the other until it stops following."""
    puppet = await house.puppet()

    async def handle(batch: Batch) -> None:
        pass

    wanted = (Wanted(("user.left",)), Wanted(("job.*",)))
    house.events.subscriptions.add(Subscription("one", handle, wanted))
    assert (await puppet.hear(SetInterests)).kinds == {"leave"}
    await house.events.start()
    stream = house.events.follow(0, Wanted(("user.joined",)))
    coming = asyncio.ensure_future(anext(stream))
    assert (await puppet.hear(SetInterests)).kinds == {"leave", "join"}
    puppet.say(joined())
    assert (await coming).kind == "user.joined"
    await stream.aclose()
    assert (await puppet.hear(SetInterests)).kinds == {"leave"}
    assert len(house.room_events.frames()) == 1
    assert puppet.heard(RefreshCredentials)


async def test_a_flood_is_bounded(house: House, caplog: pytest.LogCaptureFixture) -> None:
    """A second's worth is kept, the rest is counted, and the log says it once."""
    caplog.set_level(logging.WARNING)
    puppet = await house.puppet()
    with house.interests.held(("user.joined",)):
        for _ in range(MOST_EVENTS + 30):
            puppet.say(joined())
        events = await house.reported(puppet)
    assert len(events) == MOST_EVENTS
    lines = [one for one in caplog.records if getattr(one, "event", "") == "mesh.reports_dropped"]
    assert len(lines) == 1


async def test_large_reports_are_bounded(house: House) -> None:
    """Few and large ones fill no disk either; in the next second there is room again."""
    puppet = await house.puppet()
    puppet.say(Usage(commands={"x" * (MOST_TEXT + 1): 1}))
    puppet.say(Usage(commands={"late": 1}))
    puppet.say(Error(error="first"))
    await house.stage.until(lambda: house.stage.record().last_error == "first")
    house.stage.clock.advance(1)
    puppet.say(Usage(commands={"ping": 1}))
    (event,) = await house.reported(puppet)
    assert event.content["commands"] == {"ping": 1}
