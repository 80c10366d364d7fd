"""Chats become events while they are subscribed to, through a whole fleet."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.control.async_client import AsyncControlClient
from tests.faults.conftest import StartFleet

pytestmark = pytest.mark.faults


async def test_a_follower_makes_chats_events(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """Not before, and not for a subscriber to everything."""
    fleet = await start_fleet()
    await playground.wait_for_peer("lobby")
    assert (await playground.ask("lobby", "?ping")).text == "pong"

    async def talk() -> None:
        while True:
            await playground.ask("lobby", "?ping")

    everything = await AsyncControlClient.connect(fleet.home.root)
    chats = await AsyncControlClient.connect(fleet.home.root)
    async with everything, chats, aclosing(everything.stream("events_follow", after=0)) as all_of:
        async for event in all_of:
            if event.get("live"):
                break
        await playground.ask("lobby", "?ping")
        assert (await fleet.ask("events", kinds=["message.*"]))["events"] == []
        async with aclosing(chats.stream("events_follow", kinds=["message.*"])) as said:
            assert (await anext(said))["live"]
            talking = asyncio.create_task(talk())
            heard = await asyncio.wait_for(anext(said), 30)
            talking.cancel()
        assert (heard["kind"], heard["mesh_id"]) == ("message.received", "lobby")
        assert heard["data"]["text"] == "?ping"
        async for event in all_of:
            if event.get("kind") == "message.received":
                break
        async for event in all_of:
            if event.get("kind") == "mesh.usage" and event["mesh_id"] == "lobby":
                assert event["data"]["commands"]["ping"] >= 1
                break
