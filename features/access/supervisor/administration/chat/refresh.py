"""`refresh`: read credentials, admins and permissions anew, and tell all bots."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from meshvisor.features.access.supervisor.administration.chat.request import (
    AdministrationServices,
    ChatRequest,
)
from meshvisor.supervisor.room_words import public

USAGE: Final = "refresh"

MOST_SHOWN: Final = 3
"""Problems in one answer; a room is no place for thousands."""


async def handle(request: ChatRequest, services: AdministrationServices) -> str:
    """Read anew."""
    report = await services.administration.refresh(request.actor)
    changed = ", ".join(report.changed)
    lines = [
        f"Read anew: {report.admins} admin{'s'[: report.admins != 1]}, "
        f"{report.permissions} permission{'s'[: report.permissions != 1]}; "
        + (f"changed: {changed}; all bots know." if changed else "nothing has changed.")
    ]
    if report.problems:
        lines.append(_problems(report.problems))
    return "\n".join(lines)


def _problems(problems: Sequence[str]) -> str:
    # Some name files, addresses and shell commands, which are the operator's.
    sayable = [problem for problem in problems if public(problem)][:MOST_SHOWN]
    rest = len(problems) - len(sayable)
    hidden = f"{rest} more" if sayable else ("1 thing" if rest == 1 else f"{rest} things")
    more = f"{hidden}, which the operator of the bot can see" if rest else ""
    return f"Something is wrong: {'; '.join([*sayable, *([more] if more else [])])}"
