"""`meshvisor jobs list`: which jobs there are, newest first."""

from __future__ import annotations

import time
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.pages import gather
from meshvisor.features.jobs.cli.parameters import ACTION, JOB, LANE, TARGET, limit_option
from meshvisor.features.jobs.cli.words import creator_of, progress_words, seconds_of, status_cell
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import RED, columns, has_colours

DEFAULT_LIMIT: Final = 50

MAX_LIMIT: Final = 100_000

_COLUMNS: Final = (
    Column("JOB", right=True),
    Column("STATUS"),
    Column("ACTION", may_cut=True),
    Column("MESH", may_cut=True),
    Column("PRIO", right=True, may_go=True),
    Column("LANE", may_cut=True, may_go=True),
    Column("PROGRESS"),
    Column("AGE", right=True, may_go=True),
    Column("BY", may_cut=True, may_go=True),
    Column("ERROR", may_cut=True, may_go=True),
)


@click.command(
    "list", cls=Command, examples=("jobs list", "jobs list --status queued --mesh lobby")
)
@click.option(
    "--status",
    "statuses",
    type=click.Choice([status.value for status in JobStatus]),
    multiple=True,
    help="In this state; may be repeated.",
)
@click.option("--action", metavar="ACTION", type=ACTION, help="Of this action.")
@click.option("--mesh", "mesh_id", metavar="MESH", type=MESH, help="In this mesh.")
@click.option("--lane", metavar="LANE", type=LANE, help="In this lane.")
@click.option("--target", metavar="T", type=TARGET, help="With this target.")
@click.option("--by", "created_by", metavar="USER", help="Submitted by this user.")
@limit_option(MAX_LIMIT, DEFAULT_LIMIT)
@click.option("--before", metavar="JOB", type=JOB, help="Only older ones than this.")
@click.option("--all", "everything", is_flag=True, help="However many there are.")
@pass_invocation
def list_(
    invocation: Invocation,
    /,
    *,
    statuses: tuple[str, ...],
    limit: int,
    before: int | None,
    everything: bool,
    **wanted: str | None,
) -> None:
    """List jobs, newest first."""

    def look_up(count: int, last: dict[str, Any] | None) -> dict[str, Any]:
        first = last["job_id"] if last else before
        page: dict[str, Any] = ask(
            invocation, "jobs_list", statuses=statuses, before=first, limit=count, **wanted
        )
        return page

    invocation.show(gather(look_up, "jobs", None if everything else limit), _view)


# Private


def _view(result: dict[str, Any]) -> str:
    jobs = result["jobs"]
    if not jobs:
        return "There are no such jobs; 'meshvisor jobs submit' makes one."
    now = time.time()
    rows = [_row(job, now) for job in jobs]
    shown = render(_COLUMNS, rows, fit=columns(), colours=has_colours())
    if result["more"]:
        shown.append(f"There are older ones: --before {jobs[-1]['job_id']}, or --all.")
    return "\n".join(shown)


def _row(job: dict[str, Any], now: float) -> list[Cell | object]:
    return [
        job["job_id"],
        status_cell(job),
        job["action"],
        job["mesh_id"],
        job["priority"],
        job["lane"],
        progress_words(job["counts"]),
        duration(now - seconds_of(job["created_at"])),
        creator_of(job),
        Cell(job["error"] or "-", RED if job["status"] == "failed" else None),
    ]
