"""What `status` says to people."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.supervisor.cli.status.view import totals_line, view
from tests.supervisor.control.in_memory import InMemorySupervisor


def status_of(**states: MeshState) -> dict[str, Any]:
    """Return the status of meshes in these states."""
    return InMemorySupervisor(dict(states)).get_status().model_dump(mode="json")


def test_head_and_rows() -> None:
    """The first lines say how the whole is, then comes a row per mesh."""
    lines = view(status_of(lobby=MeshState.CONNECTED), None, False)
    assert lines[0].startswith("Meshvisor ")
    assert " is running: PID " in lines[0]
    assert lines[1] == "1 mesh: 1 connected"
    assert lines[3].split() == [
        "MESH", "STATE", "UP", "PID", "RESTARTS", "LAG", "RSS", "LAST", "ERROR",
    ]  # fmt: skip
    assert lines[4].split() == [
        "lobby", "connected", "2h", "13m", "4000", "0", "0.8", "ms", "21.3", "MB", "-",
    ]  # fmt: skip
    assert lines[-1] == "All meshes are connected."


def test_bots_that_are_refused() -> None:
    """A session that the platform does not accept needs another step than a lost connection."""
    status = status_of(a=MeshState.DISCONNECTED, b=MeshState.DISCONNECTED)
    status["meshes"][0]["last_error"] = "ws://x refused the connect: no token (HTTP 401)"
    status["meshes"][0]["trouble"] = "unauthorized"
    lines = view(status, None, False)
    assert lines[-2].startswith("! a is refused by the platform")
    assert "'meshvisor relogin'" in lines[-2]
    assert lines[-1].startswith("! b lost the connection or could not connect, and tries again")


def test_accounts_that_are_not_accepted() -> None:
    """Each is named, with where its credentials are."""
    states = dict.fromkeys("abcd", MeshState.DISCONNECTED)
    status = status_of(**states)
    for mesh, account in zip(status["meshes"], ("irc", "irc", "matrix", ""), strict=True):
        mesh |= {"trouble": "unauthorized", "transport": "program"}
        if account:
            mesh["account"] = account
    lines = view(status, None, False)[-3:]
    assert lines[0].startswith("! a, b wait for other credentials, because the account irc ")
    assert "[accounts.irc]" in lines[0]
    assert lines[1].startswith("! c waits for other credentials, because the account matrix ")
    assert lines[2].startswith("! d waits for other credentials, because its own are not")
    status["meshes"][3]["last_error"] = "irc.test wants a password; give the mesh an account"
    assert view(status, None, False)[-1].startswith(
        "! d waits for other credentials, because irc.test wants a password; give the mesh an "
        "account; correct [[meshes]]"
    )


def test_bots_whose_place_was_taken_or_who_were_thrown_out() -> None:
    """It is said when they come back, and what can be done."""
    status = status_of(a=MeshState.DISCONNECTED, b=MeshState.RESTARTING)
    status["meshes"][0] |= {"trouble": "replaced", "tries_again_in_seconds": 42.0}
    status["meshes"][1] |= {"trouble": "kicked", "starts_in_seconds": 60.0}
    lines = view(status, None, False)[-2:]
    assert lines[0].startswith("! a lost the connection to another client")
    assert "tries again in 42s; end the other client" in lines[0]
    assert lines[1].startswith("! b was kicked, and comes back in 1m 00s;")
    status["meshes"][1]["state"] = "connected"
    assert view(status, None, False)[-1].startswith("! a lost the connection")


def test_meshes_that_cannot_be_carried() -> None:
    """What does not start is said, and that it is tried again."""
    status = status_of(a=MeshState.DISCONNECTED, b=MeshState.DISCONNECTED)
    status["meshes"][0] |= {"trouble": "broken", "tries_again_in_seconds": 42.0}
    (line,) = view(status, None, False)[-2:-1]
    assert line.startswith(
        "! a cannot connect, because what carries it does not start, and tries again in 42s; "
    )
    assert "'meshvisor doctor'" in line
    status["meshes"][1] |= {"trouble": "broken"}
    assert view(status, None, False)[-1].startswith("! a, b cannot connect, because what carries")


def test_what_a_network_does_not_let_bots_do() -> None:
    """Each mesh has its sentence, and of many the first are named."""
    status = status_of(**dict.fromkeys("abcdef", MeshState.CONNECTED))
    status["meshes"][1]["remark"] = "2 channels at most"
    assert view(status, None, False)[-1] == "! b: 2 channels at most."
    for mesh in status["meshes"]:
        mesh["remark"] = "too much"
    lines = view(status, None, False)
    assert [line for line in lines if line.endswith(": too much.")] == [
        f"! {mesh}: too much." for mesh in "abc"
    ]
    assert lines[-1] == "! 3 more meshes have remarks: meshvisor meshes show MESH"


def test_totals_name_only_what_there_is() -> None:
    """Kinds of trouble that no mesh has are not mentioned."""
    totals = {
        "meshes": 5, "connected": 2, "unhealthy": 0, "failed": 1, "blocked": 2,
        "blocked_permanently": 1,
    }  # fmt: skip
    assert totals_line(totals) == "5 meshes: 2 connected, 1 failed, 2 blocked (1 for ever)"


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        (MeshState.FAILED, "'meshvisor restart a'"),
        (MeshState.UNHEALTHY, "about to be replaced"),
        (MeshState.DISCONNECTED, "meshvisor doctor"),
        (MeshState.RESTARTING, "'meshvisor logs a'"),
        (MeshState.BLOCKED, "'meshvisor blocklist unblock a'"),
        (MeshState.WAITING, "'meshvisor meshes list' says why"),
    ],
)
def test_trouble_is_named_with_the_next_step(state: MeshState, advice: str) -> None:
    """What is wrong is said plainly, and what to do about it."""
    last = view(status_of(a=state, b=MeshState.CONNECTED), None, False)[-1]
    assert last.startswith("! a ")
    assert advice in last


def test_stopped_meshes_are_named() -> None:
    """A mesh that an operator has stopped is no fault, and is not forgotten either."""
    states = {"a": MeshState.CONNECTED, "b": MeshState.STOPPED}
    last = view(status_of(**states), None, False)[-1]
    assert last == ("Nothing is wrong; b is stopped by hand; 'meshvisor start b' starts it again.")


def test_a_block_by_hand_is_said_once() -> None:
    """The reason is part of the sentence, not a repetition of it."""
    status = status_of(a=MeshState.BLOCKED)
    status["meshes"][0]["block"] = {
        "reason": "operator", "blocked_until": None, "remaining_seconds": None, "problem": None,
    }  # fmt: skip
    assert "! a is blocked by hand, for ever; " in view(status, None, False)[-1]


def test_moments_are_local() -> None:
    """A moment within a sentence of the supervisor is written like those in the tables."""
    status = status_of(a=MeshState.CONNECTED)
    status["supervisor"]["notices"] = [
        "Lane x is on hold until 2026-11-29T02:25:24.804+00:00, by ann."
    ]
    then = datetime.fromisoformat("2026-11-29T02:25:24+00:00").astimezone()
    assert f"until {then:%Y-%m-%d %H:%M:%S}, by ann." in view(status, None, False)[-1]


def test_when_and_why_are_said() -> None:
    """A pause is said with its length, of several the shortest; a block with reason and end."""
    status = status_of(a=MeshState.FAILED, b=MeshState.FAILED, c=MeshState.BLOCKED)
    for mesh, pause in zip(status["meshes"], (200.0, 90.5), strict=False):
        mesh["starts_in_seconds"] = pause
    status["meshes"][2]["block"] = {
        "mesh_id": "c",
        "reason": "connection_failures",
        "blocked_at": "2026-03-01T12:00:00+00:00",
        "blocked_until": "2026-03-01T12:00:15+00:00",
        "remaining_seconds": 9.7,
    }
    text = "\n".join(view(status, None, False))
    assert "a, b crashed too often and are tried again in 1m 30s at the earliest;" in text
    assert re.search(
        r"c is blocked: could not connect, until 2026-03-0. ..:..:15 \(9s left\);", text
    )


def test_many_meshes_in_trouble_are_counted() -> None:
    """Not more than three are named."""
    states = {f"m{number}": MeshState.FAILED for number in range(9)}
    last = view(status_of(**states), None, False)[-1]
    assert last.startswith("! m0, m1, m2 and 6 more crashed too often and are tried again")


def test_directory_out_of_reach_comes_first() -> None:
    """An unreachable directory is said before the meshes' own troubles."""
    status = status_of(a=MeshState.FAILED)
    status["supervisor"]["directory"]["reachable"] = False
    assert view(status, None, False)[-2].startswith("! The directory cannot be reached")


def test_stopped_meshes_are_no_trouble() -> None:
    """What an operator has stopped is as it should be."""
    lines = view(status_of(a=MeshState.STOPPED, b=MeshState.CONNECTED), None, False)
    assert lines[-1].startswith("Nothing is wrong; a is stopped by hand")


def test_no_meshes() -> None:
    """An empty fleet says how to fill it."""
    assert "[[meshes]]" in view(status_of(), None, False)[-1]


def test_narrow_terminal() -> None:
    """On a narrow terminal the table keeps names and states."""
    lines = view(status_of(lobby=MeshState.CONNECTED), 30, False)
    assert lines[3].split()[:3] == ["MESH", "STATE", "UP"]
    assert all(len(line) <= 30 for line in lines[3:5])


def test_colours() -> None:
    """With colours the state stands out."""
    lines = view(status_of(lobby=MeshState.CONNECTED), None, True)
    assert "\x1b[32mconnected\x1b[0m" in lines[4]
