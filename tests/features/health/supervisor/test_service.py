"""Health in the supervisor: alerts, their events and the record of a check are one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from meshvisor.features.health.settings import HealthSettings
from meshvisor.features.health.supervisor.service import HealthService
from meshvisor.features.records.supervisor.service import Records
from meshvisor.shared.events import log
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from tests.clock import ManualClock

QUARTER = 900.0


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Return an empty database."""
    opened = Store.open(tmp_path / "meshvisor.db")
    yield opened
    opened.close()


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands still."""
    return ManualClock()


def service_with(store: Store, clock: ManualClock, **settings: Any) -> HealthService:
    """Return the service with these settings."""
    section = HealthSettings.model_validate(settings)
    return HealthService(store, clock, default_settings().replaced(section))


def reported(store: Store) -> list[tuple[str, str | None, dict[str, Any]]]:
    """Return the events of health."""
    wanted = log.Wanted(("health.*",))
    events = store.read_now(lambda db: log.read(db, 0, 100, wanted)).events
    return [(one.kind, one.subject, one.content) for one in events]


async def test_a_day(store: Store, clock: ManualClock) -> None:
    """A full disk is reported once, and once that there is room again; all is on record."""
    service = service_with(store, clock)
    statuses = []
    for disk in (50.0, 86.0, 90.0, 96.0, 40.0, 41.0, 42.0):
        result = await service.take_in({"disk_percent": disk, "load_per_processor": 0.5})
        statuses.append((result.status, result.raised, result.cleared))
        clock.advance(QUARTER)
    assert statuses == [
        ("ok", (), ()),
        ("warning", ("disk_percent",), ()),
        ("warning", (), ()),
        ("critical", ("disk_percent",), ()),
        ("critical", (), ()),
        ("ok", (), ("disk_percent",)),
        ("ok", (), ()),
    ]
    kinds = ["health.alert_raised", "health.alert_raised", "health.alert_cleared"]
    assert [(kind, subject) for kind, subject, _ in reported(store)] == [
        (kind, "disk_percent") for kind in kinds
    ]
    first = reported(store)[0][2]
    assert (first["severity"], first["value"], first["limit"], first["unit"]) == (
        "warning",
        86.0,
        85.0,
        "%",
    )
    records = Records(store, clock)
    kept = (await records.list_records("health_check_", 100)).records
    assert len(kept) == 7
    assert kept[-1].key == "health_check_1772366400000"
    document = (await records.get(kept[-3].key)).document
    figures: dict[str, Any] = {one["name"]: one for one in document["figures"]}
    assert figures["disk_percent"]["status"] == "warning"
    assert figures["jobs_waiting"]["status"] == "unknown"
    assert figures["load_per_processor"]["value"] == 0.5


async def test_it_survives(store: Store, clock: ManualClock) -> None:
    """An alert that was raised is there after a restart, shown, and not raised a second time."""
    await service_with(store, clock).take_in({"disk_percent": 86})
    service = service_with(store, clock)
    assert not service.alerts
    await service.load()
    shown = [service.words(alert) for alert in service.alerts]
    assert shown == ["warning: disk of the home in use: 86%."]
    assert (await service.take_in({"disk_percent": 86})).raised == ()


async def test_a_dry_run(store: Store, clock: ManualClock) -> None:
    """It says what would follow, and nothing is written or reported."""
    result = await service_with(store, clock).take_in({"disk_percent": 86}, dry_run=True)
    assert (result.status, result.raised, result.record) == ("warning", ("disk_percent",), None)
    assert reported(store) == []
    assert (await Records(store, clock).list_records("", 10)).records == ()


async def test_other_limits(store: Store, clock: ManualClock) -> None:
    """The settings have other limits for a figure, or none."""
    service = service_with(store, clock, limits={"disk_percent": (10, 20), "memory_percent": ()})
    result = await service.take_in({"disk_percent": 15, "memory_percent": 99.9})
    assert result.raised == ("disk_percent",)


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"disk": [1, 2]}, "'disk' is none; there are database_ms, disk_percent"),
        ({"disk_percent": [2, 1]}, "must have two numbers above 0 for disk_percent"),
        ({"disk_percent": [5]}, "must have two numbers above 0 for disk_percent"),
        ({"disk_percent": [0, 5]}, "must have two numbers above 0 for disk_percent"),
    ],
)
def test_wrong_limits(limits: Any, problem: str) -> None:
    """What is wrong with limits is said in a sentence with an example."""
    with pytest.raises(ValidationError, match=problem):
        HealthSettings.model_validate({"limits": limits})
