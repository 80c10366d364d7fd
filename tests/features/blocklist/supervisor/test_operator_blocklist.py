"""The blocklist in the hands of an operator."""

from __future__ import annotations

import pytest

from meshvisor.features.blocklist.supervisor.operator_blocklist import OperatorBlocklist
from meshvisor.shared.model.mesh import MeshState
from tests.features.fleet.supervisor.puppets import Stage


@pytest.fixture
async def blocklist(stage: Stage) -> OperatorBlocklist:
    """Return the blocklist of a fleet with one connected mesh."""
    stage.want("lobby")
    await stage.connected("lobby")
    stage.blocklist.load()
    return OperatorBlocklist(stage.blocklist, stage.clock, lambda _by_hand: stage.fleet.changed())


async def test_the_fleet_acts_at_once(stage: Stage, blocklist: OperatorBlocklist) -> None:
    """A block ends the worker and an unblock starts one, at once."""
    await blocklist.block("lobby", None)
    await stage.until_state("lobby", MeshState.BLOCKED)
    assert blocklist.mesh_ids() == ["lobby"]
    assert (await blocklist.unblock("lobby")).was_blocked
    await stage.connected("lobby")
    assert blocklist.mesh_ids() == []
    assert not (await blocklist.unblock("lobby")).was_blocked


async def test_it_is_the_same_list(stage: Stage, blocklist: OperatorBlocklist) -> None:
    """What is asked here is what the fleet knows."""
    await blocklist.block("lobby", 60)
    stage.blocklist.block("attic", "kicked", None)
    assert [(e.mesh_id, e.reason) for e in blocklist.list_blocked().blocked] == [
        ("attic", "kicked"),
        ("lobby", "operator"),
    ]
    stats = blocklist.stats()
    assert (stats.total, stats.permanent, stats.temporary) == (2, 1, 1)


async def test_a_wrong_request_changes_nothing(stage: Stage, blocklist: OperatorBlocklist) -> None:
    """The list says what is wrong with it."""
    with pytest.raises(ValueError, match="'because' is no reason to block"):
        stage.blocklist.block("lobby", "because", None)
    await stage.settled()
    assert stage.record().state is MeshState.CONNECTED
