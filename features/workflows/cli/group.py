"""The group `meshvisor workflows`: the names of its commands, each loaded when it is used."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.supervisor.cli.command import Group

_PACKAGE: Final = "meshvisor.features.workflows.cli"

_SECTIONS: Final = {
    "Look": {
        "list": f"{_PACKAGE}.looking:list_",
        "show": f"{_PACKAGE}.looking:show",
        "revisions": f"{_PACKAGE}.looking:revisions",
        "analytics": f"{_PACKAGE}.looking:analytics",
    },
    "Make and change": {
        "add": f"{_PACKAGE}.changing:add",
        "check": f"{_PACKAGE}.changing:check",
        "activate": f"{_PACKAGE}.changing:activate",
        "deactivate": f"{_PACKAGE}.changing:deactivate",
        "export": f"{_PACKAGE}.bundles:export",
        "import": f"{_PACKAGE}.bundles:import_",
        "plan": f"{_PACKAGE}.bundles:plan",
        "apply": f"{_PACKAGE}.bundles:apply",
    },
    "Run": {
        "run": f"{_PACKAGE}.running:run",
        "executions": f"{_PACKAGE}.running:executions",
        "execution": f"{_PACKAGE}.running:execution",
        "logs": f"{_PACKAGE}.running:logs",
        "cancel": f"{_PACKAGE}.running:cancel",
        "replay": f"{_PACKAGE}.running:replay",
    },
    "Try and understand": {
        "dry-run": f"{_PACKAGE}.trying:dry_run",
        "back-test": f"{_PACKAGE}.trying:back_test",
        "why": f"{_PACKAGE}.trying:why",
    },
    "Templates": {
        "templates": f"{_PACKAGE}.templates:templates",
        "new": f"{_PACKAGE}.templates:new",
        "template": f"{_PACKAGE}.templates:template",
        "export-template": f"{_PACKAGE}.templates:export_template",
        "import-template": f"{_PACKAGE}.templates:import_template",
        "remove-template": f"{_PACKAGE}.templates:remove_template",
    },
    "Questions to people": {
        "approvals": f"{_PACKAGE}.approvals:approvals",
        "answer": f"{_PACKAGE}.approvals:answer",
    },
}


@click.group(
    cls=Group,
    sections=_SECTIONS,
    examples=(
        "workflows templates",
        "workflows new sos-alert --set mesh_id=lobby",
        "workflows add sos.yaml",
        'workflows run sos --data \'{"user_name": "Ann"}\'',
        "workflows why sos",
    ),
    short_help="What happens by itself when something has happened.",
)
def workflows() -> None:
    """What happens by itself when something has happened."""
