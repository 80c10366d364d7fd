"""What is in a report: sums that agree with the log, and nothing that was not recorded."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from meshvisor.features.reports.model.days import Period, month_before, week_before
from meshvisor.features.reports.page.page import page
from meshvisor.features.reports.worker.document import Basis, make, summary
from meshvisor.features.reports.worker.usage import Usage
from meshvisor.features.statistics.aggregation.run import Wanted, aggregate
from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import open_database, transaction
from meshvisor.features.statistics.store.names import Names
from meshvisor.features.statistics.store.partitions import UsageEvent
from meshvisor.features.statistics.store.reading import opened
from tests.features.reports.conftest import MONTH, WEEK, Days
from tests.features.reports.history import MESHES, millis, past, start
from tests.features.reports.supervisor.test_counting import state


def test_periods() -> None:
    """A week is the seven days before a day, a month the one before that of a day."""
    assert Period("weekly", date(2026, 2, 22), date(2026, 2, 28)) == WEEK
    assert (WEEK.key, WEEK.before.key) == ("weekly_report_2026-03-01", "weekly_report_2026-02-22")
    assert month_before(date(2026, 3, 31)) == MONTH
    assert (MONTH.key, len(MONTH.days)) == ("monthly_analytics_2026_02", 28)
    assert MONTH.before.key == "monthly_analytics_2026_01"
    assert week_before(date(2026, 1, 4)).title == "28 December to 3 January 2026"


def test_it_agrees_with_the_log(lived: Days) -> None:
    """Each sum is that of its days and that of the events, and so is the one of the week before."""
    report = lived.report(WEEK)
    for period, name in ((WEEK, "total"), (WEEK.before, "previous")):
        first = millis(datetime.combine(period.first, datetime.min.time(), UTC))
        last = first + 7 * 86_400_000
        (uses,) = lived.rows(
            "SELECT sum(j.value) FROM events, json_each(data, '$.commands') j "
            f"WHERE kind = 'mesh.usage' AND at >= {first} AND at < {last}"
        )[0]
        assert report["commands"][name] == uses
        (users,) = lived.rows(
            "SELECT count(DISTINCT subject) FROM events WHERE kind = 'message.received' "
            f"AND at >= {first} AND at < {last}"
        )[0]
        assert report["users"]["active" if name == "total" else name] == users
    for figure in ("commands", "restarts", "messages"):
        assert sum(one["value"] for one in report[figure]["by_day"]) == report[figure]["total"]
    jobs = report["jobs"]
    assert sum(one["completed"] for one in jobs["by_action"]) == jobs["completed"]
    assert report["commands"]["top"][0]["name"] == "ping"
    assert {one["mesh_id"] for one in report["uptime"]["by_mesh"]} == set(MESHES)
    percents = [one["percent"] for one in report["uptime"]["by_mesh"]]
    assert percents == sorted(percents)
    assert min(percents) < report["uptime"]["percent"] <= 100
    assert report["not_recorded"] == []
    assert json.loads(json.dumps(report)) == report


def test_uptime(days: Days) -> None:
    """It is the part of the time that a mesh was connected when it was meant to be."""
    days.happen(
        [
            state("2026-02-22T00:00", "connected", "ready"),
            state("2026-02-23T00:00", "disconnected", "connected"),
            state("2026-02-23T12:00", "connected", "disconnected"),
            state("2026-02-24T00:00", "stopped", "connected"),  # on purpose: no loss
            state("2026-02-28T00:00", "connected", "ready"),
        ]
    )
    uptime = days.report(WEEK)["uptime"]
    values = {one["day"][-2:]: one["value"] for one in uptime["by_day"]}
    assert values == {
        "22": 100,
        "23": 50,
        "28": 100,
        **dict.fromkeys(("24", "25", "26", "27")),
    }
    assert uptime["percent"] == round(100 * 2.5 / 3, 3)
    (lobby,) = uptime["by_mesh"]
    assert (lobby["connected_seconds"], lobby["wanted_seconds"]) == (216_000, 259_200)


def test_what_is_not_recorded(days: Days) -> None:
    """Days before the first event are no zeros, nothing is compared, and that is said."""
    nothing = days.report(WEEK)
    assert (nothing["commands"]["total"], nothing["uptime"]["percent"]) == (None, None)
    assert nothing["summary"] == "22 February to 28 February 2026: nothing is recorded."
    assert nothing["not_recorded"][0] == "nothing is recorded yet"
    days.happen(past(start(2026, 2, 26), 3, seed=1))
    report = days.report(WEEK, counts_rooms=False)
    values = [one["value"] for one in report["commands"]["by_day"]]
    assert values[:3] == [None] * 3
    assert all(value is not None for value in values[4:])
    users = days.report(WEEK)["users"]
    assert [one["value"] for one in users["by_day"]][:3] == [None] * 3
    assert users["previous"] is None
    assert report["commands"]["previous"] is None
    assert report["jobs"]["previous"] == dict.fromkeys(("completed", "failed", "cancelled"))
    assert (report["users"], report["messages"]) == (None, None)
    assert report["not_recorded"][1:] == [
        "the period before is not recorded in full, so nothing is compared with it",
        "of messages and users nothing is recorded; statistics.enabled = true has them counted",
    ]
    assert summary(report) == report["summary"]


def test_growth(lived: Days) -> None:
    """A monthly report has the months that are recorded from their first day, the oldest first."""
    growth = lived.report(MONTH)["growth"]
    assert [one["month"] for one in growth] == ["2025-12", "2026-01", "2026-02"]
    commands = [one["commands"] for one in growth]
    assert commands == sorted(commands)
    assert lived.report(WEEK)["growth"] is None


def test_new_users(lived: Days) -> None:
    """Those are new who had never done anything before."""
    first = millis(start(2026, 2, 22))
    (new,) = lived.rows(
        "SELECT count(*) FROM (SELECT subject FROM events WHERE kind = 'message.received' "
        f"GROUP BY subject HAVING min(at) >= {first} AND min(at) < {first + 7 * 86_400_000})"
    )[0]
    assert lived.report(WEEK)["users"]["new"] == new


def test_a_report_made_later(lived: Days) -> None:
    """What goes on after the period changes nothing about it, but for what had not ended yet."""
    now = millis(start(2026, 3, 1) + timedelta(days=30))
    assert lived.report(WEEK, now=now)["uptime"] == lived.report(WEEK)["uptime"]


def test_messages_and_users_of_statistics(days: Days, tmp_path: Path) -> None:
    """A report has them where usage is recorded, also without them in the event log."""
    path = tmp_path / "statistics.db"
    with closing(open_database(path)) as db, transaction(db):
        events = [
            UsageEvent(millis(start(2026, 2, day)) // 1000, "lobby", person, Kind.MESSAGE, "", 3)
            for day, person in ((16, "ann"), (23, "ann"), (23, "bob"), (27, "bob"))
        ]
        partitions.append(db, Names(db), events)
    aggregate(path, Wanted(zone=days.zone), lambda _percent, _task: None)
    days.happen(past(start(2026, 2, 1), 28, seed=1))
    with opened(path) as statistics:
        usage = Usage(statistics, date(2026, 2, 16))
        basis = Basis(days.zone, millis(start(2026, 3, 1)), counts_rooms=False, usage=usage)
        report = days.store.read_now(lambda db: make(db, WEEK, basis))
    assert (report["messages"]["total"], report["messages"]["previous"]) == (9, None)
    assert [one["value"] for one in report["messages"]["by_day"]] == [0, 6, 0, 0, 0, 3, 0]
    users = report["users"]
    assert (users["active"], users["new"], users["by_day"][1]["value"]) == (2, 1, 2)
    assert not [note for note in report["not_recorded"] if "messages" in note]
    assert "9 messages" in page(report)


def test_usage_of_before_the_event_log(days: Days, tmp_path: Path) -> None:
    """Where there is usage only, it does not say that nothing at all is recorded."""
    path = tmp_path / "statistics.db"
    with closing(open_database(path)) as db, transaction(db):
        hour = millis(start(2026, 2, 23)) // 1000
        partitions.append(db, Names(db), [UsageEvent(hour, "lobby", "ann", Kind.MESSAGE, "", 3)])
    aggregate(path, Wanted(zone=days.zone), lambda _percent, _task: None)
    days.happen(past(start(2026, 3, 5), 1, seed=1))
    with opened(path) as statistics:
        basis = Basis(
            days.zone,
            millis(start(2026, 3, 6)),
            counts_rooms=False,
            usage=Usage(statistics, date(2026, 2, 22)),
        )
        report = days.store.read_now(lambda db: make(db, WEEK, basis))
    assert report["summary"].endswith("3 messages; of meshes and jobs nothing is recorded.")
    assert report["not_recorded"][0].startswith("of meshes and jobs nothing is recorded before ")
    assert "Of meshes and jobs nothing is recorded. 3 messages were written." in page(report)
    assert "Von Meshes und Jobs ist vor " in page(report, "de")
