"""`refresh`: read credentials, admins and permissions anew, and tell all bots."""

from __future__ import annotations

from typing import Final

from supervisor.administration.chat.request import ChatRequest, Desk

USAGE: Final = "refresh"

MOST_SHOWN: Final = 3
"""Problems in one answer; a room is no place for thousands."""


async def handle(request: ChatRequest, desk: Desk) -> str:
    """Read anew."""
    report = await desk.administration.refresh(request.actor)
    changed = ", ".join(report.changed)
    lines = [
        f"Read anew: {report.admins} admin{'s'[: report.admins != 1]}, "
        f"{report.permissions} permission{'s'[: report.permissions != 1]}; "
        + (f"changed: {changed}; all bots know." if changed else "nothing has changed.")
    ]
    if report.problems:
        shown = "; ".join(report.problems[:MOST_SHOWN])
        more = " and more (meshvisor status)" if len(report.problems) > MOST_SHOWN else ""
        lines.append(f"Something is wrong: {shown}{more}")
    return "\n".join(lines)
