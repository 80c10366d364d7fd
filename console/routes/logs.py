"""`/api/v1/logs`: the last log lines, and new ones as they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Final

from fastapi import Query, Request
from pydantic import BaseModel

from meshvisor.console.access import Asking
from meshvisor.console.problem import ProblemError
from meshvisor.console.routing import FeatureRoutes, event_stream
from meshvisor.console.stream import written
from meshvisor.shared.control.results import LogLine
from meshvisor.shared.logs.files import Wanted, read_tail

ROUTES: Final = FeatureRoutes("logs", about="What the supervisor, workers and runners have logged.")

MOST_LINES: Final = 10_000

LATEST: Final = 253_402_300_799.0
"""Epoch seconds at the end of the year 9999."""

Mesh = Annotated[str | None, Query(max_length=255, description="null: all, merged.")]


class LogLines(BaseModel):
    """Log lines, oldest first."""

    lines: list[LogLine]


@ROUTES.get("", "view", result=LogLines)
async def list_log_lines(
    caller: Asking,
    mesh_id: Mesh = None,
    lines: Annotated[int, Query(ge=1, le=MOST_LINES)] = 200,
    before: Annotated[
        float | None,
        Query(ge=0, le=LATEST, description="Epoch seconds; null: the newest.", examples=[1.8e9]),
    ] = None,
) -> Any:
    """Show the last log lines that are kept in memory, or those up to a moment from the files.

    Lines of that very millisecond are among them.
    """
    if before is not None:
        return {"lines": await asyncio.to_thread(_filed, caller, mesh_id, lines, before)}
    found = caller.follow("logs", mesh_id=mesh_id, lines=lines)
    return {"lines": [line async for line in found]}


@ROUTES.get(
    "/stream",
    "view",
    responses={
        200: {
            "description": "Server-sent events; `data` is the JSON of one line.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        }
    },
)
async def stream_log_lines(
    request: Request,
    caller: Asking,
    mesh_id: Mesh = None,
    lines: Annotated[int, Query(ge=0, le=MOST_LINES)] = 200,
) -> Any:
    """Follow the log: the last lines, `event: live`, then new ones.

    `event: dropped` counts those that were left out because they were read too slowly;
    `event: signed_out` says that the session or the token has ended.
    """
    # Asked for here, so that a refusal is an answer and no broken stream.
    events = caller.follow("logs", mesh_id=mesh_id, lines=lines, follow=True, mark_live=True)
    first = await anext(events, None)
    return event_stream(request, _written(first, events))


# Private


def _filed(caller: Asking, mesh_id: str | None, lines: int, before: float) -> list[dict[str, Any]]:
    """Return lines of the files: this process reads them, without the supervisor."""
    wanted = Wanted((mesh_id,) if mesh_id else (), until=before)
    try:
        return read_tail(caller.console.home, wanted, lines)
    except OSError as error:
        raise ProblemError(503, f"The log files cannot be read: {error.strerror}.") from None


async def _written(
    first: dict[str, Any] | None, events: AsyncGenerator[dict[str, Any], None]
) -> AsyncGenerator[bytes, None]:
    async with aclosing(events):
        try:
            if first is not None:
                yield _event(first)
            async for event in events:
                yield _event(event)
        except ProblemError as error:
            yield written("lost", {"detail": error.detail})


def _event(content: dict[str, Any]) -> bytes:
    return written(next((one for one in ("live", "dropped") if one in content), ""), content)
