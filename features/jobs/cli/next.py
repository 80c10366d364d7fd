"""`meshvisor jobs next`: in which order waiting jobs will run."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.parameters import LANE, limit_option
from meshvisor.features.jobs.cli.words import clock_time, reason_words, seconds_of
from meshvisor.features.jobs.requests.limits import MAX_QUEUED
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

DEFAULT_LIMIT: Final = 20


_COLUMNS: Final = (
    Column("LANE", may_cut=True),
    Column("NEXT", right=True),
    Column("JOB", right=True),
    Column("ACTION", may_cut=True),
    Column("MESH", may_cut=True, may_go=True),
    Column("PRIO", right=True),
    Column("RANK", right=True, may_go=True),
    Column("WAITS", right=True, may_go=True),
    Column("BLOCKED BY", may_go=True),
)


@click.command("next", cls=Command, examples=("jobs next", "jobs next --lane game-api"))
@click.option("--lane", metavar="LANE", type=LANE, help="Only this lane.")
@limit_option(MAX_QUEUED, DEFAULT_LIMIT, "Jobs of each lane at most.")
@pass_invocation
def next_(invocation: Invocation, *, lane: str | None, limit: int) -> None:
    """List waiting jobs in the order in which they will run."""
    invocation.show(ask(invocation, "jobs_next", lane=lane, limit=limit), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    now = time.time()
    rows = [
        [
            lane["lane"],
            job["place"],
            job["job_id"],
            job["action"],
            job["mesh_id"],
            job["priority"],
            job["rank"],
            duration(now - seconds_of(job["ready_since"])),
            (job["blocked_by"] or "-").replace("_", " "),
        ]
        for lane in result["lanes"]
        for job in lane["jobs"]
    ]
    shown = ["No job waits for its turn."]
    if rows:
        shown = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    for lane in result["lanes"]:
        if lane["has_more_urgent"]:
            shown.append(
                f"Lane {lane['lane']}: a job that waits is more urgent than one that runs."
            )
    for job in result["returning"]:
        reason = reason_words(job["pause_reason"] or job["status"])
        when = clock_time(job["resume_after"])
        shown.append(f"Job {job['job_id']} ({job['action']}, {reason}) comes back at {when}.")
    return "\n".join(shown)
