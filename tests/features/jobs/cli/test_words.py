"""How jobs are spoken of."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.cli.words import (
    counts_words,
    name_of,
    ordinal,
    percent_of,
    progress_words,
    span,
    status_words,
)
from tests.supervisor.control.in_memory_jobs import counts, info


@pytest.mark.parametrize(
    ("status", "reason", "wanted", "words"),
    [
        ("active", None, None, "active"),
        ("active", None, "pause", "active (about to pause)"),
        ("active", None, "cancel", "active (about to be cancelled)"),
        ("paused", "operator", None, "paused (by hand)"),
        ("paused", "rate_limited", None, "paused (rate limited)"),
        ("paused", "preempted", "cancel", "paused (preempted, about to be cancelled)"),
    ],
)
def test_status(status: str, reason: str | None, wanted: str | None, words: str) -> None:
    """A pause says why, a wish what is about to happen."""
    job = info(status=status, pause_reason=reason, wanted=wanted).model_dump(mode="json")
    assert status_words(job) == words


def test_progress() -> None:
    """Failed items are named, full marks only given when nothing is left."""
    some = counts(pending=1, done=990, failed=9).model_dump()
    assert progress_words(some) == "999/1000, 9 failed"
    assert counts_words(some) == "990 done, 9 failed, 1 pending"
    assert percent_of(some) == 99
    nothing = counts().model_dump()
    assert (progress_words(nothing), percent_of(nothing)) == ("-", 0)
    assert percent_of(counts(existing=3).model_dump()) == 100


@pytest.mark.parametrize(
    ("place", "word"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (21, "21st"), (112, "112th")],
)
def test_ordinal(place: int, word: str) -> None:
    """Places are counted as people do."""
    assert ordinal(place) == word


def test_name() -> None:
    """A job is called by its number, action and size."""
    job = info().model_dump(mode="json")
    assert name_of(job, 500) == "Job 42 (addplayer, 500 items)"
    assert name_of(job, 1) == "Job 42 (addplayer, 1 item)"
    assert name_of(job, 0) == "Job 42 (addplayer)"


def test_span() -> None:
    """Short times are not all zero seconds, and a clock that was set back makes none negative."""
    assert (span(0.25), span(61), span(-5)) == ("250 ms", "1m 01s", "0.0 ms")
