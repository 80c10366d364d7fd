"""What has happened, read by the console itself: the event log and the audit log as JSON.

Each event makes the pages that show events ask anew; the supervisor's loop is left alone with that.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final

from meshvisor.shared.events import log
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.kind import matches
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.feature import parts
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))


def known(patterns: Iterable[str]) -> bool:
    """Return whether all of these are kinds or families of this version."""
    return all(any(matches(pattern, name) for name in _names()) for pattern in patterns)


def page(
    db: sqlite3.Connection,
    after: int | None,
    limit: int,
    wanted: Wanted,
    since: datetime | None = None,
) -> bytes:
    """Return the JSON of an `EventPage`.

    Args:
        db: inside a transaction.
        after: those behind this one, from the oldest on; None: the newest ones.
        limit: how many at most.
        wanted: which ones.
        since: only those from about this moment on, so that not all of the log is looked through
            for what is rare; None: all.
    """
    start = 0 if since is None else log.first_since(db, round(since.timestamp() * 1000)) - 1
    if after is None:
        found = log.newest(db, limit, wanted, start)
    else:
        found = log.read(db, max(after, start), limit, wanted)
    events = ",".join(map(_written, found.events))
    left_out = ",".join(map(str, found.unreadable))
    text = f'{{"events":[{events}],"next":{found.next},"unreadable":[{left_out}]}}'
    return text.encode("utf-8", "replace")


def entries(db: sqlite3.Connection, limit: int) -> bytes:
    """Return the JSON of `AuditRecords`, newest first."""
    found = ",".join(text for (text,) in db.execute(QUERIES["audit"], (limit,)))
    return f'{{"entries":[{found}]}}'.encode("utf-8", "replace")


# Private


@cache
def _names() -> tuple[str, ...]:
    of_features = (kind.name for _, kinds in parts("events") for kind in kinds)
    return (*(kind.name for kind in log.KINDS), *of_features)


def _written(event: Event) -> str:
    fields = {
        "seq": event.seq,
        "at": datetime.fromtimestamp(event.at / 1000, UTC).isoformat(timespec="milliseconds"),
        "kind": event.kind,
        "subject": event.subject,
        "mesh_id": event.mesh_id,
        "actor": event.actor,
    }
    # The data is JSON as it is.
    text = json.dumps(fields, ensure_ascii=False, separators=(",", ":"))
    return f'{text[:-1]},"data":{event.data}}}'
