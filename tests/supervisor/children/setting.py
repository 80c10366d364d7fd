"""A real zygote, and children of it in processes of their own."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from meshvisor.shared.heartbeat import HeartbeatTable
from meshvisor.shared.paths import Home
from meshvisor.shared.strays import become_subreaper
from meshvisor.supervisor.children.spawner import Child, SpawnError, SpawnOrder
from meshvisor.supervisor.children.zygote import ZygoteSpawner
from meshvisor.supervisor.children.zygote_start import SharedResources
from tests.stopping import stopping

CHILDREN: Final = Path(__file__).parent / "programs"
"""Modules whose functions are children."""


class Setting:
    """A spawner and what it is given."""

    def __init__(self, home: Home) -> None:
        self.resources = SharedResources(str(home.root), preload=("mv_children",))
        self.heartbeats = HeartbeatTable(self.resources.heartbeats)
        self.output: dict[str, int] = {}
        self.spawner = ZygoteSpawner(self.resources, (), self.output.__setitem__)
        self.children: list[Child] = []

    async def child(
        self,
        function: str = "report",
        name: str = "lobby",
        slot: int = 0,
        module: str = "mv_children",
    ) -> Child:
        """Start a child; survives that the zygote is just being replaced."""
        order = SpawnOrder(f"{module}:{function}", name, slot, {"prefix": "?"})
        async with asyncio.timeout(20):
            while True:
                try:
                    child = await self.spawner.spawn(order)
                except SpawnError:
                    await asyncio.sleep(0)
                else:
                    break
        child.channel.setblocking(False)
        self.children.append(child)
        return child

    async def close(self) -> None:
        """Stop the spawner and close what the tests hold."""
        await self.spawner.stop(stopping())
        for child in self.children:
            child.channel.close()
            assert child.log is not None
            os.close(child.log)
        for descriptor in self.output.values():
            os.close(descriptor)
        self.heartbeats.close()


@pytest.fixture
async def setting(
    home: Home, project: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Setting]:
    """Return a running zygote."""
    monkeypatch.setenv("PYTHONPATH", f"{CHILDREN}{os.pathsep}{project}")
    become_subreaper()
    made = Setting(home)
    await made.spawner.start()
    yield made
    await made.close()
    # Or orphans of later tests in this process would stay as zombies.
    become_subreaper(wanted=False)
