"""What bots do in their rooms for operators: `say`."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import StringConstraints

from meshvisor.features.fleet.results import Said
from meshvisor.features.fleet.supervisor.speaking import Speaking
from meshvisor.shared.control.request import MeshId, Request
from meshvisor.supervisor.control.handling import Call, handles

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


@handles(Say)
async def say(request: Say, call: Call) -> Said:
    """Return when it is said, or after some seconds."""
    return await call.need(Speaking).say(
        request.mesh_id, request.text, call.actor, request.user_id, request.user_name
    )
