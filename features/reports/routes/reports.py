"""`/api/v1/reports`: what weeks and months were like, as JSON and as pages.

A page has its styles in itself, which the policy of the console allows nowhere else.  So it is
served with a policy of its own: it has an opaque origin, runs nothing, loads nothing and leads
nowhere, and only pages of this console may show it.
"""

from __future__ import annotations

import sqlite3
from asyncio import to_thread
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from fastapi import Path as PathParameter
from fastapi import Query, Response
from pydantic import BaseModel, Field

from meshvisor.console.access import Asking
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.records.results import Record
from meshvisor.features.reports.page.language import ENGLISH
from meshvisor.features.reports.page.page import page
from meshvisor.shared.store.queries import load_queries

ROUTES: Final = FeatureRoutes("reports", about="What weeks and months were like.")

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

MOST_LISTED: Final = 500

KEY: Final = r"^(weekly_report|monthly_analytics)_[0-9_-]+$"

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'self'; sandbox"
)

ReportKey = Annotated[
    str, PathParameter(pattern=KEY, max_length=100, examples=["weekly_report_2026-03-01"])
]


class ReportInfo(BaseModel):
    """A report, as it is listed."""

    key: str
    kind: Literal["weekly", "monthly"]
    title: str = Field(description="Which time it is about, in words.")
    first: str = Field(description="The first day, as ISO date.")
    last: str = Field(description="The last day.")
    summary: str = Field(description="The most important figures, in a sentence.")
    made_at: str


class ReportList(BaseModel):
    """Reports, those about the newest days first."""

    reports: list[ReportInfo]
    more: bool


@ROUTES.get("", "view", result=ReportList)
async def list_reports(
    caller: Asking, limit: Annotated[int, Query(ge=1, le=MOST_LISTED)] = 100
) -> Any:
    """List reports without their figures."""

    def work(db: sqlite3.Connection) -> list[dict[str, Any]]:
        rows = db.execute(QUERIES["reports"], {"limit": limit + 1})
        return [_info(row) for row in rows]

    found = await caller.console.database.read(work)
    return {"reports": found[:limit], "more": len(found) > limit}


@ROUTES.get("/{key}", "view", result=Record)
async def show_report(caller: Asking, key: ReportKey) -> Any:
    """Show all figures of a report."""
    return await caller.ask("records_show", key=key)


@ROUTES.get(
    "/{key}/page",
    "view",
    responses={
        200: {
            "description": "A page that needs nothing from outside and runs nothing.",
            "content": {"text/html": {"schema": {"type": "string"}}},
        }
    },
)
async def show_page(
    caller: Asking,
    key: ReportKey,
    language: Annotated[
        str, Query(pattern="^[a-z]{2}$", description="Of its words; English where there is none.")
    ] = ENGLISH,
) -> Any:
    """Show a report as a page for people."""
    record = await caller.ask("records_show", key=key)
    text = await to_thread(page, record["document"], language)
    headers = {"Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return Response(text, 200, headers, "text/html; charset=utf-8")


# Private


def _info(row: tuple[Any, ...]) -> dict[str, Any]:
    key, made_at, kind, title, first, last, summary = row
    return {
        "key": key,
        "kind": kind,
        "title": title,
        "first": first,
        "last": last,
        "summary": summary,
        "made_at": datetime.fromtimestamp(made_at / 1000, UTC).isoformat(timespec="milliseconds"),
    }
