"""All schedules, page after page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

Ask = Callable[..., Awaitable[Any]]
"""`Caller.ask` or `Control.request`."""


async def all_schedules(ask: Ask) -> list[dict[str, Any]]:
    """Return what `schedules_list` says of each.

    Raises:
        ProblemError, MeshvisorError: as `ask`.
    """
    found: list[dict[str, Any]] = []
    while True:
        page = await ask("schedules_list", after=found[-1]["name"] if found else "")
        found += page["schedules"]
        if not page.get("more") or not page["schedules"]:
            return found
