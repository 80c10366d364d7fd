"""What operators do with schedules at run time."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.shared.errors import UsageError
from tests.features.schedules.supervisor.conftest import ACTOR, Bench, MakeBench, entry

HOUR = 3600.0

NEW = {"name": "new", "cron": "0 * * * *", "action": "refresh", "mesh": "lobby"}


async def add(bench: Bench, **changes: Any) -> Any:
    """Make a schedule at run time."""
    return await bench.service.add({**NEW, **changes}, ACTOR)


async def test_add_and_remove(make: MakeBench) -> None:
    """It fires from its next time on, and no more when it is gone; its history stays."""
    bench = make()
    await bench.timer.look()
    added = await add(bench)
    assert (added.source, added.changed, added.problem) == ("run time", False, None)
    assert added.next_at == added.upcoming[0] == "2026-03-01T13:00:00+00:00"
    assert added.meaning == "At the start of every hour"
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await bench.runs("new") == [("13:00", "queued")]
    assert (await bench.service.remove("new", ACTOR)).removed
    await bench.advance(HOUR)
    assert await bench.runs("new") == [("13:00", "queued")]
    assert (await bench.service.list_schedules()).schedules == ()
    changed = bench.events("schedule.changed")
    assert [(one.subject, one.actor) for one in changed] == [("new", "root")] * 2
    audit = bench.rows("SELECT action, subject, outcome FROM audit_log ORDER BY rowid")
    assert audit == [("schedules.add", "new", "done"), ("schedules.remove", "new", "done")]


async def test_what_a_definition_would_mean(make: MakeBench) -> None:
    """It is said in words with its next times, within its dates, and nothing is saved."""
    bench = make()
    wanted = {"cron": " 30  6 * * * ", "timezone": "Asia/Kolkata", "end_date": "2026-03-03"}
    found = bench.service.check(wanted)
    assert (found.cron, found.meaning) == ("30 6 * * *", "At 06:30 every day")
    assert found.upcoming == ("2026-03-02T06:30:00+05:30", "2026-03-03T06:30:00+05:30")
    assert bench.service.check({"cron": "@daily"}).timezone == "UTC"
    for wrong, said in (
        ({"cron": "61 * * * *"}, "its minute is wrong"),
        (
            {"cron": "@daily", "timezone": "Asia/Kolkatta"},
            "did you mean",
        ),
    ):
        with pytest.raises(UsageError, match=said):
            bench.service.check(wrong)
    assert (await bench.service.list_schedules()).schedules == ()


async def test_it_survives(make: MakeBench) -> None:
    """What was made and changed at run time is there after a restart."""
    bench = make(entry())
    await add(bench, timezone="Asia/Kolkata")
    await bench.service.edit("s", {"cron": "30 * * * *"}, ACTOR)
    bench.renew()
    found = {one.name: one for one in (await bench.service.list_schedules()).schedules}
    assert (found["new"].timezone, found["new"].source) == ("Asia/Kolkata", "run time")
    assert (found["s"].cron, found["s"].source, found["s"].changed) == (
        "30 * * * *",
        "settings",
        True,
    )


async def test_changes_of_the_settings(make: MakeBench) -> None:
    """They are shown as such, hold beside what the file says otherwise, and can be undone."""
    bench = make(entry())
    await bench.service.edit("s", {"jitter": 5, "priority": 1}, ACTOR)
    await bench.service.edit("s", {"jitter": None}, ACTOR)
    bench.set(entry(cron="15 * * * *"))
    shown = await bench.service.show("s")
    assert shown.cron == "15 * * * *"
    assert shown.definition is not None
    assert (shown.definition["jitter"], shown.definition["priority"]) == (0, 1)
    assert not (await bench.service.remove("s", ACTOR)).removed
    shown = await bench.service.show("s")
    assert (shown.changed, shown.definition and shown.definition["priority"]) == (False, None)
    with pytest.raises(UsageError, match="is in the settings file; take it out there, or: "):
        await bench.service.remove("s", ACTOR)


async def test_an_entry_that_was_changed_and_is_gone(make: MakeBench) -> None:
    """What is left of it does not run, says what to do, and can be forgotten."""
    bench = make(entry())
    await bench.service.edit("s", {"cron": "30 * * * *"}, ACTOR)
    bench.set()
    await bench.advance(HOUR)
    assert await bench.runs() == []
    (found,) = (await bench.service.list_schedules()).schedules
    assert "put the entry back, or forget the changes" in (found.problem or "")
    bench.set(entry())
    assert (await bench.service.show("s")).cron == "30 * * * *"
    bench.set()
    assert (await bench.service.remove("s", ACTOR)).removed
    assert (await bench.service.list_schedules()).schedules == ()


async def test_times_while_it_was_disabled(make: MakeBench) -> None:
    """They are not missed, with a supervisor or without one."""
    bench = make(entry(misfire="all", overlap="allow"))
    await bench.timer.look()
    for looks in (True, False):
        await bench.service.enable("s", ACTOR, enabled=False)
        if looks:
            await bench.timer.look()
            await bench.advance(3 * HOUR)
        else:
            bench.clock.advance(3 * HOUR)
        await bench.service.enable("s", ACTOR, enabled=True)
        await bench.timer.look()
    assert await bench.runs() == []
    await bench.advance(HOUR)
    assert await bench.runs() == [("19:00", "queued")]


async def test_another_expression(make: MakeBench) -> None:
    """Only times after the change count."""
    bench = make(entry(cron="@yearly", misfire="all"))
    await bench.timer.look()
    await bench.advance(3 * HOUR)
    await bench.service.edit("s", {"cron": "* * * * *"}, ACTOR)
    await bench.timer.look()
    assert await bench.runs() == []
    await bench.advance(60)
    assert await bench.runs() == [("15:01", "queued")]


async def test_start_stop_restart(make: MakeBench) -> None:
    """By hand it runs at once, whatever else does; what runs and what waits can be ended."""
    bench = make(entry(overlap="queue_one", enabled=False))
    first = await bench.service.start("s", ACTOR)
    second = await bench.service.start("s", ACTOR)
    assert first.planned_at != second.planned_at
    stopped = await bench.service.stop("s", ACTOR)
    assert (stopped.cancelled, stopped.skipped) == ((first.job_id, second.job_id), 0)
    await bench.service.restart("s", ACTOR)
    await bench.take_in()
    runs = (await bench.service.history("s", None, 10)).runs
    assert [(one.status, one.started_by) for one in runs] == [
        ("queued", "root"),
        ("cancelled", "root"),
        ("cancelled", "root"),
    ]
    await bench.service.enable("s", ACTOR, enabled=True)
    await bench.timer.look()
    await bench.advance(HOUR)
    assert (await bench.runs())[-1] == ("13:00", "waiting")
    assert (await bench.service.stop("s", ACTOR)).skipped == 1
    assert (await bench.runs())[-1] == ("13:00", "skipped")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"name": "No Name"}, "is no name of a schedule"),
        ({"cron": "* * *"}, "has 3 fields and not the five"),
        ({"cron": 5}, "cron is 5; allowed: text, such as"),
        ({"timezone": "Europe/Berln"}, "did you mean Europe/Berlin"),
        ({"overlap": "never"}, 'overlap is "never"; allowed: one of "skip", "queue_one"'),
        ({"misfire": "run"}, 'misfire is "run"; allowed: one of "skip", "latest", "all"'),
        ({"priority": 9}, "9 is no priority; 1 is the most urgent"),
        ({"retries": -1}, "retries is -1; allowed: a whole number from 0 to 1000"),
        ({"jitter": 1e9}, "jitter is 1000000000.0; allowed: a number from 0 to 3600"),
        ({"enabled": "yes"}, 'enabled is "yes"'),
        ({"items": ["a"] * 2001}, "2,001 items are too many for a schedule"),
        ({"items": [" "]}, "an item has an empty key"),
        ({"data": {"x": "y" * 70_000}}, "the data of a job has"),
        ({"start_date": "soon"}, "'soon' is no date; write one such as 2026-03-01"),
        ({"start_date": "2026-03-02", "end_date": "2026-03-01"}, "before it starts"),
        ({"mesh": "no mesh"}, "mesh"),
        ({"action": "No!"}, "is no name of an action"),
        ({"colour": "red"}, "unknown setting"),
    ],
)
async def test_wrong_input(make: MakeBench, changes: dict[str, Any], said: str) -> None:
    """It is refused with one sentence, and nothing is kept."""
    bench = make()
    with pytest.raises(UsageError) as caught:
        await add(bench, **changes)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert bench.rows("SELECT * FROM schedules") == []


async def test_names(make: MakeBench) -> None:
    """One name is one schedule; one that there is not is answered with what was meant."""
    bench = make(entry(name="nightly"))
    with pytest.raises(UsageError, match="there is a schedule 'nightly' already; change it with"):
        await add(bench, name="nightly")
    for look in (bench.service.show, lambda name: bench.service.history(name, None, 5)):
        with pytest.raises(UsageError, match="there is no schedule 'nihgtly'; did you mean nigh"):
            await look("nihgtly")
    with pytest.raises(UsageError, match="say what is to be changed"):
        await bench.service.edit("nightly", {}, ACTOR)
    with pytest.raises(UsageError, match="cron is 5"):
        await bench.service.edit("nightly", {"cron": 5}, ACTOR)


async def test_a_list_has_the_last_runs_of_each_when_it_is_asked_for_them(make: MakeBench) -> None:
    """The newest first, no more than asked for; without asking there are none."""
    bench = make(entry())
    for _ in range(3):
        await bench.advance(HOUR)
    (listed,) = (await bench.service.list_schedules(runs=2)).schedules
    assert listed.last_runs is not None
    assert [one.planned_at[11:16] for one in listed.last_runs] == ["15:00", "14:00"]
    assert listed.last_run is not None
    assert listed.last_runs[0].job_id == listed.last_run.job_id
    (plain,) = (await bench.service.list_schedules()).schedules
    assert "last_runs" not in plain.model_dump()


async def test_a_mesh_that_there_is_not(make: MakeBench) -> None:
    """Its schedule is made, for the mesh may come; that it cannot run is said at once."""
    bench = make()
    added = await add(bench, mesh="loby")
    assert added.problem == "there is no mesh 'loby'; meshvisor meshes list shows all"
    (listed,) = (await bench.service.list_schedules()).schedules
    assert listed.problem == added.problem
    assert (await bench.service.edit("new", {"mesh": "lobby"}, ACTOR)).problem is None


async def test_a_definition_that_cannot_be_understood_any_more(make: MakeBench) -> None:
    """It is shown with its problem, and the others run."""
    bench = make(entry())
    await add(bench)
    bench.change('UPDATE schedules SET definition = \'{"cron": "x", "action": "refresh"}\'')
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await bench.runs() == [("13:00", "queued")]
    found = {one.name: one for one in (await bench.service.list_schedules()).schedules}
    assert found["new"].cron is None
    assert "has 1 field and not" in (found["new"].problem or "")
    assert (await bench.service.remove("new", ACTOR)).removed
