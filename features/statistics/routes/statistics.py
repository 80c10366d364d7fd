"""`/api/v1/statistics`: who uses which mesh, when and how.

Read from `var/statistics.db`, without the supervisor.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, Literal, TypeVar

from fastapi import Path as PathParameter
from fastapi import Query, Response

from meshvisor.console.access import Asking
from meshvisor.console.problem import of_error
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.statistics.export.write import MEDIA_TYPES, title_of, write
from meshvisor.features.statistics.people import names_for
from meshvisor.features.statistics.results import UsageDays, UsageTop, UsageWeek
from meshvisor.features.statistics.store.database import database_of
from meshvisor.features.statistics.store.reading import Question, Range, Statistics, opened
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.paths import Home

ROUTES: Final = FeatureRoutes("statistics", about="Who uses which mesh, when and how.")

LONGEST: Final = 200

MeshQuery = Annotated[
    str | None, Query(max_length=LONGEST, description="One mesh; missing: all together.")
]
UserQuery = Annotated[
    str | None, Query(max_length=LONGEST, description="One user, by id or pseudonym.")
]
FirstQuery = Annotated[
    date | None, Query(description="The first day; missing: 30 days.", examples=["2026-11-01"])
]
LastQuery = Annotated[
    date | None, Query(description="The last day; missing: the newest.", examples=["2026-11-29"])
]
Kinds = Literal["message", "command", "join", "leave", "error"]

T = TypeVar("T")


@ROUTES.get("/days", "view", result=UsageDays)
async def list_usage_days(
    _caller: Asking,
    mesh_id: MeshQuery = None,
    user: UserQuery = None,
    first: FirstQuery = None,
    last: LastQuery = None,
    cumulative: bool = False,
) -> Any:
    """List what there was on each day, and in all."""

    def look(statistics: Statistics, what: Range) -> dict[str, Any]:
        return {
            "days": statistics.cumulative(what) if cumulative else statistics.days(what),
            "totals": statistics.totals(what),
            "before": statistics.totals_before(what),
            "recorded_since": None if (day := statistics.first_day()) is None else day.isoformat(),
            "pending_hours": statistics.pending(),
        }

    return await _answer(look, mesh_id, user, first, last)


@ROUTES.get("/hours", "view", result=UsageWeek)
async def show_usage_week(
    _caller: Asking,
    mesh_id: MeshQuery = None,
    first: FirstQuery = None,
    last: LastQuery = None,
) -> Any:
    """Show how much there was in each hour of the week: messages and commands."""
    return await _answer(
        lambda statistics, what: {"week": statistics.week(what)}, mesh_id, None, first, last
    )


@ROUTES.get("/top/{of}", "view", result=UsageTop)
async def list_usage_top(  # noqa: PLR0913, PLR0917 - each is a parameter of the query
    _caller: Asking,
    of: Annotated[Literal["meshes", "users", "commands"], PathParameter(examples=["meshes"])],
    kind: Annotated[Kinds | None, Query(description="What is counted.")] = None,
    mesh_id: MeshQuery = None,
    user: UserQuery = None,
    first: FirstQuery = None,
    last: LastQuery = None,
    limit: Annotated[int, Query(ge=1, le=1000)] = 10,
) -> Any:
    """List which meshes, users or commands have most; commands have only `command` and `error`.

    Which meshes one user is in is counted, which commands is not.
    """
    if of == "commands" and user is not None:
        raise of_error(UsageError("commands are not counted by user; leave out user"))
    counted = kind or ("command" if of == "commands" else "message")
    return await _answer(
        lambda statistics, what: {
            "kind": counted,
            "top": statistics.top(what, of, counted, limit),
        },
        mesh_id,
        user,
        first,
        last,
    )


@ROUTES.get(
    "/export",
    "view",
    responses={
        200: {"description": "A file", "content": {kind: {} for kind in MEDIA_TYPES.values()}}
    },
)
async def export_usage(
    _caller: Asking,
    form: Annotated[
        Literal["csv", "json", "parquet", "svg", "png"],
        Query(alias="format", description="Of the file."),
    ] = "csv",
    mesh_id: MeshQuery = None,
    user: UserQuery = None,
    first: FirstQuery = None,
    last: LastQuery = None,
) -> Response:
    """Download the days as a table, or as a chart (SVG, PNG)."""

    def look(statistics: Statistics, what: Range) -> dict[str, Any]:
        week = None if user else statistics.week(what)
        title = title_of(mesh_id, user, what.first, what.last)
        return {"file": write(form, statistics.days(what), week, title)}

    found = await _answer(look, mesh_id, user, first, last)
    name = f"usage-{found['first']}-{found['last']}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(found["file"], 200, headers, MEDIA_TYPES[form])


# Private


async def _answer(
    look: Callable[[Statistics, Range], dict[str, Any]],
    mesh_id: str | None,
    user: str | None,
    first: date | None,
    last: date | None,
) -> dict[str, Any]:
    """Return what `look` finds, and the range that it is about."""
    if first is not None and last is not None and last < first:
        raise of_error(UsageError(f"the last day {last} is before the first one {first}"))
    home = Home(Path.cwd())

    def work() -> dict[str, Any]:
        people = names_for(home, user) if user else ()
        question = Question(mesh_id=mesh_id, people=people, start=first, end=last)
        with opened(database_of(home)) as statistics:
            what = statistics.range(question)
            bounds = {"first": what.first.isoformat(), "last": what.last.isoformat()}
            return {**bounds, **look(statistics, what)}

    try:
        return await asyncio.to_thread(work)
    except MeshvisorError as error:
        raise of_error(error) from None
