"""`meshvisor stats show` and `top`."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.statistics.cli.options import DAY, database, days_of, names_of
from meshvisor.features.statistics.model.kinds import BY_LABEL, FIGURES
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.parameters import MESH
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

TOPS = {"meshes": "MESH", "users": "USER", "commands": "COMMAND"}
"""What top lists are of, and how one of these is called."""


def question_options(function: Any) -> Any:
    """Add what a question is about: mesh, user and dates."""
    for option in (
        click.option("--end-date", metavar="DAY", type=DAY, help="The last day."),
        click.option(
            "--start-date", metavar="DAY", type=DAY, help="The first day [default: 30 days]."
        ),
        click.option("--user", metavar="USER", help="Of one user; an id or a pseudonym."),
        click.option("--mesh-id", metavar="MESH", type=MESH, help="Of one mesh."),
    ):
        function = option(function)
    return function


def ask(invocation: Invocation, given: dict[str, Any]) -> Any:
    """Return a question as `store.reading` takes it; takes its options out of `given`."""
    from meshvisor.features.statistics.store.reading import Question

    start, end = days_of(given.pop("start_date"), given.pop("end_date"))
    user = given.pop("user")
    return Question(
        mesh_id=given.pop("mesh_id"),
        people=names_of(invocation, user) if user else (),
        start=start,
        end=end,
    )


@click.command(
    short_help="Show what there was on each day.",
    cls=Command,
    examples=(
        "stats show",
        "stats show --mesh-id lobby --start-date 2026-11-01",
        "stats show --user 12345 --json",
        "stats show --cumulative",
    ),
)
@question_options
@click.option("--cumulative", is_flag=True, help="Each day with all that was before it.")
@pass_invocation
def show(invocation: Invocation, /, *, cumulative: bool, **given: Any) -> None:
    """Show what there was on each day, and in all."""
    from meshvisor.features.statistics.store.reading import opened

    question = ask(invocation, given)
    with opened(database(invocation)) as statistics:
        what = statistics.range(question)
        found = {
            "from": what.first.isoformat(),
            "to": what.last.isoformat(),
            "days": statistics.cumulative(what) if cumulative else statistics.days(what),
            "totals": statistics.totals(what),
            "before": statistics.totals_before(what),
            "pending_hours": statistics.pending(),
        }
    invocation.show(found, lambda result: _days_view(result, is_cumulative=cumulative))


@click.command(
    short_help="What is used most.",
    cls=Command,
    examples=(
        "stats top meshes",
        "stats top users --mesh-id lobby --limit 20",
        "stats top commands --kind error",
    ),
)
@click.argument("of", metavar="meshes|users|commands", type=click.Choice(tuple(TOPS)))
@question_options
@click.option("--kind", type=click.Choice(tuple(BY_LABEL)), help="What is counted.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=10, show_default=True)
@pass_invocation
def top(invocation: Invocation, /, *, of: str, kind: str | None, limit: int, **given: Any) -> None:
    """Show which meshes, users or commands have most of something."""
    from meshvisor.features.statistics.store.reading import opened

    if of == "commands" and kind not in {None, "command", "error"}:
        raise UsageError(f"commands have no {kind}; --kind command and --kind error are counted")
    if of == "commands" and given["user"]:
        raise UsageError("commands are not counted by user; leave out --user")
    kind = kind or ("command" if of == "commands" else "message")
    question = ask(invocation, given)
    with opened(database(invocation)) as statistics:
        what = statistics.range(question)
        rows = statistics.top(what, of, kind, limit)
    found = {"from": what.first.isoformat(), "to": what.last.isoformat(), "kind": kind, of: rows}
    invocation.show(found, lambda result: _top_view(result, of))


# Private


def _days_view(found: dict[str, Any], *, is_cumulative: bool) -> str:
    names = [name for name in FIGURES if name in found["days"][0]]
    header = [
        Column("DAY"),
        *(Column(name.replace("_", " ").upper(), right=True) for name in names),
    ]
    rows = [[row["day"], *(f"{row[name]:,}" for name in names)] for row in found["days"]]
    if not is_cumulative:
        rows.append(["all", *(f"{found['totals'][name]:,}" for name in names)])
        if found["before"] is not None:
            changes = (_change(found["totals"][name], found["before"].get(name)) for name in names)
            rows.append(["change", *changes])
    lines = list(render(header, rows, fit=columns(), colours=has_colours()))
    if found["pending_hours"]:
        lines += ["", "More has been recorded since; 'meshvisor stats aggregate' counts it."]
    return "\n".join(lines)


def _change(now: int, before: int | None) -> str:
    """Return by how much a figure has grown; empty: there is nothing to compare it with."""
    return f"{now / before - 1:+.0%}" if before else ""


def _top_view(found: dict[str, Any], of: str) -> str:
    if not found[of]:
        return (
            f"There are no {BY_LABEL[found['kind']].plural} from {found['from']} to {found['to']}."
        )
    plural = BY_LABEL[found["kind"]].plural.upper()
    header = (
        Column("#", right=True),
        Column(TOPS[of], may_cut=True),
        Column(plural, right=True),
    )
    rows = [
        [str(place), clean(row["name"]), f"{row['count']:,}"]
        for place, row in enumerate(found[of], 1)
    ]
    return "\n".join(render(header, rows, fit=columns(), colours=has_colours()))
