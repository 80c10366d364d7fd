"""`/api/v1/background`: commands that go on without a terminal.

They are read from their files, without the supervisor, which alone ends one.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Final

from fastapi import Path, Query
from pydantic import Field

from meshvisor.console.access import Asking
from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.background.cancelling import AFTER_KILL
from meshvisor.features.background.folder import choose_folder
from meshvisor.features.background.log_tail import last_lines
from meshvisor.features.background.looking import Found, look_at_all, look_for
from meshvisor.features.background.names import Files
from meshvisor.features.background.results import (
    BackgroundCancelled,
    BackgroundCommand,
    BackgroundCommands,
    BackgroundDetail,
    CommandUsage,
)
from meshvisor.features.background.usage import usage_of
from meshvisor.shared.control.client import REQUEST_TIMEOUT

ROUTES: Final = FeatureRoutes("background", about="Commands that go on without a terminal.")

MOST_LINES: Final = 10_000

NamePath = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", examples=["nightly"])]


class Cancelling(Body):
    """How to end one."""

    kill_after: float = Field(
        30.0, ge=0, le=600, description="Seconds that it has to end by itself.", examples=[30]
    )


@ROUTES.get("", "view", result=BackgroundCommands)
async def list_background(_caller: Asking) -> Any:
    """List background commands, those that run first, then the newest."""
    folder = choose_folder(None)
    found = await asyncio.to_thread(look_at_all, folder)
    return BackgroundCommands(
        folder=str(folder),
        running=sum(one.runs for one in found),
        commands=tuple(map(_shown, found)),
    ).model_dump(mode="json")


@ROUTES.get("/{name}", "view", result=BackgroundDetail)
async def show_background(
    _caller: Asking,
    name: NamePath,
    lines: Annotated[int, Query(ge=0, le=MOST_LINES, description="Of its log.")] = 100,
) -> Any:
    """Show how one is, what it uses and the end of its log."""
    return await asyncio.to_thread(_detail, Files(choose_folder(None), name), lines)


@ROUTES.post("/{name}/cancel", "operate", result=BackgroundCancelled)
async def cancel_background(caller: Asking, name: NamePath, body: Cancelling) -> Any:
    """End one with all that comes from it; its log stays."""
    return await caller.ask(
        "background_cancel",
        name=name,
        kill_after=body.kill_after,
        timeout=body.kill_after + 2 * AFTER_KILL + REQUEST_TIMEOUT,
    )


# Private


def _detail(files: Files, lines: int) -> dict[str, Any]:
    found = look_for(files)
    usage = usage_of(found)
    return BackgroundDetail(
        command=_shown(found),
        usage=None if usage is None else CommandUsage(**asdict(usage)),
        log_file=str(files.log),
        log=tuple(last_lines(found, lines)),
    ).model_dump(mode="json")


def _shown(found: Found) -> BackgroundCommand:
    status = found.status
    return BackgroundCommand(
        name=found.files.name,
        status=status.status,
        pid=status.pid,
        command=status.command,
        directory=status.directory,
        progress=status.progress,
        current_task=status.current_task,
        runtime=round(found.runtime, 3),
        remaining=None if found.remaining is None else round(found.remaining, 1),
        started_at=_iso(status.start_time),
        updated_at=_iso(status.last_update),
        ended_at=None if status.end_time is None else _iso(status.end_time),
        exit_code=status.exit_code,
        error=status.error,
        left=tuple(found.left),
    )


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
