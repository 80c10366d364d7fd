"""What is still to be said about jobs in chats, as rows of its own.

Owns the tables `job_chats` and `job_reports`: taken in from the event log in one transaction with
the cursor, and removed when it was said.  Owns `job_progress_messages` too, the message in which
the progress of a job is said.  Does not own when that is tried (`reporter`) nor the
words (`progress`).  All functions take a connection inside a transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Literal, NamedTuple

from meshvisor.features.jobs import events as kinds
from meshvisor.features.jobs.supervisor.ledger.job import Job
from meshvisor.shared.events.event import Event
from meshvisor.shared.events.log import Wanted
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_suffix(".sql"))

NAME: Final = "jobs.chat"
"""Of the subscriber."""

WANTED: Final = (
    # A creator in a chat hears how it has ended; others look.
    Wanted(
        (kinds.COMPLETED.name, kinds.FAILED.name, kinds.CANCELLED.name), field=("origin", "chat")
    ),
    # Whose job it is does not matter to the question.
    Wanted((kinds.INTERRUPTED.name,)),
)


class Report(NamedTuple):
    """One thing to say."""

    what: Literal["outcome", "question"]
    at: int
    """When that happened, epoch milliseconds."""
    asked_in: str | None
    """The chat message that it answers; None: there was none."""
    job: Job


class ProgressMessage(NamedTuple):
    """The message in which the progress of a job is said."""

    sent_id: str
    place: str
    """Empty: in the mesh's own room."""


def remember(db: sqlite3.Connection, job_id: int, asked_in: str) -> None:
    """Keep the chat message that has asked for a job."""
    db.execute(QUERIES["remember"], (job_id, asked_in))


def take_in(db: sqlite3.Connection, events: Sequence[Event]) -> set[str]:
    """Keep what is to be said about events; return the meshes in which it is."""
    for event in events:
        what = "question" if event.kind == kinds.INTERRUPTED.name else "outcome"
        if what == "outcome":
            db.execute(QUERIES["progress_ends"], (int(event.subject or 0),))
        db.execute(
            QUERIES["take_in"], {"id": int(event.subject or 0), "what": what, "at": event.at}
        )
    return {event.mesh_id for event in events if event.mesh_id is not None}


def pending(db: sqlite3.Connection, mesh_id: str, limit: int) -> list[Report]:
    """Return what is to be said in a room, in the order of the jobs."""
    rows = db.execute(QUERIES["pending"], (mesh_id, limit)).fetchall()
    return [Report(what, at, asked_in, Job.of(row)) for what, at, asked_in, *row in rows]


def meshes(db: sqlite3.Connection) -> set[str]:
    """Return the rooms in which something may be to be said."""
    return {mesh_id for (mesh_id,) in db.execute(QUERIES["meshes"])}


def is_any(db: sqlite3.Connection, mesh_id: str) -> bool:
    """Say whether `meshes` has a room."""
    return bool(db.execute(QUERIES["is_any"], (mesh_id,)).fetchone()[0])


def said(db: sqlite3.Connection, report: Report) -> None:
    """Note that it was said."""
    db.execute(QUERIES["said"], (report.job.id, report.what, report.at))


def progress_said(
    db: sqlite3.Connection, job_id: int, mesh_id: str, message: ProgressMessage
) -> None:
    """Keep the message in which the progress of a job is said, unless the job is over or is none of
    the mesh's.
    """
    found = {"job_id": job_id, "mesh_id": mesh_id, **message._asdict()}
    db.execute(QUERIES["progress_said"], found)


def progress_messages(db: sqlite3.Connection) -> dict[tuple[str, int], ProgressMessage]:
    """Return the messages in which progress is said, by mesh and job."""
    rows = db.execute(QUERIES["progress_messages"]).fetchall()
    return {(mesh_id, job_id): ProgressMessage(*said) for mesh_id, job_id, *said in rows}


def questions(db: sqlite3.Connection) -> frozenset[int]:
    """Return the jobs about which a question is still to be asked."""
    return frozenset(job_id for (job_id,) in db.execute(QUERIES["questions"], (NAME,)))


def begin_at_the_end(db: sqlite3.Connection, now: int) -> None:
    """Say nothing anew after the database was damaged, if what was said is among what is lost."""
    db.execute(QUERIES["begin_at_the_end"], (NAME, now))
