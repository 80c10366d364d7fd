"""docs/cli.md names every command and request, and its shapes are those that are sent."""

from __future__ import annotations

import json
import re
from pathlib import Path

import click
import pytest

from meshvisor.supervisor.cli.command import Group
from meshvisor.supervisor.cli.root import cli
from meshvisor.supervisor.control.registry import all_handlers
from tests.status import StatusReport


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
    assert not [kind for kind in all_handlers() if f"`{kind}`" not in table]


def test_status_example(text: str) -> None:
    """The example of `status` has exactly the fields that are sent."""
    blocks = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    example = json.loads(blocks[0])
    assert StatusReport.model_validate(example).model_dump(mode="json") == example


@pytest.mark.parametrize(
    ("heading", "said", "where"),
    [
        ("It does not start", "needs an account and there is none yet", "features/watch_party"),
        ("The directory is away", "the directory is away", "features/access/supervisor/directory"),
        ("Only admins may use …", "Only admins may use", "worker/mesh/commands"),
        ("Refused with 401", "refused with", "features/watch_party/protoo"),
    ],
)
def test_troubles_are_named_as_they_are_shown(
    project: Path, heading: str, said: str, where: str
) -> None:
    """Who looks for a message on the page finds it, in the words in which it is said."""
    page = (project / "docs" / "troubleshooting.md").read_text()
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## |\Z)", page, re.DOTALL | re.MULTILINE)
    assert said.lower() in f"{heading} {section}".lower()
    assert any(said in file.read_text() for file in (project / where).rglob("*.py"))


@pytest.mark.parametrize(
    ("heading", "commands"),
    [
        ("Under systemd", ["-u meshvisor MESHVISOR_HOME=/var/lib/meshvisor", "reset-failed"]),
        ("Under docker compose", ["docker compose run --rm supervisor meshvisor login"]),
    ],
)
def test_logging_in_where_it_is_deployed(project: Path, heading: str, commands: list[str]) -> None:
    """Each way of deploying says what to do when the start wants an account."""
    page = (project / "docs" / "deployment.md").read_text()
    [section] = re.findall(rf"^## {heading}\n(.*?)(?=^## )", page, re.DOTALL | re.MULTILINE)
    assert "exit code 3" in section
    assert "meshvisor login" in section
    assert not [command for command in commands if command not in section]
