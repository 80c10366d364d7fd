"""How a worker goes on after a stay has ended, on a transport of a third party."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.from_worker import (
    Checkpointed,
    Connected,
    ConnectionFailed,
    Disconnected,
    FailureKind,
    Kicked,
)
from meshvisor.shared.protocol.to_worker import RefreshCredentials, RestartConnection
from tests.wire.install import install_wire
from tests.wire.network import WireNetwork
from tests.worker.supervisor_side import BOT, QUICK, RunningWorker

PATIENT = replace(QUICK, backoff_first=60.0)
"""Periods with which nothing happens again by itself after a failure."""


@pytest.fixture
async def network(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[WireNetwork]:
    """Return a network whose transport is installed."""
    install_wire(tmp_path / "packages")
    monkeypatch.syspath_prepend(str(tmp_path / "packages"))
    async with WireNetwork(home.root / "wire.sock") as network:
        yield network


@pytest.fixture
async def worker(network: WireNetwork) -> AsyncIterator[RunningWorker]:
    """Return a worker of the mesh `lobby` on that network."""
    worker = await RunningWorker.start(
        "", transport="wire", settings={"path": str(network.path)}, timings=PATIENT
    )
    yield worker
    await worker.stop()


async def test_a_connection_that_was_taken_is_not_taken_back_at_once(
    worker: RunningWorker, network: WireNetwork
) -> None:
    """Two clients would go on for ever; an operator can say that the other one is gone."""
    await worker.side.expect(Connected)
    network.end("replaced", reason="another radio")
    lost = await worker.side.expect(Disconnected)
    assert (lost.kind, lost.retry_after, lost.reason) == ("replaced", 60.0, "another radio")
    assert not lost.server_initiated
    assert len(network.joins) == 1
    worker.side.send(RestartConnection())
    await worker.side.expect(Connected)


@pytest.mark.parametrize("when", ["at the door", "in the middle of a stay"])
async def test_an_account_that_is_not_accepted_waits_for_another(
    worker: RunningWorker, network: WireNetwork, when: str
) -> None:
    """It is not tried again and again, and new credentials are tried at once."""
    await worker.side.expect(Connected)
    if when == "at the door":
        network.answer = {"type": "refused", "kind": "unauthorized", "reason": "who?"}
        network.end("lost")
        await worker.side.expect(Disconnected)
        failed = await worker.side.expect(ConnectionFailed)
        assert failed.kind is FailureKind.UNAUTHORIZED
        network.answer = {"type": "joined"}
    else:
        network.end("unauthorized")
        lost = await worker.side.expect(Disconnected)
        assert (lost.kind, lost.retry_after) == ("unauthorized", PATIENT.backoff_first)
    joins = len(network.joins)
    await worker.side.status()
    assert len(network.joins) == joins
    worker.side.send(RefreshCredentials(credentials=BOT))
    await worker.side.expect(Connected)


@pytest.mark.parametrize("answer", [None, 30.0])
async def test_a_kick_says_when_the_bot_may_come_back(
    worker: RunningWorker, network: WireNetwork, answer: Any
) -> None:
    """What follows is the supervisor's to say; the worker ends."""
    await worker.side.expect(Connected)
    network.end("kicked", reason="be quiet", retry_after=answer)
    kicked = await worker.side.expect(Kicked)
    assert (kicked.reason, kicked.retry_after) == ("be quiet", answer)


async def test_a_message_waits_for_its_checkpoint(
    worker: RunningWorker, network: WireNetwork
) -> None:
    """Nothing is said before the supervisor has the token in front of it, and all of it after."""
    await worker.side.expect(Connected)
    worker.side.keeps = False
    network.speak("?ping")
    asked = await worker.side.expect(Checkpointed)
    assert (asked.token, asked.waits) == ("1", True)
    await worker.side.status()
    assert not network.said
    worker.side.keep(asked)
    await network.has_heard("pong")
