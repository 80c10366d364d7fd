"""What the figures of meshes were lately."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor.figures import KEPT, FigureHistory
from meshvisor.features.fleet.supervisor.monitor import Monitor
from tests.features.fleet.supervisor.puppets import Stage


async def test_samples_of_a_mesh_stand_beside_the_medians_of_all(stage: Stage) -> None:
    """Each is as the worker has answered; before its first one nothing is known of a mesh."""
    stage.want("den", "hall", "lobby")
    puppets = await stage.connected("den", "hall", "lobby")
    history, records = FigureHistory(stage.clock), stage.fleet.records
    history.sample(records.values())
    for lag, puppet in enumerate(puppets):
        puppet.status = msgspec.structs.replace(
            puppet.status, event_loop_lag_ms=float(lag), memory_bytes=1000 * lag
        )
    monitor = Monitor(stage.settings.of(FleetSettings), stage.fleet, stage.clock)
    await monitor.poll()
    history.sample(records.values())

    unknown, known = history.of("lobby")
    assert (unknown.event_loop_lag_ms, unknown.median_memory_bytes) == (None, None)
    assert (known.event_loop_lag_ms, known.memory_bytes) == (2, 2000)
    assert (known.median_event_loop_lag_ms, known.median_memory_bytes) == (1, 1000)
    assert history.of("nowhere") == ()


async def test_the_oldest_samples_make_room(stage: Stage) -> None:
    """As many are kept as there is room for, in their order; meshes that are gone are forgotten."""
    stage.want("lobby")
    await stage.connected("lobby")
    history = FigureHistory(stage.clock)
    for _ in range(KEPT + 5):
        stage.clock.advance(30)
        history.sample(stage.fleet.records.values())
    moments = [sample.at for sample in history.of("lobby")]
    assert len(moments) == KEPT
    assert moments == sorted(moments)
    assert datetime.fromisoformat(moments[-1]).timestamp() == pytest.approx(stage.clock.wall())
    history.sample(())
    assert history.of("lobby") == ()
