"""`/api/v1/records`: results of background processes, found again by their keys."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Path, Query

from meshvisor.console.access import Asking
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.records.results import Record, RecordList

ROUTES: Final = FeatureRoutes(
    "records", about="Results of background processes, found again by their keys."
)

LONGEST: Final = 200
MOST: Final = 1000


@ROUTES.get("", "view", result=RecordList)
async def list_records(
    caller: Asking,
    prefix: Annotated[
        str, Query(max_length=LONGEST, description="How their keys begin.", examples=["health_"])
    ] = "",
    limit: Annotated[int, Query(ge=1, le=MOST)] = 50,
) -> Any:
    """List records without their documents, the newest first."""
    return await caller.ask("records_list", prefix=prefix, limit=limit)


@ROUTES.get("/{key:path}", "view", result=Record)
async def show_record(
    caller: Asking, key: Annotated[str, Path(min_length=1, max_length=LONGEST)]
) -> Any:
    """Show one record with its document."""
    return await caller.ask("records_show", key=key)
