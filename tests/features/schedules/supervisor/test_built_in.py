"""Schedules that features bring: a third source, over which everything else is laid."""

from __future__ import annotations

from typing import Any, Final

import pytest

from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.supervisor.action_registry import ActionRegistry
from meshvisor.features.jobs.supervisor.ledger import housekeeping
from meshvisor.features.schedules.settings import ScheduleSettings
from meshvisor.features.schedules.supervisor import book
from meshvisor.features.schedules.supervisor.timer import CannotRun
from meshvisor.shared.errors import UsageError
from tests.features.jobs.built_in_actions import set_built_in
from tests.features.schedules.supervisor.conftest import (
    ACTOR,
    Bench,
    MakeBench,
    entry,
    settings_with,
)

HOUR: Final = 3600.0

TIDY: Final = ScheduleSettings.model_validate(
    {"name": "tidy", "cron": "0 * * * *", "action": "tidy", "timeout": 60}
)


@pytest.fixture
def with_tidy(make: MakeBench, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes a bench with one built-in schedule."""
    set_built_in(monkeypatch, tidy=lambda _job: None)
    monkeypatch.setattr(book, "_built_in", {"tidy": TIDY})

    def make_with(*entries: ScheduleSettings, built_in: bool = True) -> Bench:
        bench = make()
        bench.settings = settings_with(*entries, built_in=built_in)
        bench.renew()
        return bench

    return make_with


async def listed(bench: Bench) -> list[tuple[str, str, bool, str | None]]:
    """Return names, sources, whether they were changed, and the problems."""
    found = (await bench.service.list_schedules()).schedules
    return [(one.name, one.source, one.changed, one.problem) for one in found]


async def test_it_fires(with_tidy: Any) -> None:
    """It is shown as built in, and its job is about no mesh, as its events are."""
    bench = with_tidy()
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await listed(bench) == [("tidy", "built in", False, None)]
    assert await bench.runs("tidy") == [("13:00", "queued")]
    (job_id,) = await bench.job_ids("tidy")
    assert (await bench.jobs.show(job_id)).mesh_id == "-"
    for kind in ("job.queued", "schedule.fired"):
        assert [one.mesh_id for one in bench.events(kind)] == [None]


async def test_it_is_overridden(with_tidy: Any) -> None:
    """An entry of its name stands in its place; a change at run time is laid over it."""
    bench = with_tidy(entry(name="tidy", cron="30 * * * *"))
    assert await listed(bench) == [("tidy", "settings", False, None)]
    assert (await bench.service.show("tidy")).definition["timeout"] is None
    bench = with_tidy()
    changed = await bench.service.enable("tidy", ACTOR, enabled=False)
    assert (changed.source, changed.changed, changed.enabled) == ("built in", True, False)
    assert changed.definition is not None
    assert changed.definition["timeout"] == 60
    assert not (await bench.service.remove("tidy", ACTOR)).removed
    assert await listed(bench) == [("tidy", "built in", False, None)]
    with pytest.raises(UsageError, match="comes with Meshvisor and cannot be removed"):
        await bench.service.remove("tidy", ACTOR)


async def test_without(with_tidy: Any) -> None:
    """A setting leaves all of them out."""
    assert await listed(with_tidy(built_in=False)) == []


async def test_dry_run(with_tidy: Any) -> None:
    """A run by hand can be one that only says what it would do."""
    bench = with_tidy()
    started = await bench.service.start("tidy", ACTOR, dry_run=True)
    assert (await bench.jobs.show(started.job_id)).data == {"dry_run": True}


async def test_an_action_that_needs_a_mesh(with_tidy: Any) -> None:
    """A schedule that names none is shown as one that cannot run."""
    bench = with_tidy(entry(mesh="-"), built_in=False)
    why = "its action refresh needs a mesh, and it names none"
    assert await listed(bench) == [("s", "settings", False, why)]
    await bench.timer.look()
    assert bench.timer.cannot_run() == CannotRun(1, {"s": why})


async def test_data_that_its_action_does_not_take(make: MakeBench) -> None:
    """A schedule whose data does not fit is shown as one that cannot run, with what is wrong."""
    right, wrong = entry(data={"code": "X"}), entry(name="w", data={"code": 5})
    bench = make(right, wrong)
    spec = ActionSpec("refresh", inputs={"code": {"type": "text"}})
    kept = ActionRegistry([spec]).kept()
    bench.store.write_now(lambda db: housekeeping.keep_actions(db, kept))
    bench.renew()
    why = "the input code of refresh: 5 is found where a text is wanted"
    assert [one[3] for one in await listed(bench)] == [None, why]
