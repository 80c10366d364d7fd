"""Which format is made by what."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

MEDIA_TYPES: Final = {
    "csv": "text/csv",
    "json": "application/json",
    "svg": "image/svg+xml",
    "png": "image/png",
    "parquet": "application/vnd.apache.parquet",
}

Days = Sequence[Mapping[str, Any]]


def title_of(mesh_id: str | None, user: str | None, first: date, last: date) -> str:
    """Return what a chart says that it is about."""
    of = f"{user} in {mesh_id or 'all meshes'}" if user else mesh_id or "all meshes"
    return f"Usage of {of}, {first} to {last}"


def write(form: str, days: Days, week: Sequence[Sequence[int]] | None, title: str) -> bytes:
    """Return a file.

    Args:
        form: one of `MEDIA_TYPES`.
        days: what is in it, oldest first; never empty.
        week: by weekday and hour, for a chart; None: it has none.
        title: of a chart.
    """
    match form:
        case "csv":
            return _csv(days)
        case "svg" | "png":
            return _chart(form, days, week, title)
        case "parquet":
            from meshvisor.features.statistics.export.parquet import table

            return table(days)
        case _:
            return (json.dumps({"title": title, "days": days, "week": week}, indent=2)).encode()


# Private


def _csv(days: Days) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(days[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(days)
    return text.getvalue().encode()


def _chart(form: str, days: Days, week: Sequence[Sequence[int]] | None, title: str) -> bytes:
    from meshvisor.features.statistics.export.chart import chart

    drawn = chart(days, week, title)
    if form == "png":
        from meshvisor.features.statistics.export.png import image

        return image(drawn)
    from meshvisor.features.statistics.export.svg import document

    return document(drawn).encode()
