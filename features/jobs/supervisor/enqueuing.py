"""Enqueuing jobs in a transaction of the engine, and what has to follow from that after its commit.

Owns that lanes are woken and deadlines seen.  Does not own the rows (`ledger.enqueue`).  Called by
the service, and by features that write something of their own in the same transaction
(`JobService.transact`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

from meshvisor.features.jobs.supervisor import chat_reports
from meshvisor.features.jobs.supervisor.ledger import enqueue
from meshvisor.features.jobs.supervisor.ledger.job import NewJob
from meshvisor.features.jobs.supervisor.transaction import Transaction


def enqueue_in(new: NewJob, db: sqlite3.Connection, transaction: Transaction) -> enqueue.Enqueued:
    """Write a job with all its items, of which there are at most `enqueue.SLICE`, in a transaction
    that may do other things with it.
    """
    transaction.woken(new.lane)
    if new.expires_at(transaction.now) is not None:
        transaction.expires()
    return _remembered(new, enqueue.enqueue(db, new, transaction.now), db)


def draft_in(new: NewJob, db: sqlite3.Connection, transaction: Transaction) -> enqueue.Enqueued:
    """Write a draft; see `enqueue.draft`."""
    return enqueue.draft(db, new, transaction.now)


def slice_in(
    job_id: int, items: Sequence[str], first: int, db: sqlite3.Connection, _: Transaction
) -> None:
    """Write items of a draft; see `enqueue.write_slice`."""
    enqueue.write_slice(db, job_id, items, first)


def open_in(
    job_id: int, new: NewJob, db: sqlite3.Connection, transaction: Transaction
) -> enqueue.Enqueued:
    """Make a draft a job; see `enqueue.open_draft`."""
    transaction.woken(new.lane)
    if new.expires_at(transaction.now) is not None:
        transaction.expires()
    return _remembered(new, enqueue.open_draft(db, job_id, new, transaction.now), db)


def discard_in(job_id: int, db: sqlite3.Connection, _: Transaction) -> None:
    """Forget a draft; see `enqueue.discard_draft`."""
    enqueue.discard_draft(db, job_id)


# Private


def _remembered(
    new: NewJob, enqueued: enqueue.Enqueued, db: sqlite3.Connection
) -> enqueue.Enqueued:
    """Keep which chat message has asked for a new job."""
    asked_in = new.creator.asked_in
    if asked_in is not None and not enqueued.duplicate:
        chat_reports.remember(db, enqueued.job_id, asked_in)
    return enqueued
