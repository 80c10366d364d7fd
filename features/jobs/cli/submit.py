"""`meshvisor jobs submit`: enqueue a job, with and without a running supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.jobs.cli.items_given import given_items
from meshvisor.features.jobs.cli.parameters import ACTION, DATA, LANE, PRIORITY, TARGET
from meshvisor.features.jobs.cli.sending import submit_through
from meshvisor.features.jobs.cli.words import name_of, ordinal
from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.supervisor.cli import offline, output
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.parameters import DURATION, MESH
from meshvisor.supervisor.cli.terminal import clean

KEY_TAKEN: Final = 5
"""Exit code: the key belongs to another job, or to one that was cancelled, so that what was asked
for will not be done."""


@click.command(
    cls=Command,
    examples=(
        "jobs submit addplayer --mesh lobby --items 1001,1002",
        "jobs submit addplayer --mesh lobby --items-file ids.txt --priority 1",
        "jobs submit refresh --mesh lobby --deadline 10m",
        "jobs submit data-cleanup --dry-run",
    ),
)
@click.argument("action", metavar="ACTION", type=ACTION)
@click.option(
    "--mesh", "mesh_id", metavar="MESH", type=MESH, help="Where it is, if it is about a mesh."
)
@click.option("--items", metavar="K1,K2", help="Keys of its items, between commas.")
@click.option(
    "--items-file", metavar="FILE", help="A key per line; # begins a comment, - is stdin."
)
@click.option(
    "--priority", metavar="P", type=PRIORITY, help="1 (urgent) to 5, or a name [default: its own]."
)
@click.option("--lane", metavar="LANE", type=LANE, help="Where it waits [default: its own].")
@click.option("--key", metavar="KEY", help="Submitted twice with the same one, it is one job.")
@click.option("--data", metavar="JSON", type=DATA, help="An object for the action.")
@click.option("--target", metavar="T", type=TARGET, help="To what it is done, such as an alliance.")
@click.option("--as", "created_by", metavar="USER", help="On behalf of this user of the mesh.")
@click.option("--retries", metavar="N", type=int, help="Attempts after one that failed.")
@click.option(
    "--retry-delay",
    metavar="DURATION",
    type=DURATION,
    help="Before the second attempt, such as 30s.",
)
@click.option(
    "--rate-limit-delay",
    metavar="DURATION",
    type=DURATION,
    help="Where a service does not say how long.",
)
@click.option(
    "--wait-timeout", metavar="DURATION", type=DURATION, help="It fails if it waits longer."
)
@click.option(
    "--deadline", metavar="DURATION", type=DURATION, help="It fails unless it ends within."
)
@click.option("--dry-run", is_flag=True, help="Have it say what it would do, and do nothing.")
@pass_invocation
def submit(
    invocation: Invocation,
    /,
    *,
    mesh_id: str | None,
    items: str | None,
    items_file: str | None,
    data: dict[str, Any] | None,
    created_by: str | None,
    **given: Any,
) -> int:
    """Enqueue a job of an action: of a plug-in, or a built-in one."""
    # A zero says something, as in --retries 0.
    left_out = (None, False)
    submission = {
        name: value for name, value in given.items() if not any(value is one for one in left_out)
    }
    submission["data"] = data or {}
    keys = given_items(items, items_file)
    if keys is not None:
        submission["items"] = keys
    arguments: dict[str, Any] = {"submission": submission}
    if mesh_id is not None:
        arguments["mesh_id"] = mesh_id
    if created_by is not None:
        arguments["created_by"] = created_by

    def do_without() -> Any:
        done = offline.do_without(invocation, "jobs_submit", arguments)
        if not done["duplicate"]:
            output.remark("No supervisor runs; the job begins when one does: meshvisor run")
        return done

    result = offline.choose(
        invocation, lambda client: submit_through(client, arguments), do_without
    )
    invocation.show(result, _view)
    if not result["duplicate"]:
        return 0
    is_done_for = result["differs"] or result["status"] == JobStatus.CANCELLED
    return KEY_TAKEN if is_done_for else 0


# Private


def _view(result: dict[str, Any]) -> str:
    if result["duplicate"]:
        text = f"Job {result['job_id']} was there already under this key; it is {result['status']}"
        differs = result["differs"]
        other = f", and has another {' and another '.join(differs)}" if differs else ""
        return f"{text}{other}."
    return clean(f"{name_of(result, result['items'])} {_where(result)}.{_repeated(result)}")


def _where(result: dict[str, Any]) -> str:
    if result["status"] == "active":
        return "runs now"
    if not result["position"]:
        return f"is {result['status']}"
    return f"is {result['status']}, {ordinal(result['position'])} in lane {result['lane']}"


def _repeated(result: dict[str, Any]) -> str:
    if not result["repeated_items"]:
        return ""
    repeated = number(result["repeated_items"], "item was", "items were")
    return f" {repeated} given more than once; each is in it once."
