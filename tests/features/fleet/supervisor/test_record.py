"""What is known of one mesh."""

from __future__ import annotations

import math

import pytest

from meshvisor.features.fleet.supervisor.losses import MOST
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.features.fleet.supervisor.record import MeshRecord
from meshvisor.shared.model.mesh import MeshState
from meshvisor.supervisor.children.restart_policy import CrashHistory
from tests.features.fleet.supervisor.puppets import SERVER, Stage


@pytest.fixture
def record() -> MeshRecord:
    """Return a mesh that was just found."""
    return MeshRecord(DiscoveredMesh("lobby", SERVER, "settings"))


def test_a_new_mesh_may_start_at_once(record: MeshRecord) -> None:
    """Nothing is held against it."""
    view = record.view()
    assert (record.mesh_id, view.state) == ("lobby", MeshState.WAITING)
    assert (view.alive, view.stopping, view.stopped_by_operator, view.left) == (
        False,
        False,
        False,
        False,
    )
    assert view.start_at == -math.inf


def test_what_reconciling_sees(record: MeshRecord) -> None:
    """A worker that is being started counts as alive, and both ways of resting are seen."""
    record.spawning = True
    assert record.view().alive
    record.spawning, record.stopped_by_operator = False, True
    assert (record.view().alive, record.view().stopped_by_operator) == (False, True)
    record.left_at = 0.0
    assert record.view().left
    record.start_at = 7.0
    assert record.view().start_at == 7.0


async def test_a_process_is_seen(stage: Stage) -> None:
    """From its birth to its end, and whether it was asked to end."""
    stage.want("lobby")
    (puppet,) = await stage.connected("lobby")
    puppet.polite = False
    record = stage.record()
    assert (record.view().alive, record.view().stopping) == (True, False)
    stage.fleet.restart("lobby")
    assert (record.view().alive, record.view().stopping) == (True, True)


def test_states_go_by_the_table(record: MeshRecord, caplog: pytest.LogCaptureFixture) -> None:
    """What the table forbids is shown and reported as a defect; staying is always allowed."""
    for state in (MeshState.SPAWNING, MeshState.SPAWNING, MeshState.READY, MeshState.CONNECTED):
        record.become(state)
        assert record.state is state
    record.become(MeshState.CONNECTED)
    assert caplog.text == ""
    record.become(MeshState.WAITING)
    assert record.state is MeshState.WAITING
    assert "mesh lobby went from connected to waiting, which the table forbids" in caplog.text


def test_a_new_try_forgets_all_trouble(record: MeshRecord) -> None:
    """Crashes, pauses, failures, leaving and being stopped; but not how often it was started."""
    record.crashes = CrashHistory(3, (1.0, 2.0, 3.0))
    record.last_crash = record.last_error = "the worker crashed"
    record.start_at, record.left_at = 500.0, 400.0
    record.stopped_by_operator, record.connection_attempts, record.lives = True, 2, 4
    for _ in range(MOST + 1):
        record.losses.note(500.0, "lost")
    record.reset()
    assert record.losses.lately(500.0) is None
    fresh = MeshRecord(record.mesh, lives=4, last_error="the worker crashed")
    assert record == fresh


def test_new_states_are_heard_of() -> None:
    """Each once, with the one before and its own cause, not an old one; what is so is none."""
    heard: list[tuple[str, MeshState, MeshState, str | None]] = []
    record = MeshRecord(
        DiscoveredMesh("lobby", SERVER, "settings"),
        on_state=lambda one, before, why: heard.append((one.mesh_id, before, one.state, why)),
    )
    record.last_error = "the worker crashed"
    for state in (MeshState.SPAWNING, MeshState.SPAWNING, MeshState.READY):
        record.become(state)
    record.become(MeshState.RESTARTING, "the worker hung")
    assert heard == [
        ("lobby", MeshState.WAITING, MeshState.SPAWNING, None),
        ("lobby", MeshState.SPAWNING, MeshState.READY, None),
        ("lobby", MeshState.READY, MeshState.RESTARTING, "the worker hung"),
    ]
