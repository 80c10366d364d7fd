"""Figures of days: each event counts once, on its day, and what was not seen counts nowhere."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from meshvisor.features.reports.model.days import week_before
from meshvisor.features.reports.supervisor import counting
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.store.store import Store
from tests.features.reports.conftest import Days
from tests.features.reports.history import millis


def at(text: str) -> int:
    """Return epoch milliseconds of a time in UTC."""
    return millis(datetime.fromisoformat(text).replace(tzinfo=UTC))


def state(moment: str, name: str, before: str, mesh_id: str = "lobby") -> NewEvent:
    """Return the event of a mesh that has come into a state."""
    return NewEvent(at(moment), f"mesh.{name}", mesh_id, mesh_id, data={"before": before})


def job(moment: str, outcome: str, **data: Any) -> NewEvent:
    """Return the event of a job's end."""
    content = {"action": "refresh", "done": 3, **data}
    return NewEvent(at(moment), f"job.{outcome}", "1", "lobby", data=content)


def figures(days: Days, figure: str) -> dict[tuple[str, str, str], float]:
    """Return a figure by day, mesh and name."""
    rows = days.rows(
        f"SELECT day, mesh_id, name, value FROM report_figures WHERE figure = '{figure}'"
    )
    return {row[:3]: row[3] for row in rows}


def test_states_over_midnight(days: Days) -> None:
    """The time in a state is counted when it ends, on each day for itself."""
    days.happen(
        [
            state("2026-02-23T22:00", "connected", "ready"),
            state("2026-02-24T01:00", "disconnected", "connected"),
            state("2026-02-24T01:30", "connected", "disconnected"),
        ]
    )
    assert figures(days, "state_ms") == {
        ("2026-02-23", "lobby", "connected"): 2 * 3_600_000,
        ("2026-02-24", "lobby", "connected"): 3_600_000,
        ("2026-02-24", "lobby", "disconnected"): 1_800_000,
    }
    assert figures(days, "disconnects") == {("2026-02-24", "lobby", ""): 1}


def test_a_supervisor_that_was_killed(days: Days) -> None:
    """From the last event that was seen to the next start nothing is counted."""
    days.happen(
        [
            state("2026-02-23T10:00", "connected", "ready"),
            job("2026-02-23T11:00", "completed"),
            # The one before was killed; this one begins anew.
            state("2026-02-23T20:00", "spawning", "waiting"),
            state("2026-02-23T20:01", "connected", "spawning"),
        ]
    )
    assert figures(days, "state_ms") == {
        ("2026-02-23", "lobby", "connected"): 3_600_000,
        ("2026-02-23", "lobby", "spawning"): 60_000,
    }


def test_days_of_a_zone(store: Store) -> None:
    """A day is one of the zone; the one on which clocks change has 23 hours."""
    days = Days(store, "Europe/Berlin")
    days.happen(
        [
            state("2026-03-28T22:00", "connected", "ready"),  # 23:00 there
            state("2026-03-29T22:30", "disconnected", "connected"),  # 00:30 two days later
        ]
    )
    assert figures(days, "state_ms") == {
        ("2026-03-28", "lobby", "connected"): 3_600_000,
        ("2026-03-29", "lobby", "connected"): 23 * 3_600_000,
        ("2026-03-30", "lobby", "connected"): 1_800_000,
    }


def test_jobs_commands_and_people(days: Days) -> None:
    """They are counted by day, mesh and name, and each user of a day once."""
    usage = {"commands": {"ping": 3, "help": 1}}
    said = [
        NewEvent(at(f"2026-02-23T12:0{n}"), "message.received", "ann", "lobby") for n in range(3)
    ]
    days.happen(
        [
            job("2026-02-23T11:00", "completed", started_at=at("2026-02-23T10:59")),
            job("2026-02-23T11:30", "failed", done=0, failed=2),
            NewEvent(at("2026-02-23T11:40"), "mesh.usage", "lobby", "lobby", data=usage),
            *said,
            NewEvent(at("2026-02-24T12:00"), "user.joined", "ann", "lobby"),
        ]
    )
    day = "2026-02-23"
    assert figures(days, "jobs_completed") == {(day, "lobby", "refresh"): 1}
    assert figures(days, "job_ms") == {(day, "", "refresh"): 60_000}
    assert figures(days, "items_failed") == {(day, "", "refresh"): 2}
    assert figures(days, "commands")[day, "lobby", "ping"] == 3
    assert figures(days, "messages") == {(day, "lobby", ""): 3}
    users = days.rows("SELECT day, user_id FROM report_users")
    assert users == [(day, "ann"), ("2026-02-24", "ann")]


def test_portions_make_no_difference(lived: Days) -> None:
    """However events are cut into portions, the sums are those of all events."""
    uses = lived.rows("SELECT data FROM events WHERE kind = 'mesh.usage'")
    assert uses
    (total,) = lived.rows(
        "SELECT sum(j.value) FROM events, json_each(data, '$.commands') j WHERE kind = 'mesh.usage'"
    )[0]
    assert sum(figures(lived, "commands").values()) == total
    (ended,) = lived.rows("SELECT count(*) FROM events WHERE kind = 'job.completed'")[0]
    assert sum(figures(lived, "jobs_completed").values()) == ended
    # Of each mesh, from its first event to its last, no second is lost or counted twice.
    spans = lived.rows(
        "SELECT mesh_id, sum(value) FROM report_figures WHERE figure = 'state_ms' GROUP BY 1"
    )
    for mesh_id, span in spans:
        (first, last) = lived.rows(
            f"SELECT min(at), max(at) FROM events WHERE kind GLOB 'mesh.*' "
            f"AND kind <> 'mesh.usage' AND mesh_id = '{mesh_id}'"
        )[0]
        assert span == last - first


def test_old_figures_go(lived: Days) -> None:
    """They are counted and removed in portions, figures first and then users."""
    day = date(2026, 2, 1)
    count = lived.store.read_now(lambda db: counting.count_outdated(db, day))
    assert count > 100
    removed = 0
    while some := lived.store.write_now(lambda db: counting.remove_outdated(db, day, 100)):
        assert some <= 100
        removed += some
    assert removed > count
    assert lived.store.read_now(lambda db: counting.count_outdated(db, day)) == 0
    assert lived.report(week_before(date(2026, 3, 1)))["commands"]["total"] > 0
