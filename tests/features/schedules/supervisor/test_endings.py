"""What follows from the end of a run: others that run after it, failures, recoveries, figures."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.schedules.settings import ScheduleSettings
from meshvisor.shared.errors import UsageError
from tests.features.schedules.supervisor.conftest import ACTOR, Bench, MakeBench, entry

HOUR = 3600.0
DAY = 86_400.0


def after(name: str, *others: str, **changes: Any) -> ScheduleSettings:
    """Return an entry that runs after others."""
    return entry(name=name, cron="", after=others, **changes)


async def statuses(bench: Bench, name: str) -> list[str]:
    """Return what became of each time of a schedule."""
    return [status for _, status in await bench.runs(name)]


# ---- After others --------------------------------------------------------------------------------


async def test_it_runs_after_another_has_succeeded(make: MakeBench) -> None:
    """Once for each success, and not after a failure; its history has when that was."""
    bench = make(entry(), after("then", "s"))
    await bench.timer.look()
    await bench.advance(HOUR)
    assert await statuses(bench, "then") == []
    bench.clock.advance(90)
    await bench.end((await bench.job_ids())[0])
    assert await bench.runs("then") == [("13:01", "queued")]
    assert (await bench.service.show("then")).after == ("s",)
    await bench.end((await bench.job_ids("then"))[0])
    await bench.advance(HOUR)
    await bench.end((await bench.job_ids())[1], "failed")
    assert await statuses(bench, "then") == ["completed"]
    await bench.advance(HOUR)
    await bench.end((await bench.job_ids())[2])
    assert await statuses(bench, "then") == ["completed", "queued"]


async def test_it_waits_for_all(make: MakeBench) -> None:
    """Of several each has to succeed once, in any order; then it begins anew."""
    bench = make(entry(name="a"), entry(name="b"), after("then", "a", "b", overlap="allow"))
    await bench.timer.look()
    for runs in (1, 2):
        await bench.advance(HOUR)
        await bench.end((await bench.job_ids("b"))[-1])
        assert len(await bench.runs("then")) == runs - 1
        await bench.end((await bench.job_ids("a"))[-1])
        assert len(await bench.runs("then")) == runs


async def test_a_crash_between_success_and_run(make: MakeBench) -> None:
    """It runs when there is a supervisor again, however late, and only once."""
    bench = make(entry(), after("then", "s"))
    await bench.timer.look()
    await bench.advance(HOUR)
    (job_id,) = await bench.job_ids()
    await bench.jobs.mark([job_id], "completed", None, ACTOR)
    look, bench.timer.look = bench.timer.look, _nothing  # type: ignore[method-assign]
    await bench.take_in()
    bench.timer.look = look  # type: ignore[method-assign]
    bench.clock.advance(10 * DAY)
    bench.renew()
    bench.change("UPDATE schedule_positions SET is_stale = 1")
    await bench.timer.look()
    await bench.take_in()
    assert await bench.runs("then") == [("13:00", "queued")]


async def test_a_chain(make: MakeBench) -> None:
    """Each follows the one before, also when the first was started by hand."""
    bench = make(entry(), after("b", "s"), after("c", "b"), after("off", "b", enabled=False))
    await bench.timer.look()
    await bench.service.start("s", ACTOR)
    for name in ("s", "b", "c"):
        (job_id,) = await bench.job_ids(name)
        await bench.end(job_id)
    assert await statuses(bench, "c") == ["completed"]
    assert await statuses(bench, "off") == []


async def test_after_what_there_is_not(make: MakeBench) -> None:
    """At run time it is refused; in the settings it is shown, and runs once there is one."""
    bench = make(after("then", "new"))
    await bench.timer.look()
    new = {"name": "new", "cron": "0 * * * *", "action": "refresh", "mesh": "lobby"}
    problem = (
        "it runs after 'new', and there is no such schedule; "
        "meshvisor schedules list shows those there are"
    )
    assert (await bench.service.show("then")).problem == problem
    with pytest.raises(UsageError, match="it runs after 'nwe', and there is no such schedule"):
        await bench.service.add({**new, "cron": "", "after": ["nwe"]}, ACTOR)
    await bench.service.add(new, ACTOR)
    assert (await bench.service.show("then")).problem is None
    await bench.timer.look()
    await bench.advance(HOUR)
    await bench.end((await bench.job_ids("new"))[0])
    assert await statuses(bench, "then") == ["queued"]
    await bench.service.remove("new", ACTOR)
    await bench.timer.look()
    assert bench.timer.cannot_run().examples == {"then": problem}


async def test_cycles(make: MakeBench) -> None:
    """They are refused with the schedules that they go through, and nothing is kept."""
    bench = make(entry(), after("b", "s"), after("c", "b"))
    await bench.timer.look()
    with pytest.raises(UsageError) as caught:
        await bench.service.edit("s", {"cron": "", "after": ["c"]}, ACTOR)
    assert str(caught.value) == (
        "the schedule 's': it would run after itself: s after c after b after s"
    )
    assert (await bench.service.show("s")).cron == "0 * * * *"
    with pytest.raises(UsageError, match="cannot run after itself"):
        await bench.service.edit("s", {"cron": "", "after": ["s"]}, ACTOR)
    with pytest.raises(UsageError, match="has both cron and after"):
        await bench.service.edit("s", {"after": ["c"]}, ACTOR)
    with pytest.raises(UsageError, match="has no time; write cron"):
        await bench.service.edit("s", {"cron": ""}, ACTOR)


# ---- Failures ------------------------------------------------------------------------------------


async def test_a_failure_and_the_recovery(make: MakeBench) -> None:
    """Each failure is an event with what is known of it; the first success after it is one, too."""
    bench = make(entry())
    await bench.timer.look()
    for status in ("completed", "failed", "failed", "cancelled", "completed", "completed"):
        await bench.advance(HOUR)
        await bench.end((await bench.job_ids())[-1], status)
    runs = list(reversed((await bench.service.history("s", None, 10)).runs))
    failed = bench.events("schedule.failed")
    assert [(one.subject, one.mesh_id) for one in failed] == [("s", "lobby")] * 2
    assert [one.content["job_id"] for one in failed] == [runs[1].job_id, runs[2].job_id]
    assert failed[0].content["error"] == runs[1].error == "by the test"
    assert failed[0].content["action"] == "refresh"
    ends = [one.seq for one in bench.events("job.failed")]
    assert [(one.causation_id, one.depth) for one in failed] == [(seq, 1) for seq in ends]
    (recovered,) = bench.events("schedule.recovered")
    assert recovered.content["job_id"] == runs[4].job_id
    assert (recovered.content["after"], recovered.content["since"]) == ("failed", failed[0].at)


async def test_missed_and_recovered(make: MakeBench) -> None:
    """Times that were missed end with a run that succeeds."""
    bench = make(entry(misfire="skip"))
    await bench.timer.look()
    bench.clock.sleep(3.5 * HOUR)
    await bench.timer.look()
    await bench.advance(HOUR / 2)
    await bench.end((await bench.job_ids())[-1])
    (recovered,) = bench.events("schedule.recovered")
    assert recovered.content["after"] == "missed"


async def test_an_action_that_was_renamed(make: MakeBench) -> None:
    """Each time that cannot be enqueued is reported as such, and says what there is instead."""
    bench = make(entry(action="refrsh"))
    await bench.timer.look()
    await bench.advance(HOUR)
    (event,) = bench.events("schedule.cannot_run")
    assert event.content["error"] == "there is no action 'refrsh'; did you mean refresh?"
    assert bench.events("schedule.failed") == []
    bench.set(entry())
    await bench.timer.look()
    await bench.advance(HOUR)
    await bench.end((await bench.job_ids())[-1])
    assert len(bench.events("schedule.recovered")) == 1


# ---- Figures and old entries ---------------------------------------------------------------------


async def test_stats(make: MakeBench) -> None:
    """Outcomes, the rate of successes, how long runs took and how late they were."""
    bench = make(entry(), entry(name="never", enabled=False))
    await bench.timer.look()
    for status in ("completed", "completed", "failed", "completed", "cancelled"):
        bench.clock.advance(HOUR + 0.25)
        await bench.timer.look()
        await bench.end((await bench.job_ids())[-1], status)
    found = await bench.service.stats(30, None, "", 100)
    assert [one.name for one in found.schedules] == ["never", "s"]
    never, own = found.schedules
    assert (never.success_rate, never.duration_ms, never.drift_ms) == (None, None, None)
    assert (own.completed, own.failed, own.cancelled, own.success_rate) == (3, 1, 1, 0.75)
    assert own.drift_ms is not None
    assert (own.drift_ms.p50, own.drift_ms.p99, own.drift_ms.highest) == (750, 1250, 1250)
    with pytest.raises(UsageError, match="there is no schedule"):
        await bench.service.stats(30, "other", "", 100)


async def test_clean_up(make: MakeBench) -> None:
    """Old entries go, of one schedule or of all; what runs stays, and the audit log has it."""
    bench = make(entry(overlap="allow"), entry(name="other", overlap="allow"))
    await bench.timer.look()
    for _ in range(3):
        await bench.advance(HOUR)
    for name in ("s", "other"):
        for job_id in (await bench.job_ids(name))[:2]:
            await bench.end(job_id)
    assert (await bench.service.clean_up(1.5 * HOUR, "s", ACTOR)).removed == 1
    assert (await bench.service.clean_up(None, None, ACTOR)).removed == 0
    assert (await bench.service.clean_up(0, None, ACTOR)).removed == 3
    assert await statuses(bench, "s") == await statuses(bench, "other") == ["queued"]
    with pytest.raises(UsageError, match="there is no schedule"):
        await bench.service.clean_up(0, "nothing", ACTOR)
    audit = bench.rows("SELECT subject FROM audit_log WHERE action = 'schedules.cleanup'")
    assert audit == [("s",), ("all",), ("all",)]


async def _nothing() -> None:
    """Look at nothing, as one that was killed does."""
