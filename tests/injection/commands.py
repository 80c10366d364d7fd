"""Every command of the command line, as something that can be run.

Owns what its arguments are here: what commands do with better ones is for tests of theirs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import click

from meshvisor.supervisor.cli.root import cli

MESH: Final = "room-0"

_ARGUMENTS: Final = {
    **dict.fromkeys(("mesh_id", "mesh_ids", "room"), MESH),
    **dict.fromkeys(("job_id", "job_ids"), "1"),
    "action": "greet",
    "user_id": "42",
    "command": "ping",
    "words": "jobs",
}

_MORE: Final = {
    "init": ("--yes", "--mesh", MESH),
    "logs": ("--lines", "5"),
    "jobs submit": ("--mesh", MESH, "--items", "a,b"),
    "run": ("--playground",),
    "playground": ("--port", "0"),
    "login": ("--email", "bot@example.com"),
}
"""Options without which a command does nothing here that is worth a look."""

ENDLESS: Final = frozenset({"run", "playground", "jobs watch", "chat"})
"""Those that have to be stopped when they have said something."""

WITH_LOOP: Final = frozenset({"chat", "playground"})
"""Those that talk with a mesh server, from an event loop."""

ENDS_SUPERVISOR: Final = frozenset({"shutdown"})


def commands() -> list[tuple[str, ...]]:
    """Return the arguments of each command, without `--home`."""
    context = cli.make_context("meshvisor", ["status"], resilient_parsing=True)
    return list(_below(cli, (), context))


def name_of(command: tuple[str, ...]) -> str:
    """Return what a command is called, such as `jobs submit`."""
    names = [" ".join(known) for known in _NAMES if command[: len(known)] == known]
    return max(names, key=len)


def _below(
    command: click.Command, path: tuple[str, ...], context: click.Context
) -> Iterator[tuple[str, ...]]:
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _below(found, (*path, name), context)
        if not command.invoke_without_command:
            return
    arguments = [p for p in command.params if isinstance(p, click.Argument)]
    given = [_value(argument) for argument in arguments]
    yield (*path, *given, *_MORE.get(" ".join(path), ()))


def _value(argument: click.Argument) -> str:
    if isinstance(argument.type, click.Choice):
        return str(argument.type.choices[0])
    return _ARGUMENTS.get(argument.name or "", "1")


def _names(command: click.Command, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            found = command.get_command(context, name)
            assert found is not None
            yield from _names(found, (*path, name))


_NAMES: Final = [path for path in _names(cli, ()) if path]
