"""`meshvisor jobs watch`: how jobs get on, while they do."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.jobs.cli.parameters import JOB
from meshvisor.features.jobs.cli.watch_screen import Watching, choose
from meshvisor.features.jobs.cli.watch_view import sentence
from meshvisor.features.jobs.model.job import FINISHED, JobStatus
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation


@click.command(cls=Command, examples=("jobs watch", "jobs watch 42"))
@click.argument("job_id", metavar="[JOB]", type=JOB, required=False)
@pass_invocation
def watch(invocation: Invocation, *, job_id: int | None) -> int:
    """Follow one job until it has ended, or all until Ctrl+C.

    The exit code is 0 for a job that was completed, 130 after Ctrl+C before its end, else 1.
    """
    screen = choose(invocation.as_json)
    try:
        return _follow(invocation, screen, job_id)
    except KeyboardInterrupt:
        if job_id is None:
            return 0  # how one ends it
        raise  # how the job ends is unknown


# Private


def _follow(invocation: Invocation, screen: Watching, job_id: int | None) -> int:
    jobs: dict[int, dict[str, Any]] = {}
    with invocation.connect() as client:
        for view in client.stream("jobs_watch", job_id=job_id):
            seen = {job["job_id"]: job for job in view["jobs"]}
            for gone in jobs.keys() - seen.keys():
                _tell_end(invocation, screen, gone)
            jobs = seen
            screen.show(view)
    if job_id is None:
        output.remark("The supervisor has stopped.")
        return 0
    return _exit_code(jobs.get(job_id))


def _tell_end(invocation: Invocation, screen: Watching, job_id: int) -> None:
    """Say how a job has ended that is open no more."""
    try:
        job = invocation.request("jobs_show", job_id=job_id)
    except MeshvisorError:
        return  # forgotten by now, or the supervisor is about to stop
    # There may only be so many others that a view has no room for it.
    if job["status"] in FINISHED:
        screen.tell(sentence(job))


def _exit_code(job: dict[str, Any] | None) -> int:
    if job is not None and job["status"] in FINISHED:
        return 0 if job["status"] == JobStatus.COMPLETED else MeshvisorError.exit_code
    output.remark("The supervisor has stopped.")
    return MeshvisorError.exit_code
