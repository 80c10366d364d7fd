"""Blocks are in the event log as soon as they hold and end."""

from __future__ import annotations

import asyncio
from pathlib import Path

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.services import BlocklistKeeper
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.service_contract import Stopping
from tests.clock import ManualClock


async def test_blocks_are_events(tmp_path: Path) -> None:
    """Set, set for another time, and ended by time; those from before a start are not news."""
    clock = ManualClock()
    store = Store.open(tmp_path / "meshvisor.db", clock=clock)
    events = EventService(store, default_settings(), clock)
    blocklist = Blocklist(tmp_path / "blocklist.json", clock)
    keeper = BlocklistKeeper(blocklist, clock, events)
    blocklist.load()
    blocklist.block("old", "kicked", None)
    await asyncio.to_thread(blocklist.save)
    await keeper.start()
    blocklist.block("lobby", "connection_failures", 60)
    keeper.save_soon()
    keeper.save_soon()
    blocklist.block("lobby", "operator", 90)
    keeper.tell()
    clock.advance(91)
    assert blocklist.expire()
    keeper.tell()
    await events.stop(Stopping(0, asyncio.Event()))
    found = (await events.page(0, 100)).events
    assert [(one.kind, one.subject, one.content["reason"]) for one in found] == [
        ("block.set", "lobby", "connection_failures"),
        ("block.set", "lobby", "operator"),
        ("block.ended", "lobby", "operator"),
    ]
    await asyncio.to_thread(store.close)
