"""Where the reports of a job are said: in the place that it was asked for.

Pure.  Owns that only its creator reads of a job that was asked for in private.  Does not own
the words (`progress`) nor the moment (`reporter`).
"""

from __future__ import annotations

from typing import Final, Literal

from meshvisor.features.jobs.supervisor.chat_reports import ProgressMessage
from meshvisor.features.jobs.supervisor.ledger.job import Creator, Job
from meshvisor.shared.protocol.to_worker import SendMessage

DIGITS: Final = 18
"""Of the number of a job at most: what SQLite can hold."""


def notice(
    job: Job,
    text: str,
    kind: Literal["outcome", "question", "progress"],
    *,
    reply_to: str | None = None,
    changes: ProgressMessage | None = None,
) -> SendMessage | None:
    """Return what the bot of a job's mesh is to say about it.

    None: nothing, because no user there is known to have asked for it.  It was asked for in
    private, in another mesh, where the same user id may be another user's.

    Args:
        job: from a chat, or from anywhere else.
        text: what.
        kind: a question and progress are for its creator alone where that is possible.
        reply_to: the chat message that it answers.
        changes: the message in which progress was said before; None: in none that can be changed.
    """
    if job.is_direct and job.place is None:
        return None
    has_user = job.origin == "chat" or job.is_direct
    return SendMessage(
        mesh_id=job.mesh_id,
        text=text,
        reply_to_message=reply_to,
        to_user=job.created_by if has_user else None,
        place=job.place,
        is_direct=bool(job.is_direct),
        handle=_handle(job),
        changes=changes.sent_id if changes else None,
        changes_in=changes.place or None if changes else None,
        kind=kind,
    )


def job_of(handle: str) -> int | None:
    """Return the job of a handle; None: it is no handle of a job."""
    prefix, _, number = handle.partition("-")
    is_one = prefix == "job" and number.isascii() and number.isdigit() and len(number) <= DIGITS
    return int(number) if is_one else None


def said_by(job: Job, mesh_id: str, text: str) -> SendMessage:
    """Return what the action of a job says: in the job's own mesh where that was asked for.

    There it has the job's handle: the outcome is said after it.  Of a job that was asked for in
    private nothing is said in another mesh (`why_unsaid`).
    """
    if mesh_id != job.mesh_id:
        return SendMessage(mesh_id=mesh_id, text=text)
    if job.place is None:
        return SendMessage(mesh_id=mesh_id, text=text, handle=_handle(job))
    return SendMessage(
        mesh_id=mesh_id,
        text=text,
        to_user=job.created_by if job.is_direct else None,
        place=job.place,
        is_direct=bool(job.is_direct),
        handle=_handle(job),
    )


def why_unsaid(job: Job, mesh_id: str) -> str | None:
    """Return why the action of a job may say nothing in a mesh; None: it may."""
    if not job.is_direct or mesh_id == job.mesh_id:
        return None
    return (
        f"job {job.id} was asked for in private, and says nothing in {mesh_id}, where others read "
        "it: have an event or a plug-in of that mesh say what everybody may know"
    )


def creator_through(job: Job, mesh_id: str) -> Creator:
    """Return the creator of a job that another one enqueues.

    What is private stays so; a place is one of its own mesh only.
    """
    place = job.place if mesh_id == job.mesh_id else None
    return Creator(job.created_by, job.created_name, "job", None, place, bool(job.is_direct))


# Private


def _handle(job: Job) -> str:
    return f"job-{job.id}"
