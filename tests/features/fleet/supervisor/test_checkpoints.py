"""How far bots have heard, over the lives of workers and of supervisors."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor import checkpoints as module
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints, CheckpointWriter
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import Checkpointed, ConnectRequest, Ready
from meshvisor.shared.protocol.to_worker import CheckpointKept, ConnectPermit
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock
from tests.features.fleet.supervisor.puppets import Puppet, Stage
from tests.stopping import stopping

LOBBY = DiscoveredMesh("lobby", "ws://127.0.0.1:1", "settings")

MOVES: tuple[dict[str, Any], ...] = (
    {"server": "ws://127.0.0.1:2"},
    {"address": "#other"},
    {"account": "other"},
)
"""What makes a mesh another one."""


class Keeping:
    """One life of what keeps checkpoints, on the database of a home."""

    def __init__(self, store: Store, clock: ManualClock, checkpoints: Checkpoints) -> None:
        self.checkpoints = checkpoints
        self.known: list[str] = []
        self.commits = 0
        self.writer = CheckpointWriter(checkpoints, store, clock, lambda: self.known)
        store.after_commit(self._committed)

    def _committed(self, _: sqlite3.Connection) -> None:
        self.commits += 1


@pytest.fixture
def clock() -> ManualClock:
    """Return the time that tests move."""
    return ManualClock()


@asynccontextmanager
async def keeping(
    home: Home, clock: ManualClock, checkpoints: Checkpoints | None = None
) -> AsyncIterator[Keeping]:
    """Start, run and stop what a supervisor has."""
    store = Store.open(home.database)
    life = Keeping(store, clock, checkpoints or Checkpoints())
    try:
        await life.writer.start()
        run = asyncio.create_task(life.writer.run())
        yield life
        run.cancel()
        await asyncio.wait((run,))
        await life.writer.stop(stopping())
    finally:
        store.close()


async def kept_now(checkpoints: Checkpoints, mesh: DiscoveredMesh, token: str) -> None:
    """Return when a token is kept."""
    kept = asyncio.Event()
    checkpoints.take_now(mesh, token, kept.set)
    async with asyncio.timeout(10):
        await kept.wait()


def rows(home: Home) -> dict[str, str]:
    """Return what is in the database, as another process sees it."""
    with closing(sqlite3.connect(home.database)) as db:
        return dict(db.execute("SELECT mesh_id, token FROM checkpoints"))


async def permit(puppet: Puppet) -> ConnectPermit:
    """Return what a worker is given that asks to connect."""
    puppet.say(Ready())
    puppet.say(ConnectRequest())
    return await puppet.hear(ConnectPermit)


# ---- Workers -------------------------------------------------------------------------------------


async def test_the_next_worker_begins_where_the_last_one_was(stage: Stage) -> None:
    """However the last one has ended; the first one begins nowhere in particular."""
    stage.want("lobby")
    first = await stage.puppet()
    assert (await permit(first)).resume is None
    first.say(Checkpointed(token="one"))
    first.say(Checkpointed(token="two"))
    await stage.until(lambda: stage.checkpoints.of(LOBBY) == "two")
    first.end()
    second = await stage.puppet(after=first)
    assert (await permit(second)).resume == "two"


@pytest.mark.parametrize("move", MOVES, ids=str)
async def test_a_mesh_that_has_moved_begins_anew(stage: Stage, move: dict[str, Any]) -> None:
    """What the old worker says last is about the old place."""
    stage.want("lobby")
    first = await stage.puppet()
    first.polite = False
    await permit(first)
    stage.want("lobby", **move)
    first.say(Checkpointed(token="of the old place"))
    await stage.until(lambda: stage.checkpoints.of(LOBBY))
    first.end()
    second = await stage.puppet(after=first)
    assert (await permit(second)).resume is None


async def test_a_worker_that_waits_is_answered_when_it_is_written(
    home: Home, stage: Stage, clock: ManualClock
) -> None:
    """Another process would find it then, whatever becomes of this one."""
    async with keeping(home, clock, stage.checkpoints):
        stage.want("lobby")
        (puppet,) = await stage.connected("lobby")
        question = Checkpointed(token="just before", waits=True)
        puppet.say(question)
        assert (await puppet.hear(CheckpointKept)).reply_to == question.id
        assert rows(home) == {"lobby": "just before"}


# ---- Supervisors ---------------------------------------------------------------------------------


async def test_the_next_supervisor_goes_on(home: Home, clock: ManualClock) -> None:
    """Also from what was reported just before the end; a token of another place is not used."""
    async with keeping(home, clock) as life:
        life.checkpoints.take(LOBBY, "last words")
    async with keeping(home, clock) as life:
        assert life.checkpoints.of(LOBBY) == "last words"
        for move in MOVES:
            moved = DiscoveredMesh(
                **{"mesh_id": "lobby", "server": LOBBY.server, **move}, source=""
            )
            assert life.checkpoints.of(moved) is None


async def test_another_program_gets_no_token(home: Home, clock: ManualClock) -> None:
    """It could not read it; what is sent to the same program does not matter."""

    def mesh(command: str, folder: str = "", **more: Any) -> DiscoveredMesh:
        settings = {"command": [*command.split()], "folder": folder, **more}
        return DiscoveredMesh("irc", "", "settings", transport="program", settings=settings)

    async with keeping(home, clock) as life:
        life.checkpoints.take(mesh("node a.mjs"), "t1")
    async with keeping(home, clock) as life:
        assert life.checkpoints.of(mesh("node a.mjs", options={"channels": ["#a"]})) == "t1"
        assert life.checkpoints.of(mesh("node b.mjs")) is None
        assert life.checkpoints.of(mesh("node a.mjs --new")) is None
        assert life.checkpoints.of(mesh("node a.mjs", "elsewhere")) is None


async def test_many_are_written_at_once(
    home: Home, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fleet that hears much does not write much."""
    monkeypatch.setattr(module, "INTERVAL", 0.05)
    meshes = [DiscoveredMesh(f"m{number}", "ws://s", "settings") for number in range(50)]
    async with keeping(home, clock) as life:
        for turn in range(20):
            for mesh in meshes:
                life.checkpoints.take(mesh, f"{turn}")
            await asyncio.sleep(0)
        await kept_now(life.checkpoints, LOBBY, "x")
        assert life.commits == 1
    assert rows(home) == {**{mesh.mesh_id: "19" for mesh in meshes}, "lobby": "x"}


async def test_it_is_written_soon_by_itself(
    home: Home, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No caller has to wait for it."""
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    async with keeping(home, clock) as life:
        life.checkpoints.take(LOBBY, "by itself")
        async with asyncio.timeout(10):
            while rows(home) != {"lobby": "by itself"}:
                await asyncio.sleep(0)


async def test_what_cannot_be_written_holds_no_bot_up(
    home: Home,
    clock: ManualClock,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """It is said once, and written when that is possible again."""
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(module, "INTERVAL", 0.01)
    away = home.database.with_name("away.db")
    async with keeping(home, clock) as life:
        await kept_now(life.checkpoints, LOBBY, "one")
        home.database.rename(away)
        for token in ("two", "three"):
            await kept_now(life.checkpoints, LOBBY, token)
        assert life.checkpoints.of(LOBBY) == "three"
        away.rename(home.database)
        await kept_now(life.checkpoints, DiscoveredMesh("other", "", "settings"), "four")
    assert rows(home) == {"lobby": "three", "other": "four"}
    assert caplog.text.count("cannot be written") == 1


async def test_a_mesh_that_is_gone_for_long_is_forgotten(home: Home, clock: ManualClock) -> None:
    """One that is still there keeps its token, however long nothing was said."""
    gone = DiscoveredMesh("gone", "ws://s", "settings")
    async with keeping(home, clock) as life:
        await kept_now(life.checkpoints, LOBBY, "kept")
        await kept_now(life.checkpoints, gone, "forgotten")
        life.known = ["lobby"]
        clock.advance(29 * 86_400)
        await life.writer.clean()
        assert life.checkpoints.of(gone) == "forgotten"
        clock.advance(2 * 86_400)
        await life.writer.clean()
        assert life.checkpoints.of(gone) is None
    assert rows(home) == {"lobby": "kept"}
