"""The database knows what is due, however many schedules there are, and whatever changes."""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.schedules.model.cron import forget_zones
from meshvisor.features.schedules.settings import SchedulingSettings
from meshvisor.features.schedules.supervisor import positions
from meshvisor.features.schedules.supervisor.known import MOST, KnownSchedules
from tests.features.schedules.supervisor.conftest import ACTOR, MakeBench, entry

HOUR = 3600.0
DAY = 86_400.0

NEW = {"name": "new", "cron": "0 * * * *", "action": "refresh", "mesh": "lobby"}


def next_times(bench: Any) -> dict[str, str]:
    """Return when there is something to do with each schedule."""
    rows = bench.rows(
        "SELECT name, strftime('%d %H:%M', next_at / 1000, 'unixepoch') FROM schedule_positions"
    )
    return dict(rows)


async def test_a_change_is_one_row(make: MakeBench) -> None:
    """What one schedule changes writes nothing about any other, and is true without a timer."""
    bench = make(*(entry(name=f"s{number}") for number in range(250)))
    await bench.timer.look()
    assert len(next_times(bench)) == 250
    bench.change("CREATE TABLE written (name TEXT)")
    bench.change(
        "CREATE TRIGGER written AFTER UPDATE ON schedule_positions "
        "BEGIN INSERT INTO written VALUES (NEW.name); END"
    )
    await bench.service.edit("s7", {"cron": "30 * * * *"}, ACTOR)
    await bench.service.add(NEW, ACTOR)
    assert next_times(bench)["s7"] == "01 12:30"
    assert next_times(bench)["new"] == "01 13:00"
    await bench.timer.look()
    bench.set(*(entry(name=f"s{number}") for number in range(250)))
    await bench.timer.look()
    assert set(bench.rows("SELECT name FROM written")) == {("s7",)}
    bench.set(*(entry(name=f"s{number}") for number in range(1, 250)), entry(name="late"))
    await bench.timer.look()
    assert "s0" not in next_times(bench)
    assert next_times(bench)["late"] == "01 13:00"
    assert set(bench.rows("SELECT name FROM written")) == {("s7",)}


async def test_a_new_default_zone(make: MakeBench) -> None:
    """It holds from then on for all that name none, however they were made."""
    bench = make(entry(cron="0 6 * * *"))
    await bench.service.add({**NEW, "cron": "0 6 * * *"}, ACTOR)
    await bench.service.add({**NEW, "name": "own", "cron": "0 6 * * *", "timezone": "UTC"}, ACTOR)
    await bench.timer.look()
    assert set(next_times(bench).values()) == {"02 06:00"}
    scheduling = SchedulingSettings(timezone="Asia/Kolkata", built_in=False)
    bench.settings = bench.settings.replaced(scheduling)
    bench.service.configure(bench.settings)
    bench.timer.configure(bench.settings)
    await bench.timer.look()
    assert next_times(bench) == {"s": "02 00:30", "new": "02 00:30", "own": "02 06:00"}


@pytest.fixture
def zones(tmp_path: Path) -> Iterator[Path]:
    """Return a folder with the only zones that there are, which a test may change."""
    folder = tmp_path / "zones"
    folder.mkdir()
    before = zoneinfo.TZPATH
    kept = zoneinfo.ZoneInfo("Asia/Kolkata"), zoneinfo.ZoneInfo("Asia/Tokyo")
    assert all(kept)
    for name in ("Kolkata", "Tokyo"):
        found = next(path for path in before if Path(path, "Asia", name).is_file())
        (folder / name).write_bytes(Path(found, "Asia", name).read_bytes())
    zoneinfo.reset_tzpath([folder])
    forget_zones()
    yield folder
    zoneinfo.reset_tzpath(before)
    forget_zones()


@pytest.mark.parametrize("is_restarted", [True, False])
async def test_a_zone_whose_rules_change(
    make: MakeBench, zones: Path, *, is_restarted: bool
) -> None:
    """Its schedules are planned anew: at the next start, or within an hour; others stay."""
    bench = make(
        entry(cron="0 6 * * *", timezone="Kolkata"),
        entry(name="other", cron="0 6 * * *", timezone="Tokyo"),
    )
    await bench.timer.look()
    assert next_times(bench) == {"s": "02 00:30", "other": "01 21:00"}
    (zones / "Kolkata").write_bytes((zones / "Tokyo").read_bytes())
    if is_restarted:
        bench.renew()
        await bench.timer.look()
    else:
        await bench.pass_by(HOUR)
        await bench.timer.look()
    assert next_times(bench) == {"s": "01 21:00", "other": "01 21:00"}
    await bench.pass_by(10 * HOUR)
    assert await bench.runs("s") == [("21:00", "queued")]


async def test_a_database_of_an_earlier_version(make: MakeBench) -> None:
    """All schedules go on where they were; what they have missed meanwhile is accounted for."""
    bench = make(entry(misfire="all", overlap="allow"))
    await bench.service.add(NEW, ACTOR)
    await bench.timer.look()
    bench.change("UPDATE schedule_positions SET is_stale = 1, next_at = NULL, digest = NULL")
    bench.clock.advance(2 * HOUR)
    bench.renew()
    await bench.timer.look()
    assert await bench.runs() == [("13:00", "queued"), ("14:00", "queued")]
    assert await bench.runs("new") == [("13:00", "missed"), ("14:00", "queued")]


async def test_it_is_changed_while_it_is_due(make: MakeBench) -> None:
    """What was planned by the definition before is not written any more."""
    bench = make()
    await bench.service.add(NEW, ACTOR)
    await bench.timer.look()
    bench.clock.advance(HOUR)
    transact = bench.jobs.transact

    async def overtaken(work: Any) -> Any:
        bench.jobs.transact = transact  # type: ignore[method-assign]
        await bench.service.edit("new", {"cron": "0 0 1 1 *"}, ACTOR)
        return await transact(work)

    bench.jobs.transact = overtaken  # type: ignore[method-assign]
    await bench.timer.look()
    assert await bench.runs("new") == []
    assert bench.rows("SELECT id FROM jobs") == []


async def test_a_clock_that_comes_back_while_it_runs(make: MakeBench) -> None:
    """From years ahead, without a restart: schedules go on by the right time."""
    bench = make(entry(overlap="allow"))
    await bench.timer.look()
    right = bench.clock.wall()
    bench.clock.set_wall(right + 4000 * DAY)
    await bench.timer.look()
    bench.clock.set_wall(right)
    await bench.pass_by(2 * HOUR)
    await bench.pass_by(HOUR)
    assert next_times(bench) == {"s": "01 16:00"}


async def test_what_cannot_run_is_counted(make: MakeBench) -> None:
    """With a few examples, however many there are."""
    bench = make(*(entry(name=f"s{number}", action="gone") for number in range(30)))
    await bench.service.add(NEW, ACTOR)
    bench.change("UPDATE schedules SET definition = '{}'")
    bench.change("UPDATE schedule_positions SET is_stale = 1")
    await bench.timer.look()
    assert list(bench.keeper.notices()) == [
        "31 schedules cannot run, such as new, s0; meshvisor schedules list says why."
    ]


async def test_pages(make: MakeBench) -> None:
    """All schedules are listed by name, wherever they are from."""
    bench = make(*(entry(name=f"s{number}") for number in range(5)))
    for name in ("a", "s2x", "z"):
        await bench.service.add({**NEW, "name": name}, ACTOR)
    await bench.service.edit("s4", {"jitter": 1}, ACTOR)
    names: list[str] = []
    more = True
    while more:
        page = await bench.service.list_schedules(names[-1] if names else "", 3)
        names += [one.name for one in page.schedules]
        more = page.more
    assert names == ["a", "s0", "s1", "s2", "s2x", "s3", "s4", "z"]


async def test_few_are_kept(make: MakeBench) -> None:
    """Of very many schedules that fire only the latest are kept in memory, as they are now."""
    bench = make()
    known = KnownSchedules(bench.timer._known.book)
    text = '{"cron": "0 * * * *", "action": "refresh", "mesh": "lobby"}'
    for number in range(MOST + 10):
        assert known.of(f"s{number}", text) is not None
    assert len(known._known) == MOST
    assert known.of("s5", None) is None
    changed = known.of("s5", text.replace("0 *", "7 *", 1))
    assert changed is not None
    assert changed.cron == "7 * * * *"


async def test_a_backlog_holds_up_nothing_else(make: MakeBench) -> None:
    """What has just come due is among the first that are handed out, and the oldest are, too."""
    late = [entry(name=f"late{number:02}", cron="5 * * * *") for number in range(30)]
    bench = make(*late, entry())
    await bench.timer.look()
    now = round((bench.clock.wall() + HOUR + 600) * 1000)
    found = bench.store.read_now(lambda db: positions.due(db, now, 10))
    assert len(found) == 10
    assert [one.name for one in found].index("s") == 5
    assert len(bench.store.read_now(lambda db: positions.due(db, now, 100))) == 31
