"""Alerts: each change is one event, the same again is counted, and a request has one effect."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from meshvisor.features.station.events import ALERT_CREATED
from meshvisor.features.station.model.alert import AlertFilter, NewAlert
from meshvisor.features.station.model.severity import Severity
from meshvisor.features.station.settings import StationSettings
from meshvisor.features.station.supervisor import alerts
from meshvisor.features.station.supervisor.alerts import AlertService, Which
from meshvisor.features.station.supervisor.health import CLEARED, RAISED, HealthAlerts
from meshvisor.shared.errors import ConflictError, UnknownError
from meshvisor.shared.events.event import Cause, NewEvent
from meshvisor.shared.events.log import Wanted, append
from meshvisor.shared.events.notice import filled
from meshvisor.shared.events.subscriptions import Subscriptions
from tests.clock import ManualClock
from tests.features.station.conftest import ANN, Bench


async def test_a_life(bench: Bench) -> None:
    """Raised, acknowledged, resolved: one event and one entry of the audit log each."""
    service = bench.need(AlertService)
    new = NewAlert(title="Pump", severity=Severity.CRITICAL, user_id="irc/ann", zone="harbour")
    made = await service.create(new, ANN)
    assert (made.id, made.state, made.outcome, made.created_by) == (1, "open", "created", "web:ann")
    await service.acknowledge(Which(1), "on my way", ANN)
    await service.acknowledge(Which(1), "", ANN)
    found = await service.resolve(Which(1), "new fuse", ANN)
    await service.resolve(Which(1), "", ANN)
    assert (found.state, found.acknowledged_by, found.resolved_by) == (
        "resolved",
        "web:ann",
        "web:ann",
    )
    assert [note.text for note in found.notes] == ["on my way", "new fuse"]
    assert bench.happened() == [
        ("alert.created", "1"),
        ("alert.acknowledged", "1"),
        ("alert.resolved", "1"),
    ]
    [event, *_] = bench.events("alert.created")
    assert event.actor == "web:ann"
    assert event.content == {
        "v": 1,
        "severity": "critical",
        "title": "Pump",
        "message": "",
        "source": "operator",
        "dedup_key": None,
        "user_id": "irc/ann",
        "zone": "harbour",
        "count": 1,
        "mesh": None,
    }
    assert [entry[1:] for entry in await bench.audited()] == [
        ("alert.create", "1", "critical: Pump"),
        ("alert.acknowledge", "1", "on my way"),
        ("alert.resolve", "1", "new fuse"),
    ]
    with pytest.raises(ConflictError, match="resolved, which is final"):
        await service.acknowledge(Which(1), "", ANN)
    for which in (Which(9), Which(None, "pump")):
        with pytest.raises(UnknownError, match="station alerts list"):
            await service.resolve(which, "", ANN)


async def test_the_same_again_is_counted(bench: Bench) -> None:
    """While it is not resolved, also acknowledged, it is one alert, as bad as the worst time."""
    service = bench.need(AlertService)
    new = NewAlert(title="Pump", dedup_key="pump")
    await service.create(new, ANN)
    await service.acknowledge(Which(None, "pump"), "", ANN)
    again = await service.create(replace(new, severity=Severity.EMERGENCY), ANN)
    assert (again.id, again.outcome, again.count, again.severity) == (1, "counted", 2, "emergency")
    assert (await service.create(new, ANN)).severity == "emergency"
    await service.resolve(Which(None, "pump"), "", ANN)
    assert (await service.create(new, ANN)).id == 2
    assert bench.happened("alert.created", "alert.repeated") == [
        ("alert.created", "1"),
        ("alert.repeated", "1"),
        ("alert.repeated", "1"),
        ("alert.created", "2"),
    ]


async def test_a_request_that_is_made_twice(bench: Bench) -> None:
    """It has one effect, also when the alert is resolved meanwhile."""
    service = bench.need(AlertService)
    new = NewAlert(title="Pump", dedup_key="pump", idempotency_key="step-7")
    await service.create(new, ANN)
    await service.resolve(Which(1), "", ANN)
    again = await service.create(new, ANN)
    assert (again.id, again.outcome, again.count, again.state) == (1, "repeated", 1, "resolved")
    assert len(bench.events()) == 2


async def test_which_ones(bench: Bench) -> None:
    """Filters, pages and counts."""
    service = bench.need(AlertService)
    for number, severity in enumerate(Severity):
        zone = "harbour" if number % 2 else None
        await service.create(NewAlert(title=str(number), severity=severity, zone=zone), ANN)
    await service.resolve(Which(2), "", ANN)

    async def found(limit: int = 10, before: int | None = None, **wanted: str) -> list[int]:
        page = await service.list_alerts(AlertFilter(**wanted), before, limit)  # type: ignore[arg-type]
        return [one.id for one in page.alerts]

    assert await found() == [4, 3, 2, 1]
    assert await found(2) == [4, 3]
    assert await found(2, 3) == [2, 1]
    assert await found(state="unresolved") == [4, 3, 1]
    assert await found(state="resolved") == [2]
    assert await found(severity=Severity.CRITICAL) == [4, 3]
    assert await found(zone="harbour") == [4, 2]
    assert await found(source="workflow") == []
    counts = (await service.list_alerts(AlertFilter(), None, 1)).counts
    assert (counts.open, counts.acknowledged, counts.resolved) == (3, 0, 1)
    assert counts.severities == {"info": 1, "warning": 0, "critical": 1, "emergency": 1}


async def test_the_chain_goes_on(bench: Bench) -> None:
    """An alert that follows from an event is in its chain."""
    actor = replace(ANN, cause=Cause("12", 17, 3))
    await bench.need(AlertService).create(NewAlert(title="Pump"), actor)
    [event] = bench.events()
    assert event[7:] == ("12", 17, 3)


async def test_alerts_of_the_health_check(bench: Bench) -> None:
    """They are the station's, one for each figure, and resolved when it is well again."""
    own = bench.settings.of(StationSettings)
    health = HealthAlerts(lambda: own, bench.station.changes.now)
    subscriptions = Subscriptions(bench.store, bench.clock)
    subscriptions.add(health.subscription)
    await subscriptions.start()
    data = {"severity": "warning", "about": "the disk", "value": 91, "unit": "%", "limit": 90}
    worse = {**data, "severity": "critical", "value": 97, "limit": 95}
    events = [
        NewEvent(1, RAISED, "disk_percent", data=data),
        NewEvent(2, RAISED, "disk_percent", data=worse),
        NewEvent(3, CLEARED, "disk_percent", data=data),
        NewEvent(4, CLEARED, "load", data=data),
    ]
    await bench.store.write(lambda db: append(db, events))
    resolved = await anext(subscriptions.follow(0, Wanted(("alert.resolved",))))
    assert bench.happened("alert.*") == [
        ("alert.created", "1"),
        ("alert.repeated", "1"),
        ("alert.resolved", "1"),
    ]
    assert (resolved.content["source"], resolved.content["severity"]) == ("health", "critical")
    assert (resolved.correlation_id, resolved.causation_id, resolved.depth) == ("3", 3, 1)
    assert await bench.audited() == []
    await subscriptions.close()


async def test_they_are_notified_of_once(bench: Bench) -> None:
    """One of a person is, one of the health check is by the health check."""
    service = bench.need(AlertService)
    for source in ("operator", "health"):
        await service.create(
            NewAlert(title=source, severity=Severity.EMERGENCY, source=source), ANN
        )
    notice = ALERT_CREATED.notice
    assert notice is not None
    happened, own = bench.events("alert.created")
    assert notice.is_told(happened)
    assert not notice.is_told(own)
    assert notice.severity_of(happened) == "critical"
    assert filled(notice.title, happened) == "Alert: operator"


async def test_old_ones_are_removed(bench: Bench, clock: ManualClock) -> None:
    """Only what is resolved, and their numbers are not used again."""
    service = bench.need(AlertService)
    for number in range(3):
        await service.create(NewAlert(title=str(number)), ANN)
    await service.resolve(Which(3), "", ANN)
    clock.advance(10)
    later = bench.station.changes.now()
    assert bench.store.read_now(lambda db: alerts.count_outdated(db, later)) == 1
    assert await bench.store.write(lambda db: alerts.remove_outdated(db, later, 10)) == 1
    assert (await service.create(NewAlert(title="next"), ANN)).id == 4
