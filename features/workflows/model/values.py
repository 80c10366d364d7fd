"""What conditions and templates see of an event.

The fields of its data are there by their own names (`severity`, `text`, `zone`), and so are
`user_id`, `mesh_id`, `alert_id` and `job_id` where the event is about one; `event` has all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from meshvisor.features.workflows.model.triggers import ABOUT_USER
from meshvisor.shared.events.event import Event

LONGEST_NUMBER: Final = 18
"""Digits: SQLite's integers have 64 bits."""


def values_of(event: Event) -> dict[str, Any]:
    """Return the values of an event."""
    data: dict[str, Any] = msgspec.json.decode(event.data)
    data.pop("v", None)
    return described(
        {
            "seq": event.seq,
            "at": event.at,
            "kind": event.kind,
            "subject": event.subject,
            "mesh_id": event.mesh_id,
            "actor": event.actor,
            "data": data,
        }
    )


def names_of(kind: str, data: Iterable[str]) -> set[str]:
    """Return the names under which the values of an event of a kind are found.

    Args:
        kind: its name.
        data: the fields of its data.
    """
    sample = {"kind": kind, "subject": "-", "mesh_id": "-", "data": dict.fromkeys(data)}
    return set(described(sample))


def described(event: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values of an event that is given by its fields, a sample for example."""
    data = event.get("data")
    data = dict(data) if isinstance(data, Mapping) else {}
    kind, subject = str(event.get("kind", "")), event.get("subject")
    values: dict[str, Any] = {**data, "event": {**event, "data": data}, "now": event.get("at")}
    family = kind.partition(".")[0]
    if kind.startswith(ABOUT_USER):
        values["user_id"] = subject
    elif family == "alert":
        values["alert_id"] = subject
    elif family == "job":
        values["job_id"] = subject
    mesh_id = event.get("mesh_id")
    if mesh_id is None and family in ("mesh", "block"):
        mesh_id = subject
    if mesh_id is not None:
        values["mesh_id"] = mesh_id
    if family == "message":
        values["message"] = {"text": data.get("text"), "user_id": subject, "mesh_id": mesh_id}
    return values


def whole_number(text: str) -> int | None:
    """Return the number of a row that a text is.

    None: it is none, such as "²", which Python takes for a digit, or larger than SQLite's are.
    """
    is_one = text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
    return int(text) if is_one else None


def iso(moment: int) -> str:
    """Return epoch milliseconds as ISO 8601."""
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")
