"""What `jobs watch` shows of a view."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.jobs.cli.watch_view import WatchView, sentence
from meshvisor.features.jobs.results import JobInfo, JobsView
from meshvisor.supervisor.cli.terminal import width
from tests.supervisor.control.in_memory_jobs import at_work, counts, info, moment


def seen(*jobs: JobInfo, at: float = 0, more: int = 0) -> dict[str, Any]:
    """Return a view."""
    return JobsView(at=moment(at), jobs=jobs, more=more).model_dump(mode="json")


def plain(**changes: Any) -> WatchView:
    """Return a view without colours."""
    return WatchView(**{"colours": False, "blocks": False, **changes})


def test_bar_rate_and_rest() -> None:
    """A job at work has a bar, its share, its pace, the time that is left and its counts."""
    view = plain()
    view.lines(seen(at_work(20), at=0), 100, 24)
    lines = view.lines(seen(at_work(25), at=10), 100, 24)
    assert lines == [
        "1 job: 1 active",
        "Job 1 (addplayer) in lobby: active",
        "    #####...............   25 %  30.0/min  2m 30s left  25 done, 75 pending",
    ]
    lines = view.lines(seen(at_work(95), at=20), 100, 24)
    assert "3.8/s  1s left" in lines[2]


def test_who_waits_for_what() -> None:
    """Those that wait are counted per lane; others say why they do not run."""
    jobs = (
        info(1, "active", attempt=2, counts=counts()),
        info(2, "queued", counts=counts(pending=3)),
        info(3, "queued", lane="other", counts=counts()),
        info(
            4,
            "paused",
            pause_reason="preempted",
            preempted_by=1,
            ready=True,
            counts=counts(pending=1),
        ),
        info(5, "paused", pause_reason="operator", counts=counts()),
        info(6, "interrupted", error="the machine stopped", counts=counts()),
    )
    assert plain().lines(seen(*jobs), 100, 24) == [
        "6 jobs: 1 active, 2 queued, 2 paused, 1 interrupted",
        "Job 1 (addplayer) in lobby: active, try 2",
        "Job 2 (addplayer) in lobby: queued, 1st in lane game-api",
        "Job 3 (addplayer) in lobby: queued, 1st in lane other",
        "Job 4 (addplayer) in lobby: paused (preempted), 2nd in lane game-api, job 1 goes first",
        "Job 5 (addplayer) in lobby: paused (by hand)",
        "Job 6 (addplayer) in lobby: interrupted: the machine stopped",
    ]


def test_when_it_goes_on() -> None:
    """A pause with an end says when that is, in local time."""
    job = info(1, "paused", pause_reason="rate_limited", resume_after=moment(90))
    text = sentence(job.model_dump(mode="json"))
    assert text.startswith("Job 1 (addplayer) in lobby: paused (rate limited) until ")
    assert text.endswith(":01:30")


@pytest.mark.parametrize("room", [20, 40, 79, 200])
@pytest.mark.parametrize("blocks", [True, False])
def test_no_line_is_too_long(room: int, blocks: bool) -> None:
    """Whatever strangers have written, lines fit and hold nothing that a terminal acts upon."""
    nasty = info(1, error="x" * 500, mesh_id="lobby", action="a\x1b[2J", status="failed")
    view = plain(blocks=blocks)
    lines = view.lines(seen(nasty, at_work(7, 2)), room, 24)
    assert all(width(line) <= room and line.isprintable() for line in lines)


def test_more_than_fit() -> None:
    """Whole jobs are left out where the terminal ends, and counted."""
    jobs = [at_work(5, number) for number in range(1, 11)]
    lines = plain().lines(seen(*jobs, more=7), 80, 8)
    assert len(lines) == 8
    assert lines[0] == "17 jobs: 10 active, 7 more"
    assert lines[-1] == "… and 14 further jobs"
    assert len(plain().lines(seen(*jobs), 80, 21)) == 21
    assert plain().lines(seen(*jobs), 80, 20)[-1] == "… and 1 further job"
    assert all(len(line) <= 11 for line in plain().lines(seen(*jobs), 11, 20))


def test_nothing_to_see() -> None:
    """No jobs are said to be none."""
    assert plain().lines(seen(), 80, 24) == ["No job is open; Ctrl+C ends this."]


def test_colours() -> None:
    """With colours the state stands out."""
    lines = plain(colours=True).lines(seen(at_work(50)), 80, 24)
    assert "\x1b[36mJob 1" in lines[1]
