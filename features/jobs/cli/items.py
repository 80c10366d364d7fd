"""`meshvisor jobs items`: what became of the items of a job."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.pages import each, gather
from meshvisor.features.jobs.cli.parameters import JOB, limit_option
from meshvisor.features.jobs.model.job import MAX_ITEMS, ItemState
from meshvisor.features.jobs.requests.limits import MAX_POSITION
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Command, Invocation, echo, pass_invocation, print_json
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import CYAN, GREEN, RED, columns, has_colours

DEFAULT_LIMIT: Final = 100

_COLUMNS: Final = (
    Column("NO", right=True),
    Column("KEY", may_cut=True),
    Column("STATE"),
    Column("TRY", right=True, may_go=True),
    Column("WHEN", may_go=True),
    Column("RESULT", may_cut=True),
    Column("ERROR", may_cut=True),
)

_COLOURS: Final = {"done": GREEN, "failed": RED, "existing": CYAN}


@click.command(cls=Command, examples=("jobs items 42", "jobs items 42 --state failed"))
@click.argument("job_id", metavar="JOB", type=JOB)
@click.option(
    "--state",
    "states",
    type=click.Choice([state.value for state in ItemState]),
    multiple=True,
    help="In this state; may be repeated.",
)
@limit_option(MAX_ITEMS, DEFAULT_LIMIT)
@click.option(
    "--after",
    metavar="NO",
    type=click.IntRange(-1, MAX_POSITION),
    default=-1,
    help="Behind this one.",
)
@pass_invocation
def items(
    invocation: Invocation, /, *, job_id: int, states: tuple[str, ...], limit: int, after: int
) -> None:
    """List the items of a job with their outcomes, in their order."""

    def look_up(count: int, last: dict[str, Any] | None) -> dict[str, Any]:
        first = last["position"] if last else after
        page: dict[str, Any] = ask(
            invocation, "jobs_items", job_id=job_id, states=states, after=first, limit=count
        )
        return page

    if invocation.as_json:
        print_json(gather(look_up, "items", limit))
        return
    # One page after the other: a million items take a while, and `| head` needs none of it.
    shown = 0
    for page in each(look_up, "items", limit):
        shown += len(page["items"])
        is_last = shown == limit or not page["more"]
        echo(_view(page, is_first=shown == len(page["items"]), is_last=is_last))
        output.flush()


# Private


def _view(page: dict[str, Any], *, is_first: bool, is_last: bool) -> str:
    found = page["items"]
    if not found:
        return f"Job {page['job_id']} has no such items."
    shown = render(_COLUMNS, list(map(_row, found)), fit=columns(), colours=has_colours())
    if not is_first:
        del shown[0]
    if is_last and page["more"]:
        shown.append(f"There are more: --after {found[-1]['position']}, or a higher --limit.")
    return "\n".join(shown)


def _row(item: dict[str, Any]) -> list[Cell | object]:
    result = item["result"]
    return [
        item["position"],
        item["key"],
        Cell(item["state"], _COLOURS.get(item["state"])),
        item["attempt"] or None,
        moment(item["updated_at"]),
        None if result is None else json.dumps(result, ensure_ascii=False),
        item["error"],
    ]
