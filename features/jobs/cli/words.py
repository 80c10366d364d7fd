"""How jobs are spoken of: states with their reasons, progress, places in a queue, moments.

Owns the words that several views of `meshvisor jobs` share.  All of them take a job as the control
socket describes it (`features.jobs.results.JobInfo`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.supervisor.cli.human import duration, milliseconds, number
from meshvisor.supervisor.cli.table import Cell
from meshvisor.supervisor.cli.terminal import CYAN, DIM, GREEN, MAGENTA, RED, YELLOW

COLOURS: Final = {
    "active": CYAN,
    "paused": YELLOW,
    "interrupted": MAGENTA,
    "completed": GREEN,
    "failed": RED,
    "cancelled": DIM,
}
"""By status."""

_REASONS: Final = {
    "operator": "by hand",
    "rate_limited": "rate limited",
    "resumed": "resumed, waits for its turn",
}
"""Where a pause's reason does not say by itself what it is."""

_WANTED: Final = {"pause": "about to pause", "cancel": "about to be cancelled"}


def status_words(job: dict[str, Any]) -> str:
    """Return `active`, `paused (rate limited)`, `active (about to pause)` and the like."""
    notes = [reason_words(job["pause_reason"])] if job["pause_reason"] else []
    if job["wanted"]:
        is_ending = job["wanted"] == "cancel" and job.get("end_reason")
        notes.append("about to end" if is_ending else _WANTED.get(job["wanted"], job["wanted"]))
    noted = f" ({', '.join(notes)})" if notes else ""
    return f"{job['status']}{noted}"


def status_cell(job: dict[str, Any]) -> Cell:
    """Return the same in its colour."""
    return Cell(status_words(job), COLOURS.get(job["status"]))


def reason_words(reason: str) -> str:
    """Return why a job is paused."""
    return _REASONS.get(reason, reason)


def total_of(counts: dict[str, int]) -> int:
    """Return how many items there are."""
    return sum(counts.values())


def finished_of(counts: dict[str, int]) -> int:
    """Return how many items have an outcome."""
    return total_of(counts) - counts["pending"]


def percent_of(counts: dict[str, int]) -> int:
    """Return how far it is; 100 only when nothing is left."""
    return 100 * finished_of(counts) // max(1, total_of(counts))


def progress_words(counts: dict[str, int]) -> str:
    """Return `212/500, 2 failed`; a dash for a job without items."""
    if not total_of(counts):
        return "-"
    failed = f", {counts['failed']} failed" if counts["failed"] else ""
    return f"{finished_of(counts)}/{total_of(counts)}{failed}"


def counts_words(counts: dict[str, int]) -> str:
    """Return `200 done, 2 failed, 10 existing, 288 pending`, without zeros."""
    kinds = ("done", "failed", "existing", "pending")
    return ", ".join(f"{counts[kind]} {kind}" for kind in kinds if counts[kind])


def name_of(job: dict[str, Any], items: int) -> str:
    """Return `Job 42 (addplayer, 500 items)`."""
    counted = f", {number(items, 'item')}" if items else ""
    return f"Job {job['job_id']} ({job['action']}{counted})"


def place_of(job: dict[str, Any]) -> str:
    """Return ` in lobby`; empty: it is about no mesh."""
    return "" if job["mesh_id"] == NO_MESH else f" in {job['mesh_id']}"


def ordinal(place: int) -> str:
    """Return `1st`, `2nd`, `11th`."""
    endings = {1: "st", 2: "nd", 3: "rd"}
    ending = "th" if place % 100 in {11, 12, 13} else endings.get(place % 10, "th")
    return f"{place}{ending}"


def creator_of(job: dict[str, Any]) -> str:
    """Return who wants it."""
    return str(job["created_name"] or job["created_by"])


def seconds_of(iso: str) -> float:
    """Return an ISO time with offset as epoch seconds."""
    return datetime.fromisoformat(iso).timestamp()


def clock_time(iso: str) -> str:
    """Return an ISO time with offset as the local one, to the second."""
    return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")


def span(seconds: float) -> str:
    """Return a duration, below a second in milliseconds: jobs may be quick."""
    return duration(seconds) if seconds >= 1 else milliseconds(max(0.0, seconds) * 1000)
