"""`meshvisor schedules start`, `stop` and `restart`: runs by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.offline import TIMEOUT, ask, choose, do_without
from meshvisor.supervisor.cli.terminal import clean

if TYPE_CHECKING:
    from meshvisor.shared.control.client import ControlClient


@click.command(
    cls=Command, examples=("schedules start nightly", "schedules start data-cleanup --dry-run")
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option("--dry-run", is_flag=True, help="Have it say what it would do, and do nothing.")
@pass_invocation
def start(invocation: Invocation, *, name: str, dry_run: bool) -> None:
    """Run a schedule now.

    Also a disabled one, and whatever else of it runs.
    """
    _begin(invocation, "schedules_start", {"name": name, **({"dry_run": True} if dry_run else {})})


@click.command(cls=Command, examples=("schedules stop nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def stop(invocation: Invocation, *, name: str) -> None:
    """Cancel what runs of a schedule, until its next time."""
    invocation.show(ask(invocation, "schedules_stop", name=name), _stopped_view)


@click.command(cls=Command, examples=("schedules restart nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def restart(invocation: Invocation, *, name: str) -> None:
    """Cancel what runs of a schedule, and run it anew."""
    _begin(invocation, "schedules_restart", {"name": name})


# Private


def _begin(invocation: Invocation, kind: str, arguments: dict[str, Any]) -> None:
    """Have a run begin, and say when it does that only later."""

    def ask_it(client: ControlClient) -> Any:
        return client.request(kind, timeout=TIMEOUT, **arguments)

    def do_it() -> Any:
        done = do_without(invocation, kind, arguments)
        output.remark(
            "No supervisor runs; the run begins when one does (meshvisor run), or now by: "
            f"meshvisor schedules run {done['name']}"
        )
        return done

    invocation.show(choose(invocation, ask_it, do_it), _started_view)


def _started_view(result: dict[str, Any]) -> str:
    return f"{clean(result['name'])} is started: job {result['job_id']}."


def _stopped_view(result: dict[str, Any]) -> str:
    name, jobs = clean(result["name"]), result["cancelled"]
    waited = (
        f"; {number(result['skipped'], 'run')} that waited skipped" if result["skipped"] else ""
    )
    if not jobs:
        return f"Nothing of {name} runs{waited}."
    return f"Of {name} is cancelled: {', '.join(f'job {one}' for one in jobs)}{waited}."
