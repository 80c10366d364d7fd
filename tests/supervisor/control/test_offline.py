"""Requests while no supervisor runs: which can be answered, and by the same handlers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.errors import UsageError
from meshvisor.shared.feature import features
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.supervisor.control.offline import prepare
from meshvisor.supervisor.control.registry import all_handlers, owners
from tests.supervisor.control.in_memory_jobs import prepare as know_actions


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return a home on which a supervisor ran before."""
    home = Home(tmp_path)
    prepare_home(home)
    know_actions(home)
    return home


async def ask(home: Home, kind: str, **arguments: Any) -> Any:
    """Return the answer of a request."""
    prepared = prepare(kind, arguments)
    assert prepared is not None
    return await prepared.answer(home)


def test_requests_that_say_so_can_be_opened() -> None:
    """A feature with a handler that works offline says how to open what it needs."""
    assert {feature.name for feature in features() if feature.offline} == {
        feature.name
        for feature, handlers in owners()
        if feature is not None and any(handler.offline for handler in handlers)
    }


def test_what_takes_a_supervisor() -> None:
    """Everything about processes, and every stream."""
    arguments = {"mesh_id": "lobby", "all": True}
    online = {kind for kind, handler in all_handlers().items() if not handler.offline}
    assert online >= {"status", "logs", "start", "poll", "relogin", "reload", "jobs_watch"}
    for kind in online:
        fields = all_handlers()[kind].request.model_fields
        needed = {name for name, field in fields.items() if field.is_required()}
        if needed <= arguments.keys():
            assert prepare(kind, {k: v for k, v in arguments.items() if k in fields}) is None


@pytest.mark.parametrize(
    ("kind", "arguments", "sentence"),
    [
        ("jobs_lits", {}, "'jobs_lits' is no request of this version"),
        ("block", {"mesh_id": "../x"}, "is no mesh id"),
        ("admin_add", {}, "needs the field 'user_id'"),
    ],
)
def test_wrong_requests(kind: str, arguments: dict[str, Any], sentence: str) -> None:
    """They are refused before anything is locked or opened."""
    with pytest.raises(UsageError, match=sentence):
        prepare(kind, arguments)


async def test_access(home: Home) -> None:
    """Admins are kept in the directory, and who has made them in the audit log."""
    assert (await ask(home, "admin_add", user_id="12"))["changed"]
    assert [one["user_id"] for one in (await ask(home, "admin_list"))["admins"]] == ["12"]
    (entry,) = (await ask(home, "audit"))["entries"]
    assert (entry["action"], entry["subject"], entry["origin"]) == (
        "admin.add", "12", "command line",
    )  # fmt: skip


async def test_blocklist(home: Home) -> None:
    """Blocks are in the file; an unknown mesh may be unblocked without a fleet."""
    assert (await ask(home, "block", mesh_id="lobby", duration=60))["blocked"]
    assert (await ask(home, "blocklist_stats"))["temporary"] == 1
    assert (await ask(home, "unblock", mesh_id="lobby"))["was_blocked"]
    assert not (await ask(home, "unblock", mesh_id="cinema"))["was_blocked"]
    assert (await ask(home, "blocklist_list"))["blocked"] == []


async def test_changes_are_audited(home: Home) -> None:
    """What is blocked and unblocked without a supervisor is audited, and an event each."""
    await ask(home, "block", mesh_id="lobby", duration=60)
    await ask(home, "unblock", mesh_id="lobby")
    entries = (await ask(home, "audit"))["entries"]
    assert [(one["action"], one["subject"], one["detail"]) for one in entries] == [
        ("unblock", "lobby", ""),
        ("block", "lobby", "for 60 s"),
    ]
    assert {one["origin"] for one in entries} == {"command line"}
    events = (await ask(home, "events"))["events"]
    assert [one["subject"] for one in events] == ["lobby", "lobby"]


async def test_a_damaged_database(home: Home, caplog: pytest.LogCaptureFixture) -> None:
    """A mesh can be blocked all the same, for blocks are in a file; what is missing is reported."""
    home.database.write_bytes(b"not a database" * 100)
    assert (await ask(home, "block", mesh_id="lobby"))["blocked"]
    assert [one["mesh_id"] for one in (await ask(home, "blocklist_list"))["blocked"]] == ["lobby"]
    assert "is missing in the audit log" in caplog.text
    assert "is missing among the events" in caplog.text


async def test_a_look_at_the_blocklist_opens_no_database(home: Home) -> None:
    """It is in a file of its own."""
    home.database.unlink()
    assert (await ask(home, "blocklist_list"))["blocked"] == []
    assert not home.database.exists()


async def test_jobs(home: Home) -> None:
    """They are queued, and wait for a supervisor."""
    submission = {"action": "addplayer", "items": ["a"]}
    submitted = await ask(home, "jobs_submit", mesh_id="lobby", submission=submission)
    assert (submitted["job_id"], submitted["status"]) == (1, "queued")
    assert [job["job_id"] for job in (await ask(home, "jobs_list"))["jobs"]] == [1]
    assert "no supervisor runs" in (await ask(home, "jobs_why", job_id=1))["reasons"][0].lower()
