"""What each request does and returns."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.version import VERSION
from meshvisor.supervisor.control.handling import Handler
from meshvisor.supervisor.control.registry import all_handlers, by_kind
from tests.supervisor.control.conftest import Raw
from tests.supervisor.control.in_memory import InMemorySupervisor


async def result_of(client: Raw, kind: str, **arguments: Any) -> Any:
    """Ask and return the result."""
    answer = await client.ask({"id": 1, "type": kind, **arguments})
    assert answer["ok"], answer
    return answer["result"]


async def error_of(client: Raw, kind: str, **arguments: Any) -> tuple[str, int]:
    """Ask and return the error and its exit code."""
    answer = await client.ask({"id": 1, "type": kind, **arguments})
    assert not answer["ok"], answer
    return answer["error"], answer["exit_code"]


def test_a_request_has_one_handler() -> None:
    """Each is found by the type of its request; two of one type are refused."""
    handlers = all_handlers()
    assert all(isinstance(handler, Handler) for handler in handlers.values())
    assert all(kind == handler.kind for kind, handler in handlers.items())
    with pytest.raises(ValueError, match="two handlers answer 'status'"):
        by_kind([handlers["status"], handlers["version"], handlers["status"]])


async def test_status(client: Raw) -> None:
    """`status` has exactly the documented shape."""
    status = await result_of(client, "status")
    assert set(status) == {"supervisor", "totals", "meshes"}
    assert set(status["supervisor"]) == {
        "pid", "state", "version", "uptime_seconds", "directory", "jobs_problem",
        "problems", "notices", "concerns",
        "skipped_plugins",
    }  # fmt: skip
    assert set(status["totals"]) == {
        "meshes", "connected", "unhealthy", "failed", "blocked", "blocked_permanently",
    }  # fmt: skip
    assert set(status["meshes"][0]) == {
        "mesh_id", "state", "pid", "uptime_seconds", "restarts", "connection_attempts",
        "is_healthy", "event_loop_lag_ms", "memory_bytes", "last_error",
    }  # fmt: skip
    assert [mesh["mesh_id"] for mesh in status["meshes"]] == ["lobby", "cinema", "workshop"]


async def test_health(client: Raw) -> None:
    """`health` sums over all workers."""
    assert (await result_of(client, "health"))["connected"] == 3


async def test_process_health(client: Raw) -> None:
    """`process_health` tells everything about one mesh."""
    health = await result_of(client, "process_health", mesh_id="cinema")
    assert (health["mesh_id"], health["counters"]) == ("cinema", {"messages_received": 7})


@pytest.mark.parametrize(
    ("mesh_id", "hint"), [("cinma", "did you mean cinema?"), ("zzzzzz", "meshvisor meshes list")]
)
@pytest.mark.parametrize("kind", ["process_health", "start", "stop", "restart", "logs"])
async def test_unknown_mesh(client: Raw, kind: str, mesh_id: str, hint: str) -> None:
    """An unknown mesh is one sentence with the nearest known ids, and exit code 2."""
    key = "mesh_ids" if kind in {"start", "stop", "restart"} else "mesh_id"
    value: Any = [mesh_id] if key == "mesh_ids" else mesh_id
    sentence, code = await error_of(client, kind, **{key: value})
    assert sentence.startswith(f"There is no mesh '{mesh_id}'")
    assert hint in sentence
    assert code == 2


async def test_poll(client: Raw) -> None:
    """`poll` returns who answered and how long it took."""
    report = await result_of(client, "poll")
    assert (report["answers"], report["total"], report["unanswered"]) == (3, 3, [])


async def test_stop_then_start(client: Raw, supervisor: InMemorySupervisor) -> None:
    """`stop` and `start` report the state of each mesh that they were about."""
    stopped = await result_of(client, "stop", mesh_ids=["lobby", "lobby", "cinema"])
    assert [(m["mesh_id"], m["state"]) for m in stopped["meshes"]] == [
        ("lobby", "stopped"),
        ("cinema", "stopped"),
    ]
    assert supervisor.states["workshop"] is MeshState.CONNECTED
    started = await result_of(client, "start", all=True)
    assert {mesh["state"] for mesh in started["meshes"]} == {"connected"}


async def test_restart(client: Raw) -> None:
    """`restart` reports that the meshes are being spawned."""
    outcome = await result_of(client, "restart", mesh_ids=["lobby"])
    assert outcome["meshes"] == [{"mesh_id": "lobby", "state": "spawning", "error": None}]


async def test_one_failure_does_not_keep_the_others(
    client: Raw, supervisor: InMemorySupervisor
) -> None:
    """A mesh that cannot be stopped says so; the others are stopped."""
    supervisor.broken = "cinema"
    outcomes = (await result_of(client, "stop", all=True))["meshes"]
    assert [mesh["state"] for mesh in outcomes] == ["stopped", "connected", "stopped"]
    assert "does not end" in outcomes[1]["error"]


async def test_unknown_mesh_among_known_ones_changes_nothing(
    client: Raw, supervisor: InMemorySupervisor
) -> None:
    """One wrong id in a list stops the whole request before it begins."""
    await error_of(client, "stop", mesh_ids=["lobby", "nope"])
    assert supervisor.states["lobby"] is MeshState.CONNECTED


async def test_meshes_and_discover(client: Raw) -> None:
    """`meshes` lists what is wanted, `discover` looks again."""
    meshes = (await result_of(client, "meshes"))["meshes"]
    assert meshes[0]["source"] == "settings"
    assert (await result_of(client, "discover"))["found"] == 3


async def test_block_and_unblock(client: Raw) -> None:
    """A block has its end in ISO 8601, appears in the list and the counts, and can be lifted."""
    outcome = await result_of(client, "block", mesh_id="lobby", duration=60)
    assert outcome["blocked_until"] == "1970-01-01T00:01:01+00:00"
    await result_of(client, "block", mesh_id="not-seen-yet")
    assert await result_of(client, "blocklist_stats") == {
        "total": 2,
        "permanent": 1,
        "temporary": 1,
    }
    listed = (await result_of(client, "blocklist_list"))["blocked"]
    assert [(entry["mesh_id"], entry["blocked_until"]) for entry in listed] == [
        ("lobby", "1970-01-01T00:01:01+00:00"),
        ("not-seen-yet", None),
    ]
    assert (await result_of(client, "unblock", mesh_id="lobby"))["was_blocked"]
    assert not (await result_of(client, "unblock", mesh_id="lobby"))["was_blocked"]
    sentence, code = await error_of(client, "unblock", mesh_id="not-seen-yt")
    assert "not-seen-yet" in sentence
    assert code == 2


async def test_reload(client: Raw) -> None:
    """`reload` names what changed."""
    assert (await result_of(client, "reload"))["changed"] == ["fleet.max_processes"]


async def test_version(client: Raw) -> None:
    """`version` says which release answers."""
    assert (await result_of(client, "version"))["version"] == VERSION


async def test_shutdown(client: Raw, supervisor: InMemorySupervisor) -> None:
    """`shutdown` is answered and has begun by then."""
    assert await result_of(client, "shutdown") is None
    assert supervisor.stopping


@pytest.mark.parametrize(
    "request_text",
    [
        r'{"id": 1, "type": "stop", "mesh_ids": ["\ud83d"]}',
        r'{"id": 1, "type": "perm_set", "command": "a\ude00", "level": "admin"}',
        r'{"id": 1, "type": "jobs_mark", "job_ids": [1], "status": "failed", "reason": "\ud83d"}',
        r'{"id": 1, "type": "jobs_submit", "submission": {"action": "a", "items": ["\ud83d"]}}',
        r'{"id": 1, "type": "\ud83d"}',
    ],
)
async def test_half_characters(client: Raw, request_text: str) -> None:
    """What no database takes is refused before it is to be stored; whole ones pass."""
    client.send(request_text.encode() + b"\n")
    answer = await client.receive()
    assert (answer["ok"], answer["exit_code"]) == (False, 2)
    assert "half a character" in answer["error"]
    client.send(rb'{"id": 2, "type": "stop", "mesh_ids": ["\ud83d\ude00"]}' + b"\n")
    assert "half a character" not in (await client.receive())["error"]
