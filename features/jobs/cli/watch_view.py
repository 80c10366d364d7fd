"""What `meshvisor jobs watch` shows: a bar for each job that has items, and who waits for what.

Owns the lines.  Does not own the terminal (`watch_screen`) or where views come from (`watch`).
"""

from __future__ import annotations

from typing import Any, Final

from meshvisor.features.jobs.cli.pace import Pace
from meshvisor.features.jobs.cli.words import (
    COLOURS,
    clock_time,
    counts_words,
    finished_of,
    name_of,
    ordinal,
    percent_of,
    place_of,
    seconds_of,
    status_words,
    total_of,
)
from meshvisor.supervisor.cli.human import duration, number
from meshvisor.supervisor.cli.terminal import BOLD, GREEN, clean, cut, paint

WIDEST_BAR: Final = 30
"""Cells; a longer one says no more."""

BAR_SHARE: Final = 5
"""The part of the terminal's width that a bar may take."""

FULL, EMPTY = "█", "░"
PLAIN_FULL, PLAIN_EMPTY = "#", "."
"""For terminals whose encoding has no blocks."""

STATUSES: Final = ("active", "queued", "paused", "interrupted", "completed", "failed", "cancelled")


class WatchView:
    """Turns views of jobs into lines.

    Args:
        colours: whether to use them.
        blocks: whether bars are made of blocks, or of what every terminal has.
    """

    def __init__(self, colours: bool, blocks: bool) -> None:
        self._colours = colours
        self._signs = (FULL, EMPTY) if blocks else (PLAIN_FULL, PLAIN_EMPTY)
        self._pace = Pace()

    def lines(self, view: dict[str, Any], room: int, height: int) -> list[str]:
        """Return what to show of a view.

        Args:
            view: a `JobsView`; each one has to come here, for the pace.
            room: cells of a line.
            height: lines at most, at least 2.
        """
        jobs = view["jobs"]
        self._pace.take(seconds_of(view["at"]), jobs)
        places = _places(jobs)
        head = paint(cut(_summary(view), room), BOLD, self._colours)
        blocks = [self._block(job, places.get(job["job_id"]), room) for job in jobs]
        return [head, *_fitting(blocks, view["more"], height - 1, room)]

    def _block(self, job: dict[str, Any], place: int | None, room: int) -> list[str]:
        first = cut(sentence(job, place), room)
        colour = COLOURS.get(job["status"])
        # A bar stands for items; a job that has not begun, or has none, needs no bar.
        if not finished_of(job["counts"]) and job["status"] != "active":
            return [paint(first, colour, self._colours)]
        if not total_of(job["counts"]):
            return [paint(first, colour, self._colours)]
        return [paint(first, colour, self._colours), self._progress(job, room)]

    def _progress(self, job: dict[str, Any], room: int) -> str:
        cells = max(4, min(WIDEST_BAR, room // BAR_SHARE))
        counts = job["counts"]
        full = cells * finished_of(counts) // total_of(counts)
        parts = [f"{percent_of(counts):3} %", *self._speed(job), counts_words(counts)]
        text = cut(f"  {'  '.join(parts)}", max(0, room - cells - 4))
        bar = self._signs[0] * full + self._signs[1] * (cells - full)
        return f"    {paint(bar, GREEN, self._colours)}{text}"

    def _speed(self, job: dict[str, Any]) -> list[str]:
        pace, left = self._pace.of(job["job_id"]), self._pace.seconds_left(job)
        if pace is None or left is None:
            return []
        rate = f"{pace:.1f}/s" if pace >= 1 else f"{pace * 60:.1f}/min"
        return [rate, f"{duration(left)} left"] if job["counts"]["pending"] else [rate]


def sentence(job: dict[str, Any], place: int | None = None) -> str:
    """Return one line about a job.

    Args:
        job: a `JobInfo`.
        place: which one it is of those that wait in its lane; None: it does not wait, or was not
            counted.
    """
    text = f"{name_of(job, 0)}{place_of(job)}: {status_words(job)}"
    if place is not None:
        text += f", {ordinal(place)} in lane {job['lane']}"
    if job["attempt"] > 1 and job["status"] == "active":
        text += f", try {job['attempt']}"
    if job["resume_after"] and not job["ready"]:
        text += f" until {clock_time(job['resume_after'])[11:]}"
    if job["preempted_by"] and job["pause_reason"] == "preempted":
        text += f", job {job['preempted_by']} goes first"
    if job["error"] and job["status"] != "active":
        text += f": {job['error']}"
    return clean(text)


# Private


def _places(jobs: list[dict[str, Any]]) -> dict[int, int]:
    """Return which one each waiting job is in its lane; they come in the order of their turns."""
    before: dict[str, int] = {}
    places = {}
    for job in jobs:
        if job["ready"]:
            before[job["lane"]] = before.get(job["lane"], 0) + 1
            places[job["job_id"]] = before[job["lane"]]
    return places


def _summary(view: dict[str, Any]) -> str:
    jobs = view["jobs"]
    if not jobs:
        return "No job is open; Ctrl+C ends this."
    counts = [(sum(job["status"] == s for job in jobs), s) for s in STATUSES]
    kinds = [f"{count} {status}" for count, status in counts if count]
    more = [f"{view['more']} more"] if view["more"] else []
    return f"{number(len(jobs) + view['more'], 'job')}: {', '.join([*kinds, *more])}"


def _fitting(blocks: list[list[str]], more: int, height: int, room: int) -> list[str]:
    """Return as many whole blocks as there is room for, and how many are missing."""
    lines: list[str] = []
    for position, block in enumerate(blocks):
        hidden = len(blocks) - position + more
        # One line is kept for saying what is missing, unless this is the last one.
        if len(lines) + len(block) > height - (hidden > 1):
            return [*lines, cut(f"… and {number(hidden, 'further job')}", room)]
        lines += block
    return [*lines, cut(f"… and {number(more, 'further job')}", room)] if more else lines
