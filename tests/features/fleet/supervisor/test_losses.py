"""A bot that loses its mesh again and again is said to, and is not called healthy."""

from __future__ import annotations

from meshvisor.features.fleet.supervisor import reports
from meshvisor.features.fleet.supervisor.losses import MOST, REMEMBERED, WINDOW, LossCount, sentence
from meshvisor.features.fleet.supervisor.services import FleetReporter
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import Connected, Disconnected, FailureKind, Ready
from tests.features.fleet.supervisor.puppets import Puppet, Stage

WHY = "node irc.js exited with code 1"


def test_what_counts() -> None:
    """More than a few within the window; whatever is older is forgotten."""
    count = LossCount()
    for number in range(MOST + 1):
        assert count.lately(number) is None
        count.note(number, f"{number}")
    assert count.lately(MOST) == (MOST + 1, WINDOW, str(MOST))
    assert count.lately(WINDOW - 0.5) == (MOST + 1, WINDOW, str(MOST))
    assert count.lately(WINDOW) is None
    for _ in range(2 * REMEMBERED):
        count.note(WINDOW, "")
    lately = count.lately(WINDOW)
    assert lately is not None
    assert lately.times == REMEMBERED
    assert "lobby connects again and again: 1000 times in 10 minutes;" in sentence("lobby", lately)
    count.reset()
    assert count.lately(WINDOW) is None


async def lose(stage: Stage, puppet: Puppet, times: int, *, left: bool = False) -> None:
    """Have a bot come and lose its mesh, so many times."""
    for _ in range(times):
        puppet.say(Connected())
        await stage.until_state(puppet.mesh_id, MeshState.CONNECTED)
        puppet.say(Disconnected(reason=WHY, server_initiated=False, left=left))
        await stage.until_state(puppet.mesh_id, MeshState.DISCONNECTED)


async def test_what_is_reported(stage: Stage) -> None:
    """As a problem with the reason, also while it happens to be connected, until it is over."""
    stage.want("bridge", "lobby")
    bridge, lobby = await stage.puppet("bridge"), await stage.puppet("lobby")
    for puppet in (bridge, lobby):
        puppet.say(Ready())
    await lose(stage, bridge, MOST + 1)
    await lose(stage, lobby, MOST + 1, left=True)  # as when sessions are renewed
    bridge.say(Connected())
    await stage.until_state("bridge", MeshState.CONNECTED)
    reporter = FleetReporter(stage.fleet, stage.blocklist, stage.clock)
    (problem,) = reporter.problems()
    assert problem.startswith(
        f"bridge connects again and again: 6 times in 10 minutes, the last time: {WHY}"
    )
    status = reports.mesh_status(stage.record("bridge"), stage.clock.monotonic())
    assert status.losses is not None
    assert (status.is_healthy, status.losses.times, status.last_error) == (False, 6, WHY)
    other = reports.mesh_status(stage.record("lobby"), stage.clock.monotonic())
    assert (other.is_healthy, other.losses) == (True, None)
    stage.clock.advance(WINDOW + 1)
    assert list(reporter.problems()) == []


async def test_a_server_of_its_own_that_is_not_reached(stage: Stage) -> None:
    """Where one mesh has one, it is reported, too."""
    stage.want("radio", transport="program", server="")
    puppet = await stage.puppet("radio")
    puppet.say(Ready())
    record = stage.record("radio")
    for number in range(MOST + 1):
        puppet.fail(FailureKind.UNREACHABLE, f"no route, {number}")
        await stage.until(lambda: record.last_error == f"no route, {number}")  # noqa: B023
    losses = record.losses.lately(stage.clock.monotonic())
    assert losses == (MOST + 1, WINDOW, f"no route, {MOST}")
