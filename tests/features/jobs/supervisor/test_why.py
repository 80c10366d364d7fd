"""Why a job does not run, and when it probably will."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.supervisor.ledger.job import Millis
from meshvisor.features.jobs.supervisor.ledger.reading import Pace
from meshvisor.features.jobs.supervisor.why import Facts, explain
from tests.features.jobs.supervisor.rows import NOW, job

S, P = JobStatus, PauseReason
LATER = Millis(NOW + 30_000)
BUSY = job(id=7, status=S.ACTIVE, ready=0, pending=100, done=100, started_at=Millis(NOW - 10_000))


@pytest.mark.parametrize(
    ("facts", "reason", "expected"),
    [
        ({"job": job(status=S.ACTIVE, ready=0, done=10)}, "It runs. 10 of 510 items", 0.0),
        ({"job": job(status=S.COMPLETED, ready=0)}, "It is completed.", None),
        ({"job": job(status=S.FAILED, ready=0, error="no")}, "It is failed: no.", None),
        (
            {"job": job(status=S.PAUSED, pause_reason=P.OPERATOR, ready=0)},
            "Somebody has paused it; meshvisor jobs resume 42, or ?resume 42 in the chat",
            None,
        ),
        (
            {"job": job(status=S.PAUSED, pause_reason=P.RATE_LIMITED, ready=0, resume_after=LATER)},
            "The service that it uses has asked for a pause until 2025-11-26T12:00:30",
            30.0,
        ),
        (
            {
                "job": job(
                    status=S.PAUSED, pause_reason=P.RETRY, ready=0, resume_after=LATER, error="no"
                )
            },
            "Attempt 1 failed (no); the next one begins at",
            30.0,
        ),
        (
            {"job": job(status=S.INTERRUPTED, ready=0, resume_after=LATER, error="a crash")},
            "It was interrupted (a crash) and its creator is asked",
            30.0,
        ),
        (
            {"job": job(ready=0), "known": False},
            "No plug-in has the action addplayer at present",
            None,
        ),
        ({"job": job(), "position": 1}, "It is next and starts at once.", 0.0),
        (
            {"job": job(), "position": 1, "active": [BUSY]},
            "Lane game-api is busy with 7 (addplayer, priority 2).",
            10.0,
        ),
        (
            {"job": job(), "position": 2, "active": [BUSY], "ahead": [job(id=8, pending=50)]},
            "1 job has its turn before it in lane game-api.",
            None,
        ),
        (
            {
                "job": job(),
                "position": 2,
                "active": [BUSY],
                "ahead": [job(id=8, pending=50)],
                "paces": {"addplayer": Pace(200.0, 0.0)},
            },
            "1 job has its turn before it in lane game-api.",
            20.0,
        ),
        (
            {"job": job(), "position": 1, "limited_until": LATER},
            "Jobs with the rate key game-api wait until",
            30.0,
        ),
        (
            {"job": job(), "position": 1, "lane_problem": "the runner is being started"},
            "The runner is being started.",
            None,
        ),
    ],
)
def test_reasons(facts: dict[str, Any], reason: str, expected: float | None) -> None:
    """The first sentence says what is in the way, the number when it will be over."""
    explanation = explain(Facts(now=NOW, **{"position": None, **facts}))
    assert explanation.reasons[0].startswith(reason)
    assert explanation.expected_in == expected
