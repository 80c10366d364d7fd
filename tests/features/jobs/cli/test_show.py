"""What `jobs show` says about one job."""

from __future__ import annotations

from typing import Any

from meshvisor.features.jobs.cli.show import view
from meshvisor.features.jobs.results import HistoryEntry, JobReport
from meshvisor.supervisor.cli.terminal import width
from tests.supervisor.control.in_memory_jobs import counts, info, moment


def entry(at: float, event: str, reason: str | None = None, detail: str | None = None) -> Any:
    """Return something that happened."""
    return HistoryEntry(at=moment(at), event=event, reason=reason, attempt=1, detail=detail)


def report(status: str, *history: HistoryEntry, **changes: Any) -> dict[str, Any]:
    """Return a job."""
    job = info(status=status, **{"position": None, **changes})
    data = {"alliance": "abc\x1b[2J"}
    return JobReport(**job.model_dump(), data=data, history=history).model_dump(mode="json")


def test_everything() -> None:
    """What is known has a line each; what is missing has none."""
    job = report(
        "paused",
        pause_reason="preempted",
        preempted_by=43,
        position=2,
        ready=True,
        key="nightly",
        started_at=moment(1),
    )
    lines = view(job, None, False)
    assert lines[0] == "Job 42 (addplayer) in lobby is paused (preempted)."
    facts = {line[2:16].strip(): line[16:] for line in lines[1:]}
    assert facts["Items"] == "210 of 500 (42 %): 198 done, 2 failed, 10 existing, 290 pending"
    assert facts["Lane"] == "game-api, 2nd in line"
    assert facts["Made room for"] == "job 43"
    assert facts["Key"] == "nightly"
    assert facts["Data"].startswith('{"alliance": "abc')
    assert facts["Submitted"].endswith(" by ann (chat)")
    assert not {"Error", "Goes on", "Ended"} & facts.keys()
    assert all(line.isprintable() for line in lines)


def test_end() -> None:
    """An end says how long the job took, and what it met."""
    job = report(
        "failed",
        started_at=moment(0),
        finished_at=moment(75),
        error="out of luck",
        counts=counts(),
    )
    lines = view(job, None, False)
    assert any(line.startswith("  Ended") and line.endswith(", 1m 15s later") for line in lines)
    assert any(line.endswith("out of luck") for line in lines)
    assert not any("Items" in line for line in lines)


def test_timeline() -> None:
    """Steps have the time that has passed between them; what the job says stands among them."""
    job = report(
        "completed",
        entry(0, "queued"),
        entry(0.25, "active"),
        entry(5, "log", "info", "half of it"),
        entry(6, "log", "warning", "slow"),
        entry(6, "log", "request", "pause by ann (command line)"),
        entry(7, "paused", "rate_limited", "429"),
        entry(97, "completed"),
    )
    lines = view(job, None, False)
    shown = [line[21:].strip() for line in lines[lines.index("What happened") + 1 :]]
    assert shown == [
        "queued",
        "+250 ms  active, try 1",
        "+4s  half of it",
        "+1s  warning: slow",
        "+0.0 ms  request: pause by ann (command line)",
        "+1s  paused (rate limited): 429",
        "+1m 30s  completed",
    ]


def test_narrow_terminal() -> None:
    """Long lines are cut."""
    job = report("failed", entry(0, "failed", detail="x" * 300), error="e" * 300)
    assert all(width(line) <= 60 for line in view(job, 60, False))


def test_colours() -> None:
    """With colours the state stands out."""
    assert "\x1b[31mfailed" in view(report("failed"), None, True)[0]


def test_where_it_was_asked_for() -> None:
    """What was asked for in private says so, and the room itself is not worth a line."""

    def place(**changes: Any) -> list[str]:
        lines = view(report("queued") | changes, None, False)
        return [line[16:] for line in lines if line.startswith("  Place")]

    assert place() == []
    assert place(place="#ops") == ["#ops"]
    assert place(place="dm:9", is_direct=True) == ["dm:9, in private"]
    assert place(is_direct=True) == ["the mesh itself, in private"]
