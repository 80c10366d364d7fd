"""`meshvisor workflows dry-run|back-test|why`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from meshvisor.features.workflows.cli.documents import read_file
from meshvisor.features.workflows.cli.running import parse_object
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment, number

BACK_TEST_TIMEOUT = 310.0
"""Seconds."""
AT_A_TIME = 500
"""Reasons of one request."""


@click.command(
    "dry-run",
    cls=Command,
    examples=(
        "workflows dry-run sos --event 1234",
        'workflows dry-run sos.yaml --sample \'{"kind": "message.received"}\'',
    ),
)
@click.argument("workflow", metavar="NAME|FILE")
@click.option("--event", "seq", metavar="SEQ", type=click.IntRange(1), help="A recorded event.")
@click.option("--sample", metavar="JSON", help="An event: kind, subject, mesh_id, data.")
@click.option("--data", metavar="JSON", default="{}", help="Its inputs, as an object.")
@pass_invocation
def dry_run(
    invocation: Invocation, *, workflow: str, seq: int | None, sample: str | None, data: str
) -> None:
    """Show what a workflow would do; nothing is done."""
    found = invocation.request(
        "workflows_dry_run",
        **_which(workflow),
        seq=seq,
        event=None if sample is None else parse_object(sample),
        inputs=parse_object(data),
    )
    invocation.show(found, _dry_view)


@click.command("back-test", cls=Command, examples=("workflows back-test sos --days 3",))
@click.argument("workflow", metavar="NAME|FILE")
@click.option("--days", type=click.FloatRange(0.01, 366), default=7, help="How far back.")
@click.option(
    "--limit", type=click.IntRange(1, 1_000_000), default=100_000, help="Events to look at."
)
@pass_invocation
def back_test(invocation: Invocation, *, workflow: str, days: float, limit: int) -> None:
    """Show at which recorded events one would have begun."""
    with invocation.connect() as client:
        found = client.request(
            "workflows_back_test",
            timeout=BACK_TEST_TIMEOUT,
            **_which(workflow),
            days=days,
            limit=limit,
        )
    invocation.show(found, _test_view)


@click.command(
    cls=Command,
    examples=("workflows why sos", "workflows why sos --event 1234", "workflows why --event 1234"),
)
@click.argument("workflow", metavar="[NAME]", required=False)
@click.option(
    "--event", "seq", metavar="SEQ", type=click.IntRange(1), help="Which; else the newest."
)
@pass_invocation
def why(invocation: Invocation, *, workflow: str | None, seq: int | None) -> None:
    """Say why workflows did or did not run at an event."""
    if workflow is not None:
        invocation.show(invocation.request("workflows_why", workflow=workflow, seq=seq), _why_view)
        return
    if seq is None:
        raise UsageError("name a workflow, or an event with --event")
    found: dict[str, Any] = {"seq": seq, "reasons": [], "total": 1}
    while len(found["reasons"]) < found["total"]:
        offset = len(found["reasons"])
        page = invocation.request("workflows_reasons", seq=seq, limit=AT_A_TIME, offset=offset)
        found = {**page, "reasons": [*found["reasons"], *page["reasons"]]}
        if not page["reasons"]:
            break
    invocation.show(found, _reasons_view)


# Private


def _why_view(one: dict[str, Any]) -> str:
    ran = "ran" if one["ran"] else "did not run"
    return f"{one['process']} {ran} at event {one['seq']}: {one['reason']}."


def _reasons_view(found: dict[str, Any]) -> str:
    if not found["reasons"]:
        return f"No workflow looks at such events as {found['seq']}."
    return "\n".join(map(_why_view, found["reasons"]))


def _which(workflow: str) -> dict[str, Any]:
    """Return what a request is given for a name, or for a file with a definition."""
    if workflow != "-" and not workflow.endswith((".yaml", ".yml", ".json")):
        return {"workflow": workflow}
    if workflow != "-" and not Path(workflow).exists():
        raise UsageError(f"there is no file {workflow}")
    documents = read_file(workflow)
    if len(documents) != 1:
        raise UsageError(f"{workflow} holds {len(documents)} workflows; name a file with one")
    return {"document": documents[0]}


def _dry_view(one: dict[str, Any]) -> str:
    lines = [
        "It would begin." if one["matches"] else f"It would not begin: {one['reason']}.",
        "Its steps, of which none was carried out:",
    ]
    for step in one["steps"]:
        given = "" if step["input"] in (None, {}) else f"  {_short(step['input'])}"
        lines.append(f"  {step['step']} ({step['type']}): {step['status']}{given}")
        if step["error_message"]:
            lines.append(f"      error: {step['error_message']}")
    tail = "" if one["error_message"] is None else f": {one['error_message']}"
    lines.append(f"It would be {one['status']}{tail}.")
    if one["variables"]:
        lines.append(f"Variables: {_short(one['variables'])}")
    return "\n".join(lines)


def _test_view(one: dict[str, Any]) -> str:
    lines = [
        (
            f"{number(one['events'], 'event')} looked at in {one['seconds']:g} s: it would have "
            f"begun at {one['matched']:,}; {one['held_back']:,} of these would have been held back."
        )
    ]
    lines += [
        f"  {each['seq']:>8}  {moment(each['at'], seconds=True)}  {each['kind']}  "
        f"{each['subject'] or '-'}  {each['reason']}"
        for each in one["examples"]
    ]
    if one["misses"]:
        lines.append("Why it would not have at others:")
        lines += [f"  {count:>8,} × {reason}" for reason, count in one["misses"].items()]
    return "\n".join(lines)


def _short(value: Mapping[str, Any]) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 300 else f"{text[:300]}…"
