"""What the fleet does about the difference between what it is and what it should be."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from meshvisor.features.fleet.supervisor.reconcile import (
    Action,
    Actual,
    Desired,
    Forget,
    Settle,
    Start,
    Stop,
    reconcile,
)
from meshvisor.shared.model.mesh import MeshState, may_become

S = MeshState
NOW = 100.0
RUNNING = Actual(S.CONNECTED, alive=True)
STOPPING = Actual(S.CONNECTED, alive=True, stopping=True)


def plan(
    wanted: str, actual: Mapping[str, Actual], blocked: str = "", most: int = 0
) -> tuple[Action, ...]:
    """Return the actions for one-letter meshes."""
    return reconcile(Desired(tuple(wanted), set(blocked), most), actual, NOW).actions


@pytest.mark.parametrize(
    ("wanted", "actual", "blocked", "most", "expected"),
    [
        pytest.param("a", {}, "", 0, [Start("a")], id="new mesh starts"),
        pytest.param("a", {"a": RUNNING}, "", 0, [], id="running mesh is left alone"),
        pytest.param(
            "", {"a": RUNNING}, "", 0, [Stop("a", "it is not listed any more")], id="gone mesh"
        ),
        pytest.param("", {"a": STOPPING}, "", 0, [], id="gone mesh is told only once"),
        pytest.param("", {"a": Actual(S.STOPPED)}, "", 0, [Forget("a")], id="dead gone mesh"),
        pytest.param("a", {"a": RUNNING}, "a", 0, [Stop("a", "it is blocked")], id="blocked"),
        pytest.param(
            "a", {"a": Actual(S.STOPPED)}, "a", 0, [Settle("a", S.BLOCKED)], id="shows blocked"
        ),
        pytest.param("a", {"a": Actual(S.BLOCKED)}, "a", 0, [], id="stays blocked"),
        pytest.param("a", {"a": Actual(S.BLOCKED)}, "", 0, [Start("a")], id="unblocked starts"),
        pytest.param(
            "a",
            {"a": replace(RUNNING, stopped_by_operator=True)},
            "",
            0,
            [Stop("a", "it is stopped")],
            id="operator stops",
        ),
        pytest.param(
            "a", {"a": Actual(S.STOPPED, stopped_by_operator=True)}, "", 0, [], id="a stop lasts"
        ),
        pytest.param(
            "a", {"a": replace(RUNNING, left=True)}, "", 0, [], id="left: ends itself"
        ),
        pytest.param(
            "a", {"a": Actual(S.DISCONNECTED, left=True)}, "", 0, [Settle("a", S.STOPPED)],
            id="left and gone rests",
        ),
        pytest.param(
            "a", {"a": Actual(S.RESTARTING, start_at=NOW + 5)}, "", 0, [], id="pause is kept"
        ),
        pytest.param(
            "a", {"a": Actual(S.RESTARTING, start_at=NOW)}, "", 0, [Start("a")], id="pause is over"
        ),
        pytest.param(
            "a", {"a": Actual(S.FAILED, start_at=NOW)}, "", 0, [Start("a")], id="failed is probed"
        ),
        pytest.param(
            "abc", {}, "", 2, [Start("a"), Start("b"), Settle("c", S.WAITING)], id="places"
        ),
        pytest.param(
            "ab", {"a": Actual(S.RESTARTING, start_at=NOW + 5)}, "", 1,
            [Settle("b", S.WAITING)], id="a crash keeps its place",
        ),
        pytest.param(
            "ab", {"a": Actual(S.FAILED, start_at=NOW + 5)}, "", 1, [Start("b")],
            id="a failed mesh gives its place up",
        ),
        pytest.param(
            "ab", {"a": RUNNING, "b": RUNNING}, "", 1,
            [Stop("b", "max_processes is lower now")], id="limit lowered",
        ),
        pytest.param(
            "ab", {"x": STOPPING}, "", 1, [Settle("a", S.WAITING), Settle("b", S.WAITING)],
            id="one that still ends takes a place",
        ),
    ],
)  # fmt: skip
def test_each_difference_has_its_action(
    wanted: str, actual: dict[str, Actual], blocked: str, most: int, expected: list[Action]
) -> None:
    """Every difference leads to exactly the actions that remove it."""
    assert list(plan(wanted, actual, blocked, most)) == expected


def test_wakes_when_the_first_pause_ends() -> None:
    """The plan names the earliest moment at which a mesh may start."""
    actual = {
        "a": Actual(S.RESTARTING, start_at=NOW + 9),
        "b": Actual(S.FAILED, start_at=NOW + 4),
        "c": RUNNING,
    }
    assert reconcile(Desired("abc"), actual, NOW).wake_at == NOW + 4
    assert reconcile(Desired("c"), {"c": RUNNING}, NOW).wake_at is None


MESHES = "abcdef"
ACTUALS = st.builds(
    Actual,
    state=st.sampled_from(S),
    alive=st.booleans(),
    stopping=st.just(False),
    start_at=st.sampled_from([NOW - 1, NOW + 1]),
    stopped_by_operator=st.booleans(),
    left=st.booleans(),
)


@given(
    st.permutations(MESHES).flatmap(lambda p: st.integers(0, 6).map(lambda n: p[:n])),
    st.dictionaries(st.sampled_from(MESHES), ACTUALS),
    st.sets(st.sampled_from(MESHES)),
    st.integers(0, 4),
)
def test_carried_out_there_is_nothing_left_to_do(
    wanted: list[str], actual: dict[str, Actual], blocked: set[str], most: int
) -> None:
    """Whatever the fleet looks like, one round of actions leads to rest, within the limit."""
    desired = Desired(tuple(wanted), blocked, most)
    after = dict(actual)
    for action in reconcile(desired, actual, NOW).actions:
        match action:
            case Start(mesh_id):
                assert not after.get(mesh_id, Actual(S.WAITING)).alive
                after[mesh_id] = Actual(S.SPAWNING, alive=True)
            case Stop(mesh_id):
                assert after[mesh_id].alive
                after[mesh_id] = replace(after[mesh_id], stopping=True)
            case Settle(mesh_id, state):
                before = after.get(mesh_id, Actual(S.WAITING))
                after[mesh_id] = replace(before, state=state)
            case Forget(mesh_id):
                del after[mesh_id]
    assert reconcile(desired, after, NOW).actions == ()
    started = [m for m in after if after[m].alive and not actual.get(m, Actual(S.WAITING)).alive]
    if most and started:
        assert sum(mesh.alive for mesh in after.values()) <= most
    assert not blocked & set(started)


def test_every_state_can_be_left() -> None:
    """No state is a dead end, and none may be entered from nowhere."""
    for state in S:
        assert any(may_become(state, other) for other in S if other is not state)
        assert any(may_become(other, state) for other in S if other is not state)
