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


class Notified:
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

    def notified(self, seconds: float = 5) -> list[str]:
        """Let time pass and return what is delivered at its end."""
        self.bench.clock.advance(seconds)
        return self.bench.deliver()


@pytest.fixture
def notified(make: MakeBench) -> Notified:
    """Return a bench with one channel."""
    return Notified(make())


def test_a_storm(notified: Notified) -> None:
    """Five hundred workers fail at once: one notification; they are back: one more."""
    names = [f"m{number}" for number in range(500)]
    notified.happens("mesh.failed", *names, error="no answer")
    assert notified.notified(4) == []
    assert notified.notified(1) == ["500 meshes have failed: m0, m1, m2, m3, m4 and 495 more"]
    assert notified.notified(3600) == []
    notified.happens("mesh.connected", *names)
    assert notified.notified() == [
        "500 meshes are connected again: m0, m1, m2, m3, m4 and 495 more"
    ]
    assert notified.bench.rows("SELECT count(*) FROM notifications") == [(2,)]
    assert notified.bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]


def test_one_trouble_is_notified_once(notified: Notified) -> None:
    """However often it is tried in between, until it is over and begins anew."""
    notified.happens("mesh.failed", "lobby", error="no answer")
    assert notified.notified() == ["Mesh lobby has failed"]
    for _ in range(3):
        notified.happens("mesh.spawning", "lobby")
        notified.happens("mesh.failed", "lobby", error="no answer")
        assert notified.notified(300) == []
    notified.happens("mesh.connected", "lobby")
    assert notified.notified() == ["Mesh lobby is connected again"]
    notified.happens("mesh.connected", "lobby")
    assert notified.notified(300) == []
    notified.happens("mesh.failed", "lobby", error="no answer")
    assert notified.notified() == ["Mesh lobby has failed"]


def test_worse_than_it_was(notified: Notified) -> None:
    """A trouble that was notified becomes critical: that is notified, and its end once."""
    notified.happens(
        "health.alert_raised", "disk", about="disk", value=86, unit="", severity="warning"
    )
    assert notified.notified() == ["Health: disk: 86"]
    notified.happens(
        "health.alert_raised", "disk", about="disk", value=86, unit="", severity="warning"
    )
    assert notified.notified(60) == []
    notified.happens(
        "health.alert_raised", "disk", about="disk", value=96, unit="", severity="critical"
    )
    assert notified.notified() == ["Health: disk: 96"]
    notified.happens("health.alert_cleared", "disk", about="disk", severity="critical")
    assert notified.notified() == ["Health: disk fine again"]


def test_over_before_it_was_sent(notified: Notified) -> None:
    """What has ended by itself in a moment is not notified; the others are."""
    notified.happens("mesh.failed", "lobby")
    notified.happens("mesh.connected", "lobby")
    assert notified.notified() == []
    assert notified.bench.states(1) == {"": "suppressed", "mail": "suppressed"}
    notified.bench.clock.advance(60)
    notified.happens("mesh.failed", "a", "b")
    notified.happens("mesh.connected", "a")
    assert notified.notified() == ["Mesh b has failed"]


def test_more_of_the_same_kind(notified: Notified) -> None:
    """They are notified a minute later, without those of which people know; and so on."""
    notified.happens("mesh.failed", "a")
    assert notified.notified() == ["Mesh a has failed"]
    notified.happens("mesh.failed", "b")
    assert notified.notified(30) == []
    notified.happens("mesh.failed", "c")
    assert notified.notified(30) == ["2 meshes have failed: b, c"]
    notified.happens("mesh.failed", "d")
    assert notified.notified(54) == []
    assert notified.notified(1) == ["Mesh d has failed"]


def test_over_before_the_next_message(notified: Notified) -> None:
    """What has begun and ended since the last message of its kind is not notified, nor its end."""
    notified.happens("mesh.failed", "a")
    assert notified.notified() == ["Mesh a has failed"]
    notified.happens("mesh.failed", "b")
    notified.happens("mesh.connected", "b")
    assert notified.notified(300) == []
    notified.happens("mesh.connected", "a")
    assert notified.notified() == ["Mesh a is connected again"]


def test_the_next_message_while_a_channel_fails(make: MakeBench) -> None:
    """A channel that has had none of it yet gets all of it."""
    notified = Notified(make(settings_with({"mail": channel(), "web": channel()})))
    notified.happens("mesh.failed", "a")
    notified.bench.clock.advance(5)
    (first,) = notified.bench.claim("web")
    notified.bench.report(Outcome(first.delivery_id, "it is down"), name="web")
    notified.happens("mesh.failed", "b")
    assert notified.notified(55) == ["2 meshes have failed: a, b"]


def test_a_missed_schedule_that_fails(notified: Notified) -> None:
    """It is not called well because it was begun, but when a run has succeeded; once."""
    notified.happens("schedule.missed", "nightly", reason="it was too late")
    assert notified.notified() == ["The schedule nightly has missed a run"]
    notified.happens("schedule.fired", "nightly")
    notified.happens("schedule.failed", "nightly", error="no")
    assert notified.notified() == ["A run of the schedule nightly has failed"]
    notified.happens("schedule.recovered", "nightly", after="missed")
    assert notified.notified() == ["A run of the schedule nightly has succeeded again"]
    assert notified.notified(300) == []


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
def test_what_is_reported(
    notified: Notified, kind: str, data: dict[str, Any], title: str | None
) -> None:
    """What failed for good, died, is stuck, was missed or blocked; not what was done by hand."""
    notified.happens(kind, "7", **data)
    assert notified.notified() == ([] if title is None else [title])


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
def test_recovery(notified: Notified, begins: str, ends: str) -> None:
    """It is notified of what was notified, and of nothing else."""
    notified.happens(ends, "7", action="refresh", reason="kicked", about="disk 7")
    assert notified.notified() == []
    notified.happens(begins, "7", action="refresh", reason="kicked")
    assert len(notified.notified()) == 1
    notified.happens(ends, "8", action="refresh", reason="kicked")
    assert notified.notified() == []
    notified.happens(ends, "7", action="refresh", reason="kicked", about="disk 7")
    (title,) = notified.notified()
    assert "7" in title


def test_recovery_on_a_channel_for_what_is_bad(make: MakeBench) -> None:
    """A channel that has had the failure gets its end, though that is no warning."""
    notified = Notified(make(settings_with({"mail": channel(severity="warning")})))
    notified.happens("mesh.failed", "lobby", error="no answer")
    assert notified.notified() == ["Mesh lobby has failed"]
    notified.happens("mesh.connected", "lobby")
    assert notified.notified() == ["Mesh lobby is connected again"]
    notified.happens("report.made", "r", title="Week 9", kind="weekly", summary="All is well.")
    assert notified.notified() == []


def test_silence(make: MakeBench) -> None:
    """Kinds and families may be left out, or all."""
    for values, count in (
        ({"silent": ["mesh.*"]}, 1),
        ({"silent": ["mesh.failed", "block.set"]}, 0),
        ({"alerts": False}, 0),
    ):
        notified = Notified(make(settings_with({"mail": channel()}, **values)))
        notified.happens("mesh.failed", "lobby")
        notified.happens("block.set", "lobby", reason="kicked")
        assert len(notified.notified()) == count


def test_what_follows_from_what(notified: Notified) -> None:
    """The event of a notification names the one that it tells of, and what both go back to."""
    notified.happens("mesh.failed", "lobby", error="no answer")
    (cause,) = notified.bench.events("mesh.failed")
    (added,) = notified.bench.events("notification.added")
    assert (added.causation_id, added.depth) == (cause.seq, 1)
    assert added.correlation_id == str(cause.seq)


def test_reports_are_no_alerts(make: MakeBench) -> None:
    """What people have asked for is notified also where alerts are not."""
    notified = Notified(make(settings_with({"mail": channel()}, alerts=False)))
    notified.happens(
        "report.made", "r", title="Week 9", kind="weekly", summary="All is well.", page="/r"
    )
    assert notified.notified(300) == ["The weekly report: Week 9"]


def test_no_channel(make: MakeBench) -> None:
    """Then it is kept, and nothing waits; a recovery is taken in all the same."""
    notified = Notified(make(settings_with({})))
    notified.happens("mesh.failed", "lobby")
    notified.happens("mesh.connected", "lobby")
    assert notified.bench.rows("SELECT state FROM notifications") == [("suppressed",)]
    assert notified.bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]


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


def test_alerts_of_the_station(notified: Notified) -> None:
    """Once, again when one is worse than people know, and when it is over; those of the health
    check are notified by the health check.
    """
    about = {"title": "The pump does not answer", "source": "operator", "count": 2}
    notified.happens("alert.created", "7", **about, severity="warning")
    assert notified.notified() == ["Alert: The pump does not answer"]
    notified.happens("alert.repeated", "7", **about, severity="warning")
    assert notified.notified(300) == []
    notified.happens("alert.repeated", "7", **about, severity="emergency")
    assert notified.notified() == ["Alert: The pump does not answer"]
    notified.happens("alert.acknowledged", "7", **about, severity="emergency")
    notified.happens("alert.created", "8", **{**about, "source": "health"}, severity="critical")
    assert notified.notified(300) == []
    notified.happens("alert.resolved", "7", **about, severity="emergency")
    assert notified.notified() == ["Over: The pump does not answer"]
