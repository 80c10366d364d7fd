"""`meshvisor schedules list`, `show` and `next`."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.schedules.cli.parameters import SCHEDULE
from meshvisor.features.schedules.cli.words import status_cell, times_table
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import duration, moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Cell, Column, render
from meshvisor.supervisor.cli.terminal import DIM, YELLOW, clean, columns, has_colours, paint

_COLUMNS: Final = (
    Column("SCHEDULE", may_cut=True),
    Column("WHEN", may_cut=True),
    Column("ZONE", may_cut=True, may_go=True),
    Column("ACTION", may_cut=True),
    Column("MESH", may_cut=True, may_go=True),
    Column("NEXT"),
    Column("LAST", may_go=True),
    Column("RESULT", may_go=True),
    Column("FROM", may_go=True),
)


@click.command("list", cls=Command, examples=("schedules list", "schedules list --json"))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List all schedules, when they fire and how they went."""
    found: list[dict[str, Any]] = []
    more = True
    while more:
        page = ask(invocation, "schedules_list", after=found[-1]["name"] if found else "")
        found += page["schedules"]
        more = page["more"]
    invocation.show({"schedules": found}, _list_view)


@click.command(cls=Command, examples=("schedules show nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def show(invocation: Invocation, *, name: str) -> None:
    """Show all about a schedule."""
    invocation.show(ask(invocation, "schedules_show", name=name), show_view)


@click.command(
    "next", cls=Command, examples=("schedules next nightly", "schedules next nightly -n 20")
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option(
    "--count", "-n", type=click.IntRange(1, 100), default=5, show_default=True, help="How many."
)
@pass_invocation
def next_(invocation: Invocation, *, name: str, count: int) -> None:
    """Show the next planned times, in its zone and locally."""
    invocation.show(ask(invocation, "schedules_next", name=name, count=count), _next_view)


def show_view(found: dict[str, Any]) -> str:
    """Return all about a schedule for people."""
    lines = [clean(found["name"]) + _state(found)]
    if found["meaning"] is not None:
        when = f"{found['cron']} ({found['meaning']}, {found['timezone']})"
        lines.append(f"  {'when':<15} {when if found['cron'] else clean(found['meaning'])}")
        place = "" if found["mesh_id"] == NO_MESH else f" in {found['mesh_id']}"
        lines.append(f"  {'what':<15} {clean(found['action'] + place)}")
    lines.append(f"  {'from':<15} {_source(found)}")
    lines += [
        f"  {name:<15} {clean(_value(name, value))}"
        for name, value in (found["definition"] or {}).items()
        if name not in _SHOWN and value not in (None, "", [], {})
    ]
    if found["last_run"] is not None:
        last = found["last_run"]
        lines.append(
            f"  {'last run':<15} {moment(last['planned_at'], seconds=True)}: {last['status']}"
        )
    if found["problem"]:
        lines.append(f"{_mark()} {clean(found['problem'])}")
    if found["enabled"] and found["cron"]:
        lines += ["", *times_table(found["upcoming"], found["timezone"])]
    return "\n".join(lines)


# Private

_SHOWN: Final = frozenset({"name", "cron", "action", "mesh", "timezone", "enabled", "after"})

_SECONDS: Final = frozenset({"timeout", "retry_delay", "misfire_window", "jitter"})
"""Settings that are a number of seconds."""


def _value(name: str, value: Any) -> str:
    """Return a setting as people read it."""
    if name in _SECONDS and value is not None:
        return f"{value:g}s" if value < 60 else duration(value)
    return value if isinstance(value, str) else json.dumps(value)


def _list_view(result: dict[str, Any]) -> str:
    found = result["schedules"]
    if not found:
        return "There are no schedules; 'meshvisor schedules add' makes one."
    lines = render(_COLUMNS, list(map(_row, found)), fit=columns(), colours=has_colours())
    lines += [
        f"{_mark()} {clean(one['name'])}: {clean(one['problem'])}"
        for one in found
        if one["problem"]
    ]
    return "\n".join(lines)


def _row(one: dict[str, Any]) -> list[Cell | object]:
    last = one["last_run"]
    return [
        one["name"],
        one["cron"] or (f"after {', '.join(one['after'])}" if one["after"] else "?"),
        one["timezone"] or "?",
        one["action"] or "?",
        one["mesh_id"] or "?",
        _next(one),
        "-" if last is None else moment(last["planned_at"]),
        "-" if last is None else status_cell(last["status"]),
        _source(one),
    ]


def _next(one: dict[str, Any]) -> Cell | str:
    if _is_disabled(one):
        return Cell("disabled", DIM)
    return "-" if one["after"] else moment(one["next_at"])


def _next_view(result: dict[str, Any]) -> str:
    if result["after"]:
        verb = "has" if len(result["after"]) == 1 else "have"
        return f"It runs when {clean(' and '.join(result['after']))} {verb} succeeded."
    return "\n".join(times_table(result["upcoming"], result["timezone"]))


def _state(found: dict[str, Any]) -> str:
    return " (disabled)" if _is_disabled(found) else ""


def _is_disabled(found: dict[str, Any]) -> bool:
    # Of one that cannot be understood it is unknown, and its problem is shown.
    return not found["enabled"] and found["action"] is not None


def _source(found: dict[str, Any]) -> str:
    return f"{found['source']}, changed" if found["changed"] else str(found["source"])


def _mark() -> str:
    return paint("!", YELLOW, has_colours())
