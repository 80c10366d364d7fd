"""What bots do in their rooms for operators and programs: `say`, `command_run`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from meshvisor.features.fleet.results import CommandRun, Said
from meshvisor.features.fleet.supervisor.speaking import Speaking
from meshvisor.shared.control.request import MeshId, Request
from meshvisor.shared.protocol.to_worker import RunCommand
from meshvisor.supervisor.control.handling import Call, handles

LONGEST_COMMAND: Final = 16_384
"""Characters, as in a room."""
LONGEST_MESSAGE: Final = 32_768
"""Characters."""


class Say(Request):
    """Have the bot of a mesh say something to everybody there, or to one user."""

    type: Literal["say"] = "say"
    mesh_id: MeshId
    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_MESSAGE)
    ]
    user_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] | None = None
    """For whom: to them alone where the network has direct messages, else in the room, with their
    name before it; null: to everybody."""
    user_name: Annotated[str, StringConstraints(max_length=255)] = ""
    """What they are called there; empty: by their id."""


class RunBotCommand(Request):
    """Have the bot of a mesh run a command as if a user had written it."""

    type: Literal["command_run"] = "command_run"
    mesh_id: MeshId
    command: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_COMMAND)
    ]
    """Its name and what follows it, without a prefix."""
    user_id: Annotated[str, StringConstraints(min_length=1, max_length=255)] = "workflow"
    """Who would have written it; nobody vouches for them, so that admin commands are refused."""
    user_name: Annotated[str, StringConstraints(max_length=255)] = ""
    """What they are called; empty: by their id."""
    is_said: bool = True
    """Whether its answers are said in the room, too."""


@handles(RunBotCommand)
async def run_bot_command(request: RunBotCommand, call: Call) -> CommandRun:
    """Return what it has answered, when it has ended."""
    order = RunCommand(
        mesh_id=request.mesh_id,
        command=request.command,
        user_id=request.user_id,
        user_name=request.user_name,
        is_said=request.is_said,
    )
    return await call.need(Speaking).run(order, call.actor)


@handles(Say)
async def say(request: Say, call: Call) -> Said:
    """Return when it is said, or after some seconds."""
    return await call.need(Speaking).say(
        request.mesh_id, request.text, call.actor, request.user_id, request.user_name
    )
