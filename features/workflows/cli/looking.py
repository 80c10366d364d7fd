"""`meshvisor workflows list|show|revisions|analytics`."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import milliseconds, moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("ID", right=True),
    Column("WORKFLOW", may_cut=True),
    Column("ACTIVE"),
    Column("TRIGGERS", may_cut=True),
    Column("RUNS", right=True),
    Column("WELL", right=True),
    Column("LAST", may_go=True),
)


@click.command(cls=Command, examples=("workflows list", "workflows list --active --json"))
@click.option("--active", is_flag=True, help="Only those that begin by themselves.")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 1000), default=100, show_default=True, help="How many."
)
@pass_invocation
def list_(invocation: Invocation, *, active: bool, limit: int) -> None:
    """List workflows by name."""
    invocation.show(ask(invocation, "workflows_list", active_only=active, limit=limit), _list_view)


@click.command(cls=Command, examples=("workflows show sos", "workflows show sos --revision 2"))
@click.argument("workflow", metavar="NAME")
@click.option("--revision", type=click.IntRange(1), help="An earlier one.")
@pass_invocation
def show(invocation: Invocation, *, workflow: str, revision: int | None) -> None:
    """Show one workflow with its steps."""
    found = ask(invocation, "workflows_show", workflow=workflow, revision=revision)
    invocation.show(found, _show_view)


@click.command(cls=Command, examples=("workflows revisions sos",))
@click.argument("workflow", metavar="NAME")
@pass_invocation
def revisions(invocation: Invocation, *, workflow: str) -> None:
    """List what was saved of a workflow, the newest first."""
    invocation.show(ask(invocation, "workflows_revisions", workflow=workflow), _revisions_view)


@click.command(cls=Command, examples=("workflows analytics", "workflows analytics sos --days 7"))
@click.argument("workflow", metavar="[NAME]", required=False)
@click.option("--days", type=click.IntRange(1, 366), default=30, help="Of the trend.")
@pass_invocation
def analytics(invocation: Invocation, *, workflow: str | None, days: int) -> None:
    """Show how well workflows run: all, or one."""
    found = ask(invocation, "workflows_analytics", workflow=workflow, days=days)
    invocation.show(found, _analytics_view)


# Private


def _list_view(result: dict[str, Any]) -> str:
    if not result["processes"]:
        return "There are no workflows. 'meshvisor workflows templates' shows some to begin with."
    rows = [
        [
            str(one["id"]),
            one["name"],
            "yes" if one["is_active"] else "no",
            ", ".join(one["trigger_types"]) or "-",
            f"{one['execution_count']:,}",
            _percent(one["success_rate"]) if one["avg_execution_time"] is not None else "-",
            moment(one["last_executed"]) if one["last_executed"] else "-",
        ]
        for one in result["processes"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _show_view(one: dict[str, Any]) -> str:
    from meshvisor.features.workflows.cli.outline import outline

    state = "active" if one["is_active"] else "not active"
    lines = [f"{one['name']} (workflow {one['id']}, revision {one['revision']}, {state})"]
    if one["description"]:
        lines.append(one["description"])
    lines.append("")
    lines += outline(one["document"])
    lines.append("")
    owner = one["owner"] or "an account of this machine"
    lines.append(f"Saved by {one['created_by']}; acts on behalf of {owner}.")
    if one["execution_count"]:
        average = one["avg_execution_time"]
        lines.append(
            f"{number(one['execution_count'], 'execution')}, {_percent(one['success_rate'])} went "
            f"well, {_took(average)} on average, the last "
            f"{moment(one['last_executed'])}."
        )
    lines += [f"Look at: {warning['place']}: {warning['message']}." for warning in one["warnings"]]
    return "\n".join(lines)


def _revisions_view(result: dict[str, Any]) -> str:
    rows = [
        [str(one["revision"]), moment(one["created_at"], seconds=True), one["created_by"]]
        for one in result["revisions"]
    ]
    table = (Column("REVISION", right=True), Column("SAVED"), Column("BY", may_cut=True))
    return "\n".join(render(table, rows, fit=columns(), colours=has_colours()))


def _analytics_view(one: dict[str, Any]) -> str:
    average = one["avg_execution_time"]
    lines = [
        (
            f"{number(one['total_processes'], 'workflow')}, {one['active_processes']} active; "
            f"{number(one['total_executions'], 'execution')}, {one['running_executions']} "
            f"running, {one['queued_executions']} waiting for their turn."
        ),
        (f"{_percent(one['success_rate'])} went well; {_took(average)} on average."),
    ]
    if one["failure_reasons"]:
        lines += ["", "Why some have failed:"]
        lines += [f"  {each['count']:>6,} × {each['reason']}" for each in one["failure_reasons"]]
    if one["trend"]:
        rows = [
            [day["day"], f"{day['started']:,}", f"{day['completed']:,}", f"{day['failed']:,}"]
            for day in one["trend"][-14:]
        ]
        table = (Column("DAY"), Column("BEGUN", right=True), Column("DONE", right=True),
                 Column("FAILED", right=True))  # fmt: skip
        lines += ["", *render(table, rows, fit=columns(), colours=has_colours())]
    return "\n".join(lines)


def _took(seconds: float | None) -> str:
    return "-" if seconds is None else milliseconds(seconds * 1000)


def _percent(part: float) -> str:
    return f"{part * 100:.0f} %"
