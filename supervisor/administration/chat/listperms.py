"""`listperms`: how many admins there are, and who may use which command."""

from __future__ import annotations

from typing import Final

from supervisor.administration.chat.request import ChatRequest, Desk

USAGE: Final = "listperms"


async def handle(request: ChatRequest, desk: Desk) -> str:
    """List."""
    found = desk.administration.list_permissions()
    decided = ", ".join(f"{p.command} ({p.level})" for p in found.permissions)
    lines = [
        "1 admin." if found.admins == 1 else f"{found.admins} admins.",
        f"For admins only: {', '.join(map(request.example, found.admin_commands))}.",
        f"For everybody: {', '.join(map(request.example, found.user_commands)) or 'nothing'}.",
        f"Decided with {request.example('setperm')}: {decided or 'nothing'}.",
    ]
    if not desk.administration.directory.reachable:
        lines.append("The directory is away; this is what it held last.")
    return "\n".join(lines)
