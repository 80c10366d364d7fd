"""Planned times become jobs, each exactly once, and each is accounted for."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from collections import Counter
from typing import Any

import pytest

from tests.features.schedules.supervisor.conftest import ACTOR, MakeBench, at, entry
from tests.seeds import seeds

HOUR = 3600.0
DAY = 86_400.0


async def test_it_fires(make: MakeBench) -> None:
    """A schedule begins when it is seen first, and then fires at each of its times."""
    bench = make(entry(overlap="allow"))
    await bench.timer.look()
    assert await bench.runs() == []
    await bench.advance(HOUR - 1)
    assert await bench.runs() == []
    await bench.advance(1)
    assert await bench.runs() == [("13:00", "queued")]
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await bench.runs() == [("13:00", "queued"), ("14:00", "queued")]
    (first, _) = await bench.job_ids()
    job = await bench.jobs.show(first)
    assert (job.action, job.origin, job.created_by) == ("refresh", "schedule", "schedule:s")
    fired = bench.events("schedule.fired")
    assert [(one.subject, one.mesh_id, one.actor) for one in fired] == [("s", "lobby", None)] * 2
    assert fired[0].content["job_id"] == first


async def test_the_job_is_as_the_schedule_says(make: MakeBench) -> None:
    """Items, data, lane, priority, attempts and time limit are handed on."""
    bench = make(
        entry(items=["a", "b"], data={"x": 1}, lane="quick", priority=1, retries=7, timeout=60)
    )
    await bench.timer.look()
    await bench.advance(HOUR)
    (job_id,) = await bench.job_ids()
    job = await bench.jobs.show(job_id)
    assert (job.lane, job.priority, job.counts.pending, job.data) == ("quick", 1, 2, {"x": 1})
    row = bench.rows("SELECT options, deadline - created_at FROM jobs")
    assert row == [('{"retries": 7, "deadline": 60.0}', 60_000)]


@pytest.mark.long
async def test_thirty_days(make: MakeBench) -> None:
    """Whatever ends in time: each planned time has one run, and none has two."""
    bench = make(
        entry(name="hourly", cron="7 * * * *"),
        entry(name="nightly", cron="30 2 * * *", timezone="Europe/Berlin"),
        entry(name="weekly", cron="0 6 * * SUN", timezone="Asia/Kolkata", jitter=600),
        entry(name="off", enabled=False),
    )
    await bench.timer.look()
    until = bench.clock.wall() + 30 * DAY
    while bench.clock.wall() < until:
        await bench.pass_by(HOUR)
        for (job_id,) in bench.rows("SELECT id FROM jobs WHERE status = 'queued'"):
            await bench.end(job_id)
    counts = Counter(bench.rows("SELECT schedule, state, outcome FROM schedule_fires"))
    assert counts == {
        ("hourly", "submitted", "completed"): 30 * 24,
        ("nightly", "submitted", "completed"): 30,
        ("weekly", "submitted", "completed"): 5 - 1,
    }
    assert len(bench.rows("SELECT DISTINCT job_id FROM schedule_fires")) == 30 * 25 + 4


async def test_a_clock_that_is_set_back(make: MakeBench) -> None:
    """Nothing fires a second time, and what comes after does."""
    bench = make(entry(cron="*/30 * * * *", overlap="allow"))
    await bench.timer.look()
    await bench.pass_by(2 * HOUR)
    before = await bench.runs()
    assert len(before) == 4
    bench.clock.set_wall(at("13:00"))
    await bench.pass_by(HOUR)
    assert await bench.runs() == before
    bench.renew()
    await bench.pass_by(HOUR - 1)
    assert [planned for planned, _ in await bench.runs()] == [
        "12:30", "13:00", "13:30", "14:00", "14:30",
    ]  # fmt: skip


async def test_a_clock_that_was_far_ahead(make: MakeBench) -> None:
    """Schedules do not wait for the year in which it was."""
    bench = make(entry(overlap="allow"))
    await bench.timer.look()
    right = bench.clock.wall()
    bench.clock.set_wall(right + 4000 * DAY)
    await bench.timer.look()
    bench.clock.set_wall(right)
    bench.renew()
    await bench.timer.look()
    await bench.pass_by(2 * HOUR)
    assert [one for one in await bench.runs() if one[1] == "queued"][:2] == [
        ("13:00", "queued"),
        ("14:00", "queued"),
    ]


async def test_what_a_clock_that_was_ahead_has_fired(make: MakeBench) -> None:
    """It is not fired again when its time really comes, and what follows is."""
    bench = make(entry(overlap="allow", misfire="all", misfire_window=10 * DAY))
    await bench.timer.look()
    right = bench.clock.wall()
    bench.clock.set_wall(right + 2 * DAY)
    await bench.timer.look()
    bench.clock.set_wall(right)
    bench.renew()
    await bench.timer.look()
    await bench.pass_by(3 * DAY)
    jobs = bench.rows("SELECT job_id FROM schedule_fires ORDER BY planned_at")
    assert len(set(jobs)) == 3 * 24
    assert sorted(jobs) == bench.rows("SELECT id FROM jobs ORDER BY id")


@pytest.mark.parametrize(
    ("policy", "statuses"),
    [
        ("skip", ["missed", "missed", "missed"]),
        ("latest", ["missed", "missed", "queued"]),
        ("all", ["missed", "queued", "queued"]),
    ],
)
async def test_a_clock_that_is_set_forward(
    make: MakeBench, policy: str, statuses: list[str]
) -> None:
    """So also a machine that has slept over three times: the misfire policy says what runs."""
    bench = make(entry(misfire=policy, misfire_window=2 * HOUR, overlap="allow"))
    await bench.timer.look()
    bench.clock.sleep(3 * HOUR + 1800)
    await bench.timer.look()
    assert [status for _, status in await bench.runs()] == statuses
    (missed,) = bench.events("schedule.missed")
    assert missed.content["count"] == statuses.count("missed")


async def test_all_that_was_missed_of_one_that_skips(make: MakeBench) -> None:
    """Times that are made up for run one after the other; none skips the next one."""
    bench = make(entry(misfire="all", misfire_window=DAY))
    await bench.timer.look()
    bench.clock.sleep(3 * HOUR + 1800)
    await bench.timer.look()
    assert await statuses(bench) == ["queued", "waiting", "waiting"]
    await bench.advance(1800)
    assert await statuses(bench) == ["queued", "waiting", "waiting", "skipped"]
    for _ in range(3):
        await bench.end((await bench.job_ids())[-1])
    assert await statuses(bench) == [*["completed"] * 3, "skipped"]


async def test_next_times_after_a_clock_was_set_back(make: MakeBench) -> None:
    """Those that have fired are not announced again."""
    bench = make(entry())
    await bench.timer.look()
    for _ in range(3):
        await bench.advance(HOUR)
    ahead = (await bench.service.show("s")).next_at
    bench.clock.set_wall(bench.clock.wall() - 2 * HOUR)
    await bench.timer.look()
    shown = await bench.service.show("s")
    assert (shown.next_at, shown.upcoming[0]) == (ahead, ahead)
    assert (await bench.service.upcoming("s", 1)).upcoming == (ahead,)


# ---- Overlaps ------------------------------------------------------------------------------------


async def overlapping(make: MakeBench, policy: str) -> Any:
    """Return a bench with four planned times; the first run is never over."""
    bench = make(entry(overlap=policy))
    await bench.timer.look()
    for _ in range(4):
        await bench.advance(HOUR)
    return bench


async def statuses(bench: Any) -> list[str]:
    """Return what became of each time."""
    return [status for _, status in await bench.runs()]


async def test_overlap_skip(make: MakeBench) -> None:
    """What comes while one runs is skipped, and says which job was in the way."""
    bench = await overlapping(make, "skip")
    assert await statuses(bench) == ["queued", "skipped", "skipped", "skipped"]
    (job_id,) = await bench.job_ids()
    found = await bench.service.history("s", None, 1)
    assert found.runs[0].reason == f"job {job_id} of an earlier time was not over"
    assert len(bench.events("schedule.skipped")) == 3
    await bench.end(job_id)
    await bench.advance(HOUR)
    assert (await statuses(bench))[-1] == "queued"


async def test_overlap_queue_one(make: MakeBench) -> None:
    """One waits and runs as soon as the earlier one has ended."""
    bench = await overlapping(make, "queue_one")
    assert await statuses(bench) == ["queued", "waiting", "skipped", "skipped"]
    await bench.end((await bench.job_ids())[0], "failed")
    assert await statuses(bench) == ["failed", "queued", "skipped", "skipped"]


async def test_overlap_queue_all(make: MakeBench) -> None:
    """All run, one after another, in their order."""
    bench = await overlapping(make, "queue_all")
    assert await statuses(bench) == ["queued", "waiting", "waiting", "waiting"]
    for count in range(1, 5):
        ids = await bench.job_ids()
        assert len(ids) == count
        await bench.end(ids[-1])
    assert await statuses(bench) == ["completed"] * 4


async def test_overlap_cancel_running(make: MakeBench) -> None:
    """The latest runs; what was there before is cancelled by its schedule."""
    bench = await overlapping(make, "cancel_running")
    await bench.take_in()
    assert await statuses(bench) == ["cancelled", "cancelled", "cancelled", "queued"]
    who = {one.actor for one in bench.events("job.cancelled")}
    assert who == {"schedule:s"}


async def test_overlap_allow(make: MakeBench) -> None:
    """All run beside each other."""
    bench = await overlapping(make, "allow")
    assert await statuses(bench) == ["queued"] * 4


async def test_what_waits_survives_a_crash(make: MakeBench) -> None:
    """A run may end while no supervisor looks."""
    bench = await overlapping(make, "queue_one")
    (job_id,) = await bench.job_ids()
    await bench.jobs.mark([job_id], "completed", None, ACTOR)
    bench.renew()
    await bench.timer.look()
    await bench.take_in()
    assert await statuses(bench) == ["completed", "queued", "skipped", "skipped"]


# ---- What cannot run -----------------------------------------------------------------------------


async def test_an_action_that_is_missing(make: MakeBench) -> None:
    """Its times are skipped, and it is shown as such; it runs when there is one again."""
    bench = make(entry(action="refrsh"), entry(name="other"))
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await bench.runs() == [("13:00", "skipped")]
    (reason,) = [one.reason for one in (await bench.service.history("s", None, 5)).runs]
    assert reason == "there is no action 'refrsh'; did you mean refresh?"
    listed = {one.name: one.problem for one in (await bench.service.list_schedules()).schedules}
    assert listed.pop("other") is None
    (problem,) = listed.values()
    assert (problem or "").startswith("no plug-in that is loaded has its action refrsh; they are")
    assert list(bench.keeper.notices()) == [f"The schedule s cannot run: {problem}."]
    assert len(await bench.job_ids("other")) == 1


async def test_nothing_fires_before_the_actions_are_known(make: MakeBench) -> None:
    """What is due at the start of a supervisor waits for its plug-ins, and is not skipped."""
    bench = make(entry())
    await bench.timer.look()
    bench.clock.advance(HOUR)
    running = asyncio.create_task(bench.keeper.run())
    try:
        for _ in range(20):  # turns of the loop, in which nothing happens
            await asyncio.sleep(0)
        assert await bench.runs() == []
        bench.loaded.set()
        while not await bench.runs():
            await asyncio.sleep(0)
    finally:
        running.cancel()
    assert await bench.runs() == [("13:00", "queued")]


async def test_nothing_is_written_in_part(make: MakeBench) -> None:
    """A fire and its job are one: where one of them cannot be written, neither is."""
    bench = make(entry(name="a"), entry(name="b"))
    await bench.timer.look()
    bench.change(
        "CREATE TEMP TRIGGER full BEFORE INSERT ON jobs WHEN NEW.created_by = 'schedule:b' "
        "BEGIN SELECT RAISE(ABORT, 'on purpose'); END"
    )
    with pytest.raises(sqlite3.Error, match="on purpose"):
        await bench.advance(HOUR)
    assert bench.rows("SELECT * FROM schedule_fires") == []
    assert bench.rows("SELECT * FROM jobs") == []
    bench.change("DROP TRIGGER full")
    await bench.timer.look()
    assert await bench.runs("a") == [("13:00", "queued")]
    assert await bench.runs("b") == [("13:00", "queued")]


async def test_old_runs_go(make: MakeBench) -> None:
    """After 30 days; what still runs stays."""
    bench = make(entry(overlap="allow", cron="0 0 * * *"))
    await bench.timer.look()
    await bench.pass_by(2 * DAY)
    first, second = await bench.job_ids()
    await bench.end(first)
    bench.set()
    await bench.advance(31 * DAY)
    assert await bench.job_ids() == [second]


@pytest.mark.parametrize("seed", seeds(5, 200))
async def test_whatever_happens(make: MakeBench, seed: int, chance: random.Random) -> None:
    """Crashes, steps of the clock and changes: no planned time has two jobs, and none is lost."""
    policy = chance.choice(["skip", "queue_one", "queue_all", "cancel_running", "allow"])
    bench = make(entry(cron="*/10 * * * *", overlap=policy, misfire="all", misfire_window=30 * DAY))
    await bench.timer.look()
    first = latest = bench.clock.wall()
    for _ in range(60):
        match chance.randrange(5):
            case 0:
                bench.renew()
            case 1:
                bench.clock.set_wall(bench.clock.wall() + chance.randint(-7200, 7200))
            case 2:
                for job_id in (await bench.job_ids())[-3:]:
                    await bench.jobs.mark([job_id], "completed", None, ACTOR)
                await bench.take_in()
            case _:
                await bench.pass_by(chance.randint(1, 3000))
        await bench.timer.look()
        latest = max(latest, bench.clock.wall())
    planned = [at for (at,) in bench.rows("SELECT planned_at FROM schedule_fires ORDER BY 1")]
    step = 600_000
    begin = round(first * 1000) // step * step + step
    assert planned == list(range(begin, round(latest * 1000) + 1, step))
    jobs = bench.rows("SELECT job_id FROM schedule_fires WHERE job_id IS NOT NULL")
    assert len(jobs) == len(set(jobs)) == len(bench.rows("SELECT id FROM jobs"))
