"""`meshvisor workflows templates|new|template`, and templates as files."""

from __future__ import annotations

import json
from typing import Any, Final

import click

from meshvisor.features.workflows.cli.changing import how_it_begins
from meshvisor.features.workflows.cli.documents import as_json, as_yaml, read_file
from meshvisor.features.workflows.model.templating import exported
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

CATEGORIES: Final = ("emergency", "maintenance", "communication", "monitoring")


@click.command(cls=Command, examples=("workflows templates", "workflows templates sos-alert"))
@click.argument("name", metavar="[TEMPLATE]", required=False)
@click.option("--category", type=click.Choice(CATEGORIES), help="Only those.")
@pass_invocation
def templates(invocation: Invocation, *, name: str | None, category: str | None) -> None:
    """List templates, or show what one asks for."""
    found = ask(invocation, "workflows_templates")
    kept = [
        one
        for one in found["templates"]
        if (category is None or one["category"] == category)
        and (name is None or name in (one["name"], str(one["id"])))
    ]
    if name is not None and not kept:
        raise UsageError(
            f"there is no template {name!r}; 'meshvisor workflows templates' shows those there are"
        )
    if name is not None:
        invocation.show(kept[0], _one_view)
    else:
        invocation.show({"templates": kept}, _list_view)


@click.command(
    cls=Command,
    examples=(
        "workflows new sos-alert --set mesh_id=lobby",
        "workflows new quiet-hours --name night --set from=22:00 --inactive",
    ),
)
@click.argument("template", metavar="TEMPLATE")
@click.option("--name", help="Of the new workflow; else that of the template.")
@click.option("--set", "inputs", metavar="NAME=VALUE", multiple=True, help="An input of it.")
@click.option("--inactive", is_flag=True, help="It does not begin by itself.")
@pass_invocation
def new(
    invocation: Invocation,
    *,
    template: str,
    name: str | None,
    inputs: tuple[str, ...],
    inactive: bool,
) -> None:
    """Make a workflow of a template."""
    customizations: dict[str, Any] = dict(_pair(one, "--set") for one in inputs)
    if name is not None:
        customizations["name"] = name
    if inactive:
        customizations["is_active"] = False
    try:
        found = ask(
            invocation, "workflows_instantiate", template=template, customizations=customizations
        )
    except UsageError as error:
        # Here inputs are given with --set.
        raise UsageError(str(error).replace("customizations.", "--set ")) from None
    invocation.show(
        found,
        lambda one: (
            f"Workflow {one['process_id']} ({one['name']}) was made of {template}; "
            f"{how_it_begins(one)}."
        ),
    )


@click.command(cls=Command, examples=("workflows template sos my-sos --category emergency",))
@click.argument("workflow", metavar="NAME")
@click.argument("template", metavar="TEMPLATE")
@click.option(
    "--category", type=click.Choice(CATEGORIES), default="communication", show_default=True,
    help="Where it belongs.",
)  # fmt: skip
@click.option("--description", default="", help="What it is for.")
@click.option(
    "--input", "inputs", metavar="NAME=VALUE", multiple=True,
    help="It asks for NAME, which stands where the workflow has VALUE.",
)  # fmt: skip
@pass_invocation
def template(
    invocation: Invocation,
    *,
    workflow: str,
    template: str,
    category: str,
    description: str,
    inputs: tuple[str, ...],
) -> None:
    """Make a template of a workflow."""
    asked = dict(_pair(one, "--input") for one in inputs)
    found = ask(
        invocation,
        "workflows_template_save",
        workflow=workflow,
        name=template,
        category=category,
        description=description,
        inputs={name: {"value": value} for name, value in asked.items()},
    )
    invocation.show(found, lambda one: f"Template {one['template_id']} ({one['name']}) was made.")


@click.command(
    "export-template",
    cls=Command,
    examples=("workflows export-template sos-alert > sos.yaml",),
)
@click.argument("template", metavar="TEMPLATE")
@click.option(
    "--format",
    "form",
    type=click.Choice(("yaml", "json")),
    default="yaml",
    help="Of what is written.",
)
@pass_invocation
def export_template(invocation: Invocation, *, template: str, form: str) -> None:
    """Write a template as a file, to be changed or moved."""
    document = exported(ask(invocation, "workflows_template", template=template))
    click.echo((as_yaml if form == "yaml" else as_json)(document), nl=False)


@click.command("import-template", cls=Command, examples=("workflows import-template sos.yaml",))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--replace", is_flag=True, help="Replace own ones of the same name.")
@pass_invocation
def import_template(invocation: Invocation, *, files: tuple[str, ...], replace: bool) -> None:
    """Add templates from files."""
    saved = [
        ask(invocation, "workflows_template_import", document=document, replace=replace)
        for file in files
        for document in read_file(file)
    ]
    invocation.show(
        {"templates": saved},
        lambda result: "\n".join(
            f"Template {one['template_id']} ({one['name']}) is there."
            for one in result["templates"]
        ),
    )


@click.command("remove-template", cls=Command, examples=("workflows remove-template my-sos",))
@click.argument("template", metavar="TEMPLATE")
@pass_invocation
def remove_template(invocation: Invocation, *, template: str) -> None:
    """Remove a template of your own; workflows made of it stay."""
    found = ask(invocation, "workflows_template_remove", template=template)
    invocation.show(found, lambda one: f"Template {one['template_id']} ({one['name']}) is removed.")


# Private

_COLUMNS: Final = (
    Column("TEMPLATE", may_cut=True),
    Column("CATEGORY"),
    Column("USED", right=True),
    Column("WHAT IT IS FOR", may_cut=True),
)


def _pair(given: str, option: str) -> tuple[str, Any]:
    name, equals, value = given.partition("=")
    if not equals:
        raise UsageError(f"{option} takes NAME=VALUE, and {given[:60]!r} has no =")
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value


def _list_view(result: dict[str, Any]) -> str:
    rows = [
        [one["name"], one["category"], f"{one['usage_count']:,}", one["description"]]
        for one in result["templates"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _one_view(one: dict[str, Any]) -> str:
    lines = [f"{one['name']} ({one['category']}, used {one['usage_count']:,} times)"]
    lines.append(one["description"])
    if one["inputs"]:
        lines.append("Inputs:")
    for name, each in one["inputs"].items():
        usual = f", {json.dumps(each['default'])} without" if "default" in each else ", needed"
        lines.append(f"  {name} ({each['type']}{usual}): {each.get('description', '')}")
    return "\n".join(lines)
