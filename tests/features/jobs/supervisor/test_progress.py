"""What is said about a job in its chat, and when."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.model.job import JobStatus, PauseReason
from meshvisor.features.jobs.supervisor import progress
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from tests.features.jobs.supervisor.rows import NOW, job

S = JobStatus


def active(done: int, **changes: object) -> Job:
    """Return a job of 500 items that runs."""
    return job(status=S.ACTIVE, ready=0, done=done, pending=500 - done, **changes)


def test_quarters_and_intervals() -> None:
    """Each quarter is said once; in between something every thirty seconds at most."""
    said = progress.begin(active(0), NOW)
    sentences = []
    for second in range(100):
        text = progress.news(active(5 * second), said, Millis(NOW + 1000 * second), 30)
        if text is not None:
            sentences.append((second, text))
    assert [second for second, _ in sentences] == [25, 50, 75]
    assert sentences[0][1] == "Job 42 (addplayer): 125 of 500 (25 %)."
    said = progress.begin(active(0), NOW)
    slow = [
        second
        for second in range(200)
        if progress.news(active(second // 10), said, Millis(NOW + 1000 * second), 30)
    ]
    assert slow == [30, 60, 90, 120, 150, 180]


def test_a_storm_of_preemptions_is_no_news() -> None:
    """What happens many times a second is said every thirty seconds at most."""
    said = progress.begin(active(0), NOW)
    paused = job(
        status=S.PAUSED, pause_reason=PauseReason.PREEMPTED, preempted_by=43, done=10, pending=490
    )
    sentences = 0
    for number in range(6000):
        now = Millis(NOW + 10 * number)
        sentences += progress.news(paused, said, now, 30) is not None
        sentences += progress.news(active(10), said, now, 30) is not None
    assert sentences <= 2


def test_pauses_of_some_length() -> None:
    """A rate limit of half a minute is said, one of a second is not."""
    said = progress.begin(active(0), NOW)
    limited = job(
        status=S.PAUSED,
        pause_reason=PauseReason.RATE_LIMITED,
        resume_after=Millis(NOW + 30_000),
        done=100,
        pending=400,
        ready=0,
    )
    assert progress.news(limited, said, NOW, 30) == (
        "Job 42 (addplayer, 100 of 500 (20 %)) waits 30 s, because the service has asked for a "
        "pause."
    )
    assert progress.news(limited, said, Millis(NOW + 1000), 30) is None
    short = progress.begin(active(0), NOW)
    assert progress.news(limited, short, Millis(NOW + 29_000), 30) is None


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        (
            {"status": S.COMPLETED, "pending": 0, "done": 480, "existing": 15, "failed": 5},
            (
                "Job 42 (addplayer) is completed after 1 min 20 s; 480 done, 15 existed already, "
                "5 failed."
            ),
        ),
        (
            {"status": S.FAILED, "pending": 490, "done": 10, "error": "no"},
            "Job 42 (addplayer) has failed after 1 attempt: no; 10 done, 490 not begun.",
        ),
        (
            {"status": S.CANCELLED, "pending": 500},
            "Job 42 (addplayer) is cancelled; 0 done, 500 not begun.",
        ),
    ],
)
def test_outcomes(changes: dict[str, object], text: str) -> None:
    """How it ended, with the counts."""
    assert progress.outcome(job(finished_at=Millis(NOW + 80_000), ready=0, **changes)) == text


def test_accepted() -> None:
    """The number, and the place in the queue."""
    assert progress.accepted(job(), 1, False) == (
        "Job 42 (addplayer, 500 items) is queued, next in lane game-api."
    )
    assert progress.accepted(job(), 3, False).endswith("number 3 in lane game-api.")
    assert progress.accepted(active(0), 0, False) == "Job 42 (addplayer, 500 items) runs now."
    assert progress.accepted(active(0), 0, True).endswith("was there already; it is active.")


def test_the_question() -> None:
    """It says what has happened, how to answer, and what happens without an answer."""
    interrupted = job(
        status=S.INTERRUPTED,
        ready=0,
        done=230,
        pending=270,
        error="its runner was killed by SIGKILL",
        resume_after=Millis(NOW + 300_000),
    )
    assert progress.question(interrupted, "!", NOW) == (
        "Job 42 (addplayer, 230 of 500 (46 %)) was interrupted: its runner was killed by SIGKILL. "
        "Shall it go on? !resume 42 or !cancel 42; without an answer it goes on by itself in "
        "5 min."
    )
