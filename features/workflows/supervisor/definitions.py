"""What is written about workflows: functions on a connection of the main database.

Owns the rows of workflows, their revisions and their counters.  Does not own whose transaction it
is (`service`), nor what is a workflow (`model.definition`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.steps import action_id, all_steps
from meshvisor.features.workflows.model.values import whole_number
from meshvisor.shared.errors import UnknownError
from meshvisor.shared.late import late
from meshvisor.shared.near_names import did_you_mean, near_names
from meshvisor.shared.store.queries import load_queries

if TYPE_CHECKING:
    from meshvisor.features.workflows import results
    from meshvisor.features.workflows.model import calls
else:
    results = late("meshvisor.features.workflows.results")
    calls = late("meshvisor.features.workflows.model.calls")

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))


class Row(msgspec.Struct, frozen=True):
    """A workflow; the columns of `workflows` and its document."""

    id: int
    name: str
    description: str
    revision: int
    is_active: bool
    owner: str | None
    template_id: int | None
    created_by: str
    created_at: int
    updated_at: int
    completed: int
    failed: int
    cancelled: int
    started: int
    total_ms: int
    last_executed_at: int | None
    revision_id: int
    document: dict[str, Any]


def find(db: sqlite3.Connection, ref: str | int) -> Row:
    """Return a workflow by its number or its name.

    Raises:
        UnknownError: there is none; the sentence names the nearest ones.
    """
    row = None
    number = whole_number(str(ref))
    if number is not None:
        row = db.execute(QUERIES["by_id"], (number,)).fetchone()
    found = named(db, str(ref)) if row is None else _row(row)
    if found is None:
        names = [name for (name,) in db.execute(QUERIES["names"])]
        near = near_names(str(ref), names)
        more = did_you_mean(near) if near else "meshvisor workflows list shows those there are"
        raise UnknownError(say.UNKNOWN_WORKFLOW.said(name=str(ref)[:80], hint=more))
    return found


def named(db: sqlite3.Connection, name: str) -> Row | None:
    """Return the workflow of a name, also where the name is a number; None: there is none."""
    row = db.execute(QUERIES["by_name"], (name,)).fetchone()
    return None if row is None else _row(row)


def page(
    db: sqlite3.Connection, filters: Mapping[str, Any], limit: int, offset: int
) -> tuple[list[Row], int]:
    """Return some workflows by name, and how many there are of that kind."""
    values = {"active_only": 0, "template_id": None, "created_by": None, **filters}
    rows = db.execute(QUERIES["page"], {**values, "limit": limit, "offset": offset})
    found = [_row(row) for row in rows]
    (total,) = db.execute(QUERIES["count"], values).fetchone()
    return found, int(total)


def active(db: sqlite3.Connection) -> list[Row]:
    """Return all that begin by themselves."""
    return [_row(row) for row in db.execute(QUERIES["active"])]


def called(db: sqlite3.Connection, document: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what a workflow calls, and what that calls, by their names."""
    found: dict[str, dict[str, Any]] = {}
    wanted = [*calls.called_by(document)]
    while wanted:
        name = wanted.pop()
        row = None if name in found else named(db, name)
        if row is not None:
            found[name] = row.document
            wanted += calls.called_by(found[name])
    return found


def insert(  # noqa: PLR0913 - each is a column
    db: sqlite3.Connection,
    document: Mapping[str, Any],
    *,
    actor: str,
    owner: str | None,
    now: int,
    is_active: bool,
    template_id: int | None,
) -> int:
    """Add a workflow with its first revision; return its number."""
    values = {
        "name": document["name"],
        "description": document.get("description", ""),
        "is_active": is_active,
        "owner": owner,
        "template_id": template_id,
        "actor": actor,
        "now": now,
    }
    number = db.execute(QUERIES["insert"], values).lastrowid
    assert number is not None
    _add_revision(db, number, 1, document, actor, now)
    return number


def update(
    db: sqlite3.Connection,
    row: Row,
    document: Mapping[str, Any],
    *,
    actor: str,
    owner: str | None,
    now: int,
) -> int:
    """Add a revision; return its number."""
    revision = row.revision + 1
    _add_revision(db, row.id, revision, document, actor, now)
    values = {
        "id": row.id,
        "name": document["name"],
        "description": document.get("description", ""),
        "revision": revision,
        "owner": owner,
        "now": now,
    }
    db.execute(QUERIES["update"], values)
    return revision


def at_revision(db: sqlite3.Connection, workflow: Row, number: int) -> Row:
    """Return a workflow as one of its revisions has it.

    Raises:
        UnknownError: there is none of this number.
    """
    row = db.execute(QUERIES["revision"], (workflow.id, number)).fetchone()
    if row is None:
        raise UnknownError(
            f"there is no revision {number}; meshvisor workflows revisions shows those there are"
        )
    return msgspec.structs.replace(
        workflow, document=json.loads(row[0]), revision=number, revision_id=row[1]
    )


# ---- As results ------------------------------------------------------------------------------


def info(row: Row) -> results.ProcessInfo:
    """Return a workflow without its definition."""
    return results.ProcessInfo(**_info(row))


def process(row: Row, warnings: tuple[results.ProblemReport, ...] = ()) -> results.Process:
    """Return a workflow with its definition."""
    document = row.document
    return results.Process(
        **_info(row),
        triggers=tuple(
            results.ProcessTrigger(
                id=action_id(row.revision_id, at),
                trigger_type=one["type"],
                trigger_config=one.get("config", {}),
                conditions=one.get("when"),
                priority=one.get("priority", 0),
                is_active=one.get("is_active", True),
            )
            for at, one in enumerate(document["triggers"])
        ),
        actions=tuple(
            results.ProcessAction(
                id=action_id(row.revision_id, at),
                action_type=one["type"],
                action_config=one.get("with", {}),
                conditions=one.get("when"),
                action_order=at + 1,
                timeout_seconds=one.get("timeout", 30),
                retry_count=one.get("retries", 0),
            )
            for at, one in enumerate(document["steps"])
        ),
        document=document,
        warnings=warnings,
    )


def iso(moment: int | None) -> str | None:
    """Return epoch milliseconds as ISO 8601; None: there is none."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment / 1000, UTC).isoformat(timespec="milliseconds")


def success_rate(completed: int, failed: int) -> float:
    """Return the part of those that have ended by themselves which went well."""
    return round(completed / (completed + failed), 4) if completed + failed else 0.0


def average(total_ms: int, ended: int) -> float | None:
    """Return seconds per execution; None: none has ended."""
    return round(total_ms / ended / 1000, 3) if ended else None


# Private


def _row(row: Any) -> Row:
    *columns, document = row
    columns[4] = bool(columns[4])
    columns.append(json.loads(document))
    return Row(**dict(zip(Row.__struct_fields__, columns, strict=True)))


def _info(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "name": row.name,
        "description": row.description,
        "template_id": row.template_id,
        "created_by": row.created_by,
        "created_at": iso(row.created_at),
        "updated_at": iso(row.updated_at),
        "is_active": row.is_active,
        "execution_count": row.started,
        "last_executed": iso(row.last_executed_at),
        "success_rate": success_rate(row.completed, row.failed),
        "avg_execution_time": average(row.total_ms, row.completed + row.failed),
        "revision": row.revision,
        "owner": row.owner,
        "mode": row.document.get("mode", "parallel"),
        "trigger_types": tuple(one["type"] for one in row.document["triggers"]),
        "steps": sum(1 for _ in all_steps(row.document)),
    }


def _add_revision(
    db: sqlite3.Connection,
    workflow_id: int,
    number: int,
    document: Mapping[str, Any],
    actor: str,
    now: int,
) -> None:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    db.execute(QUERIES["add_revision"], (workflow_id, number, text, actor, now))
