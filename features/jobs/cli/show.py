"""`meshvisor jobs show`: everything about one job, and what happened to it when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.features.jobs.cli.words import (
    COLOURS,
    clock_time,
    counts_words,
    creator_of,
    finished_of,
    ordinal,
    percent_of,
    place_of,
    reason_words,
    seconds_of,
    span,
    status_words,
    total_of,
)
from meshvisor.features.jobs.model.job import TRACEBACK
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import BOLD, clean, columns, cut, has_colours, paint

NAMES: Final = 14
"""Cells for the names of the fields."""


@click.command(cls=Command, examples=("jobs show 42",))
@click.argument("job_id", metavar="JOB", type=JOB)
@pass_invocation
def show(invocation: Invocation, *, job_id: int) -> None:
    """Show everything about one job, and what happened to it."""
    invocation.show(
        ask(invocation, "jobs_show", job_id=job_id),
        lambda job: "\n".join(view(job, columns(), has_colours())),
    )


def view(job: dict[str, Any], fit: int | None, colours: bool) -> list[str]:
    """Return the lines that people see.

    Args:
        job: a `JobReport`.
        fit: cells of the terminal, in which data and details are cut; None: nothing is.
        colours: whether to use them.
    """
    name = paint(clean(f"Job {job['job_id']} ({job['action']})"), BOLD, colours)
    state = paint(clean(status_words(job)), COLOURS.get(job["status"]), colours)
    head = f"{name}{clean(place_of(job))} is {state}."
    facts = [f"  {name:{NAMES}}{clean(value)}" for name, value in _facts(job)]
    lines = [head, *(_fitted(line, fit) for line in facts)]
    if job["history"]:
        lines += ["", paint("What happened", BOLD, colours)]
        shown = [one for one in job["history"] if not _is_traceback(one)]
        lines += [_fitted(line, fit) for line in _timeline(shown)]
    for entry in filter(_is_traceback, job["history"]):
        lines += ["", paint(f"Raised in try {entry['attempt']}", BOLD, colours)]
        lines += [f"  {clean(line)}" for line in entry["detail"].splitlines()]
    return lines


# Private


def _is_traceback(entry: dict[str, Any]) -> bool:
    return bool(entry["event"] == "log" and entry["reason"] == TRACEBACK)


def _fitted(line: str, fit: int | None) -> str:
    return line if fit is None else cut(line, fit)


def _facts(job: dict[str, Any]) -> Iterator[tuple[str, object]]:
    counts = job["counts"]
    if total_of(counts):
        of = f"{finished_of(counts)} of {total_of(counts)} ({percent_of(counts)} %)"
        yield "Items", f"{of}: {counts_words(counts)}"
    yield "Priority", job["priority"]
    yield "Lane", job["lane"] + _place(job)
    yield from _state(job)
    for name, field in (("Error", "error"), ("Target", "target"), ("Key", "key")):
        if job.get(field):
            yield name, job[field]
    for name, field in (("Data", "data"), ("Options", "options")):
        if job.get(field):
            yield name, json.dumps(job[field], ensure_ascii=False)
    if job.get("place") or job.get("is_direct"):
        yield "Place", (job["place"] or "the mesh itself") + (", in private" * job["is_direct"])
    origin = f" ({job['origin']})" if job["origin"] else ""
    yield "Submitted", f"{clock_time(job['created_at'])} by {creator_of(job)}{origin}"
    if job["started_at"]:
        yield "Started", clock_time(job["started_at"])
    if job["finished_at"]:
        yield "Ended", clock_time(job["finished_at"]) + _took(job)


def _state(job: dict[str, Any]) -> Iterator[tuple[str, object]]:
    if job["attempt"]:
        yield "Try", job["attempt"]
    if job["resume_after"]:
        yield "Goes on", f"by itself at {clock_time(job['resume_after'])}"
    if job.get("expires_at"):
        yield "Fails", f"at {clock_time(job['expires_at'])}, unless it {_must(job)} by then"
    if job.get("stuck_since"):
        yield "Stuck", f"since {clock_time(job['stuck_since'])}"
    if job["preempted_by"]:
        yield "Made room for", f"job {job['preempted_by']}"


def _must(job: dict[str, Any]) -> str:
    return "has ended" if job["expires_at"] == job["deadline"] else "runs"


def _place(job: dict[str, Any]) -> str:
    return f", {ordinal(job['position'])} in line" if job["position"] else ""


def _took(job: dict[str, Any]) -> str:
    if not job["started_at"]:
        return ""
    return f", {span(seconds_of(job['finished_at']) - seconds_of(job['started_at']))} later"


def _timeline(history: list[dict[str, Any]]) -> Iterator[str]:
    before: float | None = None
    for entry in history:
        at = seconds_of(entry["at"])
        later = "" if before is None else f"+{span(at - before)}"
        before = at
        yield f"  {clock_time(entry['at'])}  {later:>9}  {_event(entry)}".rstrip()


def _event(entry: dict[str, Any]) -> str:
    detail = clean(entry["detail"] or "")
    if entry["event"] == "log":
        level = entry["reason"]
        return detail if level in {"info", None} else f"{clean(level)}: {detail}"
    text = str(entry["event"])
    if entry["reason"]:
        text += f" ({reason_words(entry['reason'])})"
    if entry["event"] == "active":
        text += f", try {entry['attempt']}"
    return clean(f"{text}: {detail}" if detail else text)
