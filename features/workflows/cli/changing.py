"""`meshvisor workflows add|check|activate|deactivate`."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.features.workflows.cli.documents import read_file
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation, print_json
from meshvisor.supervisor.cli.offline import ask


@click.command(cls=Command, examples=("workflows add sos.yaml",))
@click.argument("file", metavar="FILE")
@click.option("--inactive", is_flag=True, help="It does not begin by itself.")
@click.option("--new", is_flag=True, help="Refuse a name that there is already.")
@pass_invocation
def add(invocation: Invocation, *, file: str, inactive: bool, new: bool) -> None:
    """Add a workflow, or change the one of its name.

    FILE is YAML or JSON; - reads standard input.
    """
    documents = read_file(file)
    if len(documents) != 1:
        raise UsageError(
            f"{file} holds {len(documents)} workflows; 'meshvisor workflows import' takes several"
        )
    found = ask(
        invocation,
        "workflows_save",
        document=documents[0],
        upsert=not new,
        is_active=False if inactive else None,
    )
    invocation.show(found, _saved_view)


@click.command(cls=Command, examples=("workflows check sos.yaml",))
@click.argument("file", metavar="FILE")
@click.pass_context
@pass_invocation
def check(invocation: Invocation, context: click.Context, *, file: str) -> None:
    """Say all that is wrong with a file; nothing is saved."""
    results = [ask(invocation, "workflows_check", document=one) for one in read_file(file)]
    if invocation.as_json:
        print_json(results[0] if len(results) == 1 else results)
    else:
        click.echo("\n".join(_check_view(file, one) for one in results))
    if not all(one["valid"] for one in results):
        context.exit(1)


@click.command(cls=Command, examples=("workflows activate sos",))
@click.argument("workflow", metavar="NAME")
@pass_invocation
def activate(invocation: Invocation, *, workflow: str) -> None:
    """Have a workflow begin by itself."""
    found = ask(invocation, "workflows_activate", workflow=workflow, is_active=True)
    invocation.show(found, lambda one: f"{one['name']} begins by itself.")


@click.command(cls=Command, examples=("workflows deactivate sos",))
@click.argument("workflow", metavar="NAME")
@pass_invocation
def deactivate(invocation: Invocation, *, workflow: str) -> None:
    """Have one begin by itself no more; what runs goes on."""
    found = ask(invocation, "workflows_activate", workflow=workflow, is_active=False)
    invocation.show(found, lambda one: f"{one['name']} begins by itself no more.")


# Private


def _saved_view(one: dict[str, Any]) -> str:
    if one["created"]:
        said = f"Workflow {one['process_id']} ({one['name']}) was added"
    elif one["changed"]:
        said = f"{one['name']} was changed and is at revision {one['revision']}"
    else:
        said = f"{one['name']} is so already"
    lines = [f"{said}; {how_it_begins(one)}."]
    lines += [f"Look at: {each['place']}: {each['message']}." for each in one["warnings"]]
    return "\n".join(lines)


def how_it_begins(saved: dict[str, Any]) -> str:
    """Return whether a workflow that was saved begins by itself, in words."""
    if saved["begins"]:
        return "it begins by itself"
    if saved["is_active"]:
        return "it begins by hand, or when another one calls it"
    return "it does not begin by itself"


def _check_view(file: str, one: dict[str, Any]) -> str:
    lines = [
        f"{file}: {each['place'] + ': ' if each['place'] else ''}{each['message']}."
        for each in one["problems"]
    ]
    lines += [f"Look at: {each['place']}: {each['message']}." for each in one["warnings"]]
    if one["valid"]:
        lines.insert(0, f"{file}: {one['document']['name']} can be saved.")
    return "\n".join(lines)
