"""`listperms`: how many admins there are, and who may use which command."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
)
from meshvisor.shared.listed import listed

USAGE: Final = "listperms"

MOST_SHOWN: Final = 1000
"""Bytes of one list; all three together have to fit into one message of a room."""


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """List."""
    found = services.administration.list_permissions(request.realm)
    decided = [f"{p.command} ({p.level})" for p in found.permissions]
    lines = [
        "1 admin." if found.admins == 1 else f"{found.admins} admins.",
        f"For admins only: {_some(map(request.example, found.admin_commands))}.",
        f"For everybody: {_some(map(request.example, found.user_commands))}.",
        f"Decided with {request.example('setperm')}: {_some(decided)}.",
    ]
    if not services.administration.directory.reachable:
        lines.append("The directory is away; this is what it held last.")
    return "\n".join(lines)


def _some(names: Iterable[str]) -> str:
    known = list(names)
    shown, room = 0, MOST_SHOWN
    for name in known:
        room -= len(f"{name}, ".encode())
        if room < 0:
            break
        shown += 1
    return listed(known, shown) or "nothing"
