"""`meshvisor schedules run`: one run in the foreground, with or without a supervisor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from meshvisor.features.jobs.model.job import FINISHED, TRACEBACK, JobStatus
from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.features.schedules.cli.words import span
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import HomeBusyError, choose, require
from meshvisor.supervisor.cli.terminal import clean

if TYPE_CHECKING:
    from meshvisor.shared.control.client import ControlClient


TELLING: Final = "notification-processing"
"""The schedule that delivers notifications."""

NOT_TOLD: Final = (
    f"People are told of it when a supervisor runs, or by: meshvisor schedules run {TELLING}"
)


@click.command(
    cls=Command, examples=("schedules run nightly", "schedules run data-cleanup --dry-run")
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option("--dry-run", is_flag=True, help="Have it say what it would do, and do nothing.")
@pass_invocation
def run(invocation: Invocation, *, name: str, dry_run: bool) -> int:
    """Run a schedule once and wait for its end.

    Without a supervisor it runs here, for a system's cron or a try; else the supervisor runs it.
    The log goes to standard error. The exit code is 0 for a run that is completed, else 1.
    """
    result = choose(
        invocation,
        lambda client: _ask(invocation, client, name, dry_run=dry_run),
        lambda: _do(invocation, name, dry_run=dry_run),
    )
    invocation.show({"name": name, **result}, _view)
    return 0 if result["status"] == JobStatus.COMPLETED else MeshvisorError.exit_code


# Private


def _ask(
    invocation: Invocation, client: ControlClient, name: str, *, dry_run: bool
) -> dict[str, Any]:
    """Have a supervisor run it, and follow the job to its end."""
    arguments = {"dry_run": True} if dry_run else {}
    job_id = client.request("schedules_start", name=name, **arguments)["job_id"]
    for view in client.stream("jobs_watch", job_id=job_id):
        if any(job["status"] in FINISHED for job in view["jobs"] if job["job_id"] == job_id):
            break
    with invocation.connect() as other:
        runs = other.request("schedules_history", name=name, limit=100)["runs"]
        history = other.request("jobs_show", job_id=job_id)["history"]
    for one in history:
        if one["event"] == "log" and one["reason"] != TRACEBACK:
            _show(f"Job {job_id}: {clean(one['detail'])}")
    found = [one for one in runs if one["job_id"] == job_id]
    if not found:
        raise MeshvisorError(f"job {job_id} is not in the history of {name} any more")
    return dict(found[0])


def _do(invocation: Invocation, name: str, *, dry_run: bool) -> dict[str, Any]:
    """Run it in this process and its children."""
    import os  # what loads as long as a supervisor does

    from meshvisor.features.schedules.supervisor.book import Book
    from meshvisor.features.schedules.supervisor.foreground import Foreground, run_once
    from meshvisor.shared import exposure
    from meshvisor.shared.home_files import check_folder
    from meshvisor.shared.home_lock import HomeLock, HomeLockedError
    from meshvisor.shared.prepared_home import prepare_home
    from meshvisor.shared.settings.load import load_settings

    home = invocation.home
    require(home)
    prepare_home(home)
    settings = load_settings(home, os.environ)
    check_folder(home.plugins)
    exposure.refuse(exposure.of_settings(home, settings))
    try:
        lock = HomeLock(home).__enter__()
    except HomeLockedError as error:
        raise HomeBusyError(str(error)) from None
    try:
        wanted = Foreground(home, settings, name, dry_run, _show)
        result = run_once(wanted, lock).model_dump(mode="json")
    finally:
        lock.__exit__()
    is_notified = name != TELLING and TELLING in Book(settings).names
    if result["status"] == JobStatus.FAILED and is_notified:
        _show(NOT_TOLD)
    return result


def _show(line: str) -> None:
    click.echo(line, err=True)


def _view(result: dict[str, Any]) -> str:
    name, job, status = clean(result["name"]), result["job_id"], result["status"]
    if status == JobStatus.COMPLETED:
        return f"{name} is completed: job {job}, after {span(result['duration_ms'])}."
    why = f": {clean(result['error'])}" if result["error"] else ""
    tries = f" after {result['attempt']} attempts" if (result["attempt"] or 0) > 1 else ""
    return f"{name} is {status}: job {job}{tries}{why}."
