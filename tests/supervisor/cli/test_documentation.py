"""docs/cli.md names every command and request, and its shapes are those that are sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from shared.control.results import StatusReport
from supervisor.cli.command import Group
from supervisor.cli.root import cli
from supervisor.control.parsing import KINDS


@pytest.fixture(scope="module")
def text(project: Path) -> str:
    """Return the page."""
    return (project / "docs" / "cli.md").read_text()


def commands(group: click.Group, prefix: str = "") -> list[str]:
    """Return every command below a group, with the groups it is in."""
    context = click.Context(group)
    found = []
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        found.append(prefix + name)
        if isinstance(command, Group):
            found += commands(command, f"{prefix}{name} ")
    return found


def test_every_command(text: str) -> None:
    """Each command stands in the table, those of a group behind its name or after a comma."""
    table = text[text.index("## Commands") : text.index("## JSON")]
    for command in commands(cli):
        last = command.split()[-1]
        assert re.search(rf"`({re.escape(command)}|{last})[ `]", table), command


def test_every_request(text: str) -> None:
    """Each request of the control socket stands in its table."""
    table = text[text.index("## The control socket") :]
    assert not [kind for kind in KINDS if f"`{kind}`" not in table]


def test_status_example(text: str) -> None:
    """The example of `status` has exactly the fields that are sent."""
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    example = json.loads(blocks[0])
    assert StatusReport.model_validate(example).model_dump(mode="json") == example
