"""Notifications of events: a failure once, and that it is over."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Any

import pytest

from meshvisor.features.notifications.actions import PROCESSING
from meshvisor.features.notifications.model.notification import Outcome
from meshvisor.features.notifications.supervisor.alerts import Alerts, all_notices
from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event, NewEvent
from meshvisor.shared.events.subscriptions import Batch, Work
from tests.features.notifications.supervisor.conftest import (
    Bench,
    MakeBench,
    channel,
    settings_with,
)


class Told:
    """What is notified of the events of a bench, with the notices of all features."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self._alerts = Alerts(bench.service, all_notices())
        self._seq = 0

    def happens(self, kind: str, /, *subjects: str, **data: Any) -> None:
        """Have events come, as the log hands them out."""
        now = self.bench.service.now()
        events = [NewEvent(now, kind, subject, subject, data=data) for subject in subjects]

        def work(db: sqlite3.Connection) -> None:
            log.append(db, events)
            page = log.read(db, self._seq, 10_000)
            for event in page.events:
                self._alerts.tell(db, event)
            self._seq = page.next

        self.bench.store.write_now(work)

    def told(self, seconds: float = 5) -> list[str]:
        """Let time pass and return what is delivered at its end."""
        self.bench.clock.advance(seconds)
        return self.bench.deliver()


@pytest.fixture
def told(make: MakeBench) -> Told:
    """Return a bench with one channel."""
    return Told(make())


def test_a_storm(told: Told) -> None:
    """Five hundred workers fail at once: one notification; they are back: one more."""
    names = [f"m{number}" for number in range(500)]
    told.happens("mesh.failed", *names, error="no answer")
    assert told.told(4) == []
    assert told.told(1) == ["500 meshes have failed: m0, m1, m2, m3, m4 and 495 more"]
    assert told.told(3600) == []
    told.happens("mesh.connected", *names)
    assert told.told() == ["500 meshes are connected again: m0, m1, m2, m3, m4 and 495 more"]
    assert told.bench.rows("SELECT count(*) FROM notifications") == [(2,)]
    assert told.bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]


def test_one_trouble_is_told_once(told: Told) -> None:
    """However often it is tried in between, until it is over and begins anew."""
    told.happens("mesh.failed", "lobby", error="no answer")
    assert told.told() == ["Mesh lobby has failed"]
    for _ in range(3):
        told.happens("mesh.spawning", "lobby")
        told.happens("mesh.failed", "lobby", error="no answer")
        assert told.told(300) == []
    told.happens("mesh.connected", "lobby")
    assert told.told() == ["Mesh lobby is connected again"]
    told.happens("mesh.connected", "lobby")
    assert told.told(300) == []
    told.happens("mesh.failed", "lobby", error="no answer")
    assert told.told() == ["Mesh lobby has failed"]


def test_worse_than_it_was(told: Told) -> None:
    """A trouble that was notified becomes critical: that is notified, and its end once."""
    told.happens("health.alert_raised", "disk", about="disk", value=86, unit="", severity="warning")
    assert told.told() == ["Health: disk: 86"]
    told.happens("health.alert_raised", "disk", about="disk", value=86, unit="", severity="warning")
    assert told.told(60) == []
    told.happens(
        "health.alert_raised", "disk", about="disk", value=96, unit="", severity="critical"
    )
    assert told.told() == ["Health: disk: 96"]
    told.happens("health.alert_cleared", "disk", about="disk", severity="critical")
    assert told.told() == ["Health: disk fine again"]


def test_over_before_it_was_told(told: Told) -> None:
    """What has ended by itself in a moment is not notified; the others are."""
    told.happens("mesh.failed", "lobby")
    told.happens("mesh.connected", "lobby")
    assert told.told() == []
    assert told.bench.states(1) == {"": "suppressed", "mail": "suppressed"}
    told.bench.clock.advance(60)
    told.happens("mesh.failed", "a", "b")
    told.happens("mesh.connected", "a")
    assert told.told() == ["Mesh b has failed"]


def test_more_of_the_same_kind(told: Told) -> None:
    """They are notified a minute later, without those of which people know; and so on."""
    told.happens("mesh.failed", "a")
    assert told.told() == ["Mesh a has failed"]
    told.happens("mesh.failed", "b")
    assert told.told(30) == []
    told.happens("mesh.failed", "c")
    assert told.told(30) == ["2 meshes have failed: b, c"]
    told.happens("mesh.failed", "d")
    assert told.told(54) == []
    assert told.told(1) == ["Mesh d has failed"]


def test_over_before_the_next_message(told: Told) -> None:
    """What has begun and ended since the last message of its kind is not notified, nor its end."""
    told.happens("mesh.failed", "a")
    assert told.told() == ["Mesh a has failed"]
    told.happens("mesh.failed", "b")
    told.happens("mesh.connected", "b")
    assert told.told(300) == []
    told.happens("mesh.connected", "a")
    assert told.told() == ["Mesh a is connected again"]


def test_the_next_message_while_a_channel_fails(make: MakeBench) -> None:
    """A channel that has had none of it yet gets all of it."""
    told = Told(make(settings_with({"mail": channel(), "web": channel()})))
    told.happens("mesh.failed", "a")
    told.bench.clock.advance(5)
    (first,) = told.bench.claim("web")
    told.bench.report(Outcome(first.delivery_id, "it is down"), name="web")
    told.happens("mesh.failed", "b")
    assert told.told(55) == ["2 meshes have failed: a, b"]


def test_a_missed_schedule_that_fails(told: Told) -> None:
    """It is not called well because it was begun, but when a run has succeeded; once."""
    told.happens("schedule.missed", "nightly", reason="it was too late")
    assert told.told() == ["The schedule nightly has missed a run"]
    told.happens("schedule.fired", "nightly")
    told.happens("schedule.failed", "nightly", error="no")
    assert told.told() == ["A run of the schedule nightly has failed"]
    told.happens("schedule.recovered", "nightly", after="missed")
    assert told.told() == ["A run of the schedule nightly has succeeded again"]
    assert told.told(300) == []


@pytest.mark.parametrize(
    ("kind", "data", "title"),
    [
        (
            "job.failed",
            {"action": "refresh", "origin": "chat", "error": "no"},
            "Job 7 (refresh) has failed",
        ),
        ("job.failed", {"action": "refresh", "origin": "schedule"}, None),
        ("job.failed", {"action": PROCESSING, "origin": "schedule"}, None),
        ("job.interrupted", {"action": PROCESSING, "origin": "schedule"}, None),
        ("job.interrupted", {"action": "refresh"}, "Job 7 (refresh) was stopped by a crash"),
        ("job.stuck", {"action": "refresh"}, "Job 7 (refresh) gets nowhere"),
        ("schedule.missed", {"reason": "it was too late"}, "The schedule 7 has missed a run"),
        ("schedule.failed", {"error": "no"}, "A run of the schedule 7 has failed"),
        ("schedule.cannot_run", {"error": "no"}, "The schedule 7 cannot run"),
        (
            "health.alert_raised",
            {"about": "disk of the home in use", "value": 91, "unit": "%", "severity": "warning"},
            "Health: disk of the home in use: 91 %",
        ),
        (
            "health.alert_raised",
            {"about": "failed workers", "value": 3.0, "unit": "", "severity": "warning"},
            "Health: failed workers: 3",
        ),
        (
            "health.alert_raised",
            {"about": "load", "value": 4.3333, "unit": "", "severity": "warning"},
            "Health: load: 4.33",
        ),
        (
            "report.made",
            {"kind": "weekly", "title": "Week 9", "summary": "All well."},
            "The weekly report: Week 9",
        ),
        ("block.set", {"reason": "kicked", "until": None}, "Mesh 7 is blocked (kicked)"),
        ("block.set", {"reason": "operator", "until": None}, None),
        ("job.completed", {}, None),
    ],
)
@pytest.mark.some(5)
def test_what_is_told(told: Told, kind: str, data: dict[str, Any], title: str | None) -> None:
    """What failed for good, died, is stuck, was missed or blocked; not what was done by hand."""
    told.happens(kind, "7", **data)
    assert told.told() == ([] if title is None else [title])


@pytest.mark.parametrize(
    ("begins", "ends"),
    [
        ("mesh.failed", "mesh.connected"),
        ("block.set", "block.ended"),
        ("job.interrupted", "job.resumed"),
        ("job.stuck", "job.unstuck"),
        ("health.alert_raised", "health.alert_cleared"),
        ("schedule.missed", "schedule.recovered"),
        ("schedule.failed", "schedule.recovered"),
    ],
)
def test_recovery(told: Told, begins: str, ends: str) -> None:
    """It is notified of what was notified, and of nothing else."""
    told.happens(ends, "7", action="refresh", reason="kicked", about="disk 7")
    assert told.told() == []
    told.happens(begins, "7", action="refresh", reason="kicked")
    assert len(told.told()) == 1
    told.happens(ends, "8", action="refresh", reason="kicked")
    assert told.told() == []
    told.happens(ends, "7", action="refresh", reason="kicked", about="disk 7")
    (title,) = told.told()
    assert "7" in title


def test_silence(make: MakeBench) -> None:
    """Kinds and families may be left out, or all."""
    for values, count in (
        ({"silent": ["mesh.*"]}, 1),
        ({"silent": ["mesh.failed", "block.set"]}, 0),
        ({"alerts": False}, 0),
    ):
        told = Told(make(settings_with({"mail": channel()}, **values)))
        told.happens("mesh.failed", "lobby")
        told.happens("block.set", "lobby", reason="kicked")
        assert len(told.told()) == count


def test_what_follows_from_what(told: Told) -> None:
    """The event of a notification names the one that it tells of, and what both go back to."""
    told.happens("mesh.failed", "lobby", error="no answer")
    (cause,) = told.bench.events("mesh.failed")
    (added,) = told.bench.events("notification.added")
    assert (added.causation_id, added.depth) == (cause.seq, 1)
    assert added.correlation_id == str(cause.seq)


def test_reports_are_no_alerts(make: MakeBench) -> None:
    """What people have asked for is notified also where alerts are not."""
    told = Told(make(settings_with({"mail": channel()}, alerts=False)))
    told.happens(
        "report.made", "r", title="Week 9", kind="weekly", summary="All is well.", page="/r"
    )
    assert told.told(300) == ["The weekly report: Week 9"]


def test_no_channel(make: MakeBench) -> None:
    """Then it is kept, and nothing waits; a recovery is taken in all the same."""
    told = Told(make(settings_with({})))
    told.happens("mesh.failed", "lobby")
    told.happens("mesh.connected", "lobby")
    assert told.bench.rows("SELECT state FROM notifications") == [("suppressed",)]
    assert told.bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]


def test_words_of_all_kinds() -> None:
    """Their texts hold fields that the events have, and what ends something begins somewhere."""
    notices = all_notices()
    troubles = {one.trouble for one in notices.values()} - {""}
    for kind, notice in notices.items():
        assert _is_plain(notice.title), kind
        assert troubles.issuperset(notice.ends), kind
        assert notice.many.count("{count}") == 1, kind


def _is_plain(text: str) -> bool:
    words: Iterable[str] = text.split()
    return bool(words) and "  " not in text


async def test_nothing_is_written_where_no_trouble_ends(make: MakeBench) -> None:
    """Workers that are replaced connect all day; an end that was announced is never missed."""
    bench = make()
    alerts, saved = Alerts(bench.service, all_notices()), 0

    async def save(work: Work | None) -> Any:
        nonlocal saved
        saved += 1
        assert work is not None
        return bench.store.write_now(work)

    async def happens(*kinds: str) -> None:
        event = Event(1, 1, "", "lobby", "lobby", None, "{}", None, None, 0)
        batch = Batch([event._replace(kind=kind) for kind in kinds], save)
        await alerts.subscription.handle(batch)
        assert batch.is_saved != batch.is_passed

    await happens("mesh.connected")
    assert saved == 1, "nobody knows yet what goes on"
    for _ in range(3):
        await happens("mesh.connected", "mesh.connected")
    assert saved == 1
    await happens("mesh.failed")
    await happens("mesh.connected")
    assert saved == 3
    await happens("mesh.failed", "mesh.connected")
    await happens("mesh.connected")
    assert saved == 4
    assert bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]


def test_alerts_of_the_station(told: Told) -> None:
    """Once, again when one is worse than people know, and when it is over; those of the health
    check are notified by the health check.
    """
    about = {"title": "The pump does not answer", "source": "operator", "count": 2}
    told.happens("alert.created", "7", **about, severity="warning")
    assert told.told() == ["Alert: The pump does not answer"]
    told.happens("alert.repeated", "7", **about, severity="warning")
    assert told.told(300) == []
    told.happens("alert.repeated", "7", **about, severity="emergency")
    assert told.told() == ["Alert: The pump does not answer"]
    told.happens("alert.acknowledged", "7", **about, severity="emergency")
    told.happens("alert.created", "8", **{**about, "source": "health"}, severity="critical")
    assert told.told(300) == []
    told.happens("alert.resolved", "7", **about, severity="emergency")
    assert told.told() == ["Over: The pump does not answer"]
