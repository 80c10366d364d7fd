"""`meshvisor workflows run|executions|execution|logs|cancel|replay`."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import milliseconds, moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

STATUSES: Final = (
    "queued", "running", "waiting", "completed", "failed", "timeout", "cancelled", "skipped",
)  # fmt: skip

_COLUMNS: Final = (
    Column("ID", right=True),
    Column("WORKFLOW", may_cut=True),
    Column("STATUS"),
    Column("TRIGGER", may_go=True),
    Column("BEGUN"),
    Column("TOOK", right=True),
    Column("STEPS", right=True),
    Column("ERROR", may_cut=True),
)
_LONGEST: Final = 200
"""Characters of a value in a timeline."""


@click.command(
    cls=Command,
    examples=("workflows run sos", 'workflows run greet --data \'{"user_name": "Ann"}\''),
)
@click.argument("workflow", metavar="NAME")
@click.option("--data", metavar="JSON", default="{}", help="Its inputs, as an object.")
@pass_invocation
def run(invocation: Invocation, *, workflow: str, data: str) -> None:
    """Begin an execution by hand."""
    found = ask(invocation, "workflows_run", workflow=workflow, trigger_data=parse_object(data))
    invocation.show(
        found,
        lambda one: (
            f"Execution {one['execution_id']} is {one['status']}; "
            f"'meshvisor workflows execution {one['execution_id']}' shows it."
        ),
    )


@click.command(
    cls=Command, examples=("workflows executions", "workflows executions sos --status failed")
)
@click.argument("workflow", metavar="[NAME]", required=False)
@click.option("--status", type=click.Choice(STATUSES), help="Only those.")
@click.option(
    "--limit", "-n", type=click.IntRange(1, 1000), default=30, show_default=True, help="How many."
)
@pass_invocation
def executions(
    invocation: Invocation, *, workflow: str | None, status: str | None, limit: int
) -> None:
    """List executions, the newest first."""
    found = ask(invocation, "workflows_executions", workflow=workflow, status=status, limit=limit)
    invocation.show(found, _list_view)


@click.command(cls=Command, examples=("workflows execution 12",))
@click.argument("number", metavar="ID", type=click.IntRange(1))
@pass_invocation
def execution(invocation: Invocation, *, number: int) -> None:
    """Show one execution, step by step."""
    invocation.show(ask(invocation, "workflows_execution", execution=number), timeline)


@click.command(cls=Command, examples=("workflows logs 12",))
@click.argument("number", metavar="ID", type=click.IntRange(1))
@pass_invocation
def logs(invocation: Invocation, *, number: int) -> None:
    """Show what happened in an execution."""
    invocation.show(ask(invocation, "workflows_logs", execution=number), _logs_view)


@click.command(cls=Command, examples=("workflows cancel 12",))
@click.argument("number", metavar="ID", type=click.IntRange(1))
@pass_invocation
def cancel(invocation: Invocation, *, number: int) -> None:
    """End an execution."""
    found = ask(invocation, "workflows_cancel", execution=number)
    invocation.show(
        found,
        lambda one: (
            f"Execution {number} is cancelled."
            if one["changed"]
            else f"Execution {number} had ended before: {one['status']}."
        ),
    )


@click.command(
    cls=Command,
    examples=("workflows replay 12", "workflows replay 12 --from notify --newest"),
)
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.option("--from", "from_step", metavar="STEP", help="The step to begin with.")
@click.option("--newest", is_flag=True, help="With the newest revision, not its own.")
@pass_invocation
def replay(invocation: Invocation, *, number: int, from_step: str | None, newest: bool) -> None:
    """Begin an execution anew with what it was given."""
    found = ask(
        invocation, "workflows_replay", execution=number, from_step=from_step, newest=newest
    )
    invocation.show(found, lambda one: f"Execution {one['execution_id']} is {one['status']}.")


def parse_object(text: str) -> dict[str, Any]:
    """Return the JSON object in an option.

    Raises:
        UsageError: it is none.
    """
    try:
        found = json.loads(text)
    except ValueError as error:
        raise UsageError(f"--data is no JSON: {error}") from None
    if not isinstance(found, dict):
        raise UsageError('--data is no JSON object; write one, such as {"user_id": "12345"}')
    return found


def timeline(one: dict[str, Any]) -> str:
    """Return an execution as lines."""
    took = one["execution_time_ms"]
    lines = [
        f"Execution {one['id']} of {one['process']} (revision {one['revision']}): {one['status']}",
        f"Begun by {one['triggered_by']} ({one['trigger_type']}) {moment(one['started_at'])}"
        + ("" if took is None else f", took {milliseconds(took)}"),
    ]
    if one["error_message"]:
        lines.append(f"Error: {one['error_message']}")
    if one["replay_of"]:
        lines.append(f"Replays execution {one['replay_of']}.")
    for step in one["steps"]:
        lines += ["", *_step(step)]
    if one["variables"]:
        lines += ["", f"Variables: {_short(one['variables'])}"]
    return "\n".join(lines)


# Private


def _step(step: dict[str, Any]) -> list[str]:
    took = step["execution_time_ms"]
    tries = f", {step['retry_count'] + 1} attempts" if step["retry_count"] else ""
    head = f"{step['id']:>3}  {step['step']} ({step['type']}): {step['status']}{tries}"
    lines = [head if took is None else f"{head}, {milliseconds(took)}"]
    if step["input"] not in (None, {}):
        lines.append(f"       given   {_short(step['input'])}")
    if step["result"] is not None:
        lines.append(f"       result  {_short(step['result'])}")
    if step["error_message"]:
        lines.append(f"       error   {step['error_message']}")
    for name, change in step["changes"].items():
        lines.append(f"       {name}: {_short(change['before'])} → {_short(change['after'])}")
    return lines


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _list_view(result: dict[str, Any]) -> str:
    if not result["executions"]:
        return "There are no such executions."
    rows = [
        [
            str(one["id"]),
            one["process"],
            one["status"],
            one["trigger_type"],
            moment(one["started_at"], seconds=True),
            "-" if one["execution_time_ms"] is None else milliseconds(one["execution_time_ms"]),
            f"{one['steps_completed']}/{one['total_steps']}",
            one["error_message"] or "",
        ]
        for one in result["executions"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _logs_view(result: dict[str, Any]) -> str:
    if not result["logs"]:
        return "Nothing was noted."
    return "\n".join(
        f"{moment(one['at'], seconds=True)}  {one['level']:<7}  {one['text']}"
        for one in result["logs"]
    )
