"""The playground as a process that the supervisor keeps."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.request import urlopen

import psutil
import pytest

from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.features.playground.supervisor import keeper as playground
from meshvisor.features.playground.supervisor.keeper import PlaygroundKeeper
from meshvisor.features.watch_party.supervisor.platform import Addresses
from meshvisor.shared.errors import MissingError
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from meshvisor.supervisor.children.programs import Program
from tests.fleet import Fleet


class Kept:
    """A keeper and the output of what it has started."""

    def __init__(self, port: int = 0) -> None:
        settings = PlaygroundSettings(port=port, rooms=2, residents=0)
        self.keeper = PlaygroundKeeper(settings, self._attach)
        self.outputs: list[int] = []

    @property
    def process(self) -> Program:
        """The newest process."""
        assert self.keeper.process is not None
        return self.keeper.process

    def output(self) -> str:
        """Return what the newest process has printed."""
        return os.read(self.outputs[-1], 65536).decode()

    async def close(self) -> None:
        """Stop what runs."""
        await self.keeper.stop(asyncio.Event())
        for descriptor in self.outputs:
            os.close(descriptor)

    def _attach(self, name: str, descriptor: int) -> None:
        assert name == "playground"
        self.outputs.append(descriptor)


@pytest.fixture
async def kept() -> AsyncIterator[Kept]:
    """Return a keeper of a playground on any free port."""
    made = Kept()
    yield made
    await made.close()


async def rooms(addresses: Addresses) -> str:
    """Return the playground's list of rooms."""

    def ask() -> str:
        with urlopen(f"{addresses.url}/meshes/self?public=true", timeout=10) as answer:
            return str(answer.read())

    return await asyncio.to_thread(ask)


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Have a shell script started in the place of Python."""
    program = folder / "python"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))


async def test_it_serves_what_the_settings_say(kept: Kept) -> None:
    """It listens where it says, and ends with the keeper; stopping twice is harmless."""
    addresses = await kept.keeper.start()
    found = await rooms(addresses)
    assert "lobby" in found
    assert "cinema" in found
    assert "workshop" not in found
    assert addresses.server.startswith("ws://127.0.0.1:")
    await kept.keeper.stop(asyncio.Event())
    assert not psutil.pid_exists(kept.process.pid)
    await kept.keeper.stop(asyncio.Event())


async def test_it_comes_back_where_it_was(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed, it is started again at the same address, so that workers find it."""
    monkeypatch.setattr(playground, "RESTART_PAUSE", 0.01)
    addresses = await kept.keeper.start()
    first = kept.process
    keeping = asyncio.create_task(kept.keeper.keep())
    first.process.signal(signal.SIGKILL)
    async with asyncio.timeout(20):
        while kept.process is first:
            await asyncio.sleep(0)
        while True:
            try:
                assert "lobby" in await rooms(addresses)
                break
            except OSError:
                assert not keeping.done()
    assert "the playground was killed by SIGKILL; it is started again" in caplog.text
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


async def test_a_port_that_is_taken() -> None:
    """The error says where to look, and there the reason stands."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        kept = Kept(port=other.getsockname()[1])
        with pytest.raises(MissingError, match=r"does not come up on 127\.0\.0\.1:\d+; the log"):
            await kept.keeper.start()
        await kept.process.exited
        assert "cannot listen" in kept.output()
        await kept.close()


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("exec sleep 600", id="silent"),
        pytest.param("echo garbage >&3; exec sleep 600", id="garbage"),
        pytest.param("echo '[]' >&3; exec sleep 600", id="the wrong shape"),
        pytest.param("exit 3", id="ends at once"),
    ],
)
async def test_one_that_does_not_come_up(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str
) -> None:
    """Whatever it does instead, it is given up, and its process is gone."""
    monkeypatch.setattr(playground, "READY_DEADLINE", 0.2)
    pretend(monkeypatch, tmp_path, script)
    with pytest.raises(MissingError):
        await kept.keeper.start()
    async with asyncio.timeout(20):
        await kept.process.exited


async def test_it_is_tried_until_it_comes_up(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A restart that fails is no reason to give up, nor to end the supervisor."""
    monkeypatch.setattr(playground, "RESTART_PAUSE", 0.01)
    await kept.keeper.start()
    with monkeypatch.context() as broken:
        pretend(broken, tmp_path, "exit 3")
        kept.process.process.signal(signal.SIGKILL)
        keeping = asyncio.create_task(kept.keeper.keep())
        async with asyncio.timeout(20):
            while len(kept.outputs) < 4:
                await asyncio.sleep(0)
    async with asyncio.timeout(20):
        while not command_line(kept.process.pid).startswith(sys.executable):
            await asyncio.sleep(0)
    assert not keeping.done()
    keeping.cancel()
    await asyncio.gather(keeping, return_exceptions=True)


def command_line(pid: int) -> str:
    """Return the command line of a process, as far as there is one."""
    try:
        return " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return ""


async def test_it_stands_in_for_a_platform(home: Home) -> None:
    """One that asks for an account is not in use then, and keeps no fleet from starting."""
    platform = {"url": "https://platform.invalid", "login": "required"}
    fleet = Fleet(home, {"platform": platform, "playground": {"residents": 0}})
    try:
        await fleet.start("--playground", "--rooms", "1")
        await fleet.all_are(MeshState.CONNECTED, 1)
    finally:
        await fleet.close()
