"""`meshvisor jobs actions`: what jobs can do, and what one of them is given."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.parameters import ACTION
from meshvisor.features.jobs.cli.words import span
from meshvisor.shared.errors import UnknownError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

_COLUMNS: Final = (
    Column("ACTION", may_cut=True),
    Column("PRIO", right=True),
    Column("LANE", may_cut=True),
    Column("RETRIES", right=True),
    Column("DELAY", right=True, may_go=True),
    Column("ITEM TIMEOUT", right=True, may_go=True),
    Column("TIMEOUT", right=True, may_go=True),
    Column("RATE LIMIT", may_cut=True, may_go=True),
    Column("SOURCE", may_cut=True, may_go=True),
    Column("DESCRIPTION", may_cut=True, may_go=True),
)
_INPUTS: Final = (
    Column("INPUT"),
    Column("TYPE"),
    Column("GIVEN", may_cut=True),
    Column("DESCRIPTION", may_cut=True, may_go=True),
)


@click.command(cls=Command, examples=("jobs actions", "jobs actions data-cleanup"))
@click.argument("action", metavar="[ACTION]", required=False, type=ACTION)
@pass_invocation
def actions(invocation: Invocation, *, action: str | None) -> None:
    """List what jobs can do, or show one action."""
    result = ask(invocation, "jobs_actions")
    if action is None:
        invocation.show(result, _view)
        return
    found = [one for one in result["actions"] if one["name"] == action]
    if not found:
        raise UnknownError(f"there is no action {action!r}; 'meshvisor jobs actions' lists them")
    invocation.show({"actions": found}, lambda _result: "\n".join(_one(found[0])))


# Private


def _view(result: dict[str, Any]) -> str:
    if not result["actions"]:
        return (
            "No plug-in has an action yet; put one into config/plugins, as examples/alliance does, "
            "and start meshvisor."
        )
    rows = [
        [
            action["name"],
            action["priority"],
            action["lane"],
            action["retries"],
            span(action["retry_delay"]) if action["retry_delay"] else "0s",
            duration(action["item_timeout"]),
            duration(action["timeout"]),
            action["rate_limit"],
            action["source"],
            action.get("description"),
        ]
        for action in result["actions"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _one(action: Mapping[str, Any]) -> Iterator[str]:
    of = "built in" if action["source"] == "built in" else f"of {action['source']}"
    yield clean(f"{action['name']} ({of}): {action.get('description') or 'it has no description'}")
    mesh = "its jobs are about a mesh" if action["needs_mesh"] else "its jobs need no mesh"
    dry_run = "; it has a dry run" if action["dry_run"] else ""
    yield clean(f"Lane {action['lane']}, priority {action['priority']}; {mesh}{dry_run}.")
    items = action.get("items")
    if items is not None:
        yield clean(f"Its items: {items}." if items else "It takes no items.")
    inputs = action.get("inputs")
    if inputs is None:
        yield "It does not declare what its data may be; --data takes any object."
    elif not inputs:
        yield "It takes no data."
    else:
        yield "Its data, as in --data '{\"NAME\": VALUE}':"
        rows = [
            [name, one["type"], _given(one), one["description"]] for name, one in inputs.items()
        ]
        yield from render(_INPUTS, rows, fit=columns(), colours=has_colours())


def _given(one: Mapping[str, Any]) -> str:
    choices = f"{', '.join(map(_written, one['choices']))}; " if one["choices"] else ""
    if one["default"] is not None:
        return f"{choices}default {_written(one['default'])}"
    return f"{choices}{'required' if one['required'] else 'optional'}"


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
