"""What the messages of runners mean, as tasks for the engine.

Owns the meaning of each message.  Does not own the runners (`lanes`) nor what is written
(`ledger`).
"""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Callable, Sequence
from typing import Final

from meshvisor.features.jobs.messages import from_runner as said
from meshvisor.features.jobs.model.action import ActionSpec
from meshvisor.features.jobs.model.job import MAX_STATE, check_keys
from meshvisor.features.jobs.supervisor.ledger import claims, enqueue, resume
from meshvisor.features.jobs.supervisor.ledger import running as runs
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis, find_leased
from meshvisor.features.jobs.supervisor.ledger.retries import retry_delay
from meshvisor.features.jobs.supervisor.ledger.running import Attempts, Result
from meshvisor.features.jobs.supervisor.runner import Running
from meshvisor.features.jobs.supervisor.transaction import Completion, Transaction
from meshvisor.shared.errors import UsageError

HOLLOW: Final = 1.0
"""Seconds below which a rate limit asks for no pause: a service that refuses and says "0" for ever
would otherwise be asked for ever, many times in a second."""

SHORTEST_PAUSE: Final = 0.25
"""Seconds of the first such pause; each further one in a row, without an item done between them,
is twice as long."""

MOST_HOLLOW: Final = 8
"""Such pauses in a row, half a minute in all; from then on the attempt has failed."""

ONCE: Final = Attempts(1, lambda _attempt: 0)

Items = tuple[tuple[tuple[int, str], ...], bool]


def results(message: said.ItemResults) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about outcomes of items."""
    outcomes = [Result(r.position, r.state, r.result, r.error) for r in message.results]

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        transaction.changed(runs.record(db, message.job_id, message.run, outcomes, transaction.now))

    return work


def need(message: said.NeedItems) -> Callable[[sqlite3.Connection, Transaction], Items | None]:
    """Return how to find the next items; None: the lease is over."""

    def work(db: sqlite3.Connection, _transaction: Transaction) -> Items | None:
        if find_leased(db, message.job_id, message.run) is None:
            return None
        return claims.next_items(db, message.job_id, message.after)

    return work


def add(message: said.AddItems) -> Callable[[sqlite3.Connection, Transaction], int | None]:
    """Return how to add items; None: the lease is over.

    Raises:
        UsageError: some of them cannot be items.
    """
    try:
        keys = check_keys(message.keys)
    except ValueError as error:
        raise UsageError(str(error)) from None

    def work(db: sqlite3.Connection, transaction: Transaction) -> int | None:
        added = enqueue.add_items(db, message.job_id, message.run, keys, transaction.now)
        transaction.changed(find_leased(db, message.job_id, message.run))
        return added

    return work


def finished(
    message: said.JobFinished, spec: ActionSpec | None
) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about a job whose action has ended.

    Args:
        message: what its runner has said.
        spec: its action when it was handed out; None: unknown, and it is not attempted again.
    """

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        if spec is None or message.final:
            attempts = ONCE
        else:
            attempts = Attempts(
                spec.attempts, lambda attempt: retry_delay(spec, attempt, random.random())
            )
        transaction.changed(
            runs.finish(db, message.job_id, message.run, message.error, attempts, transaction.now)
        )

    return work


def unsendable(job: Job) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about a job that fits into no message to a runner."""
    text = "it cannot be sent to a runner"
    return finished(said.JobFinished(job_id=job.id, run=job.run, error=text, final=True), None)


def completed(message: said.JobFinished, running: Running) -> Completion | None:
    """Return the completion, if probably nothing else has to be done; None: it surely has."""
    if message.error is not None:
        return None
    return Completion(running.job.id, message.run, finished(message, running.spec))


def stopped(
    job: Running, why: str | None, notes: Sequence[str] = ()
) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about a job that has stopped as requested.

    Args:
        job: which one.
        why: why its runner ends; None: it does not.
        notes: lines for its history.
    """
    job_id, run = job.key
    reason = runs.Stopped(
        preempted_by=job.preempted_by if job.stop == "preempt" else None,
        limited_until=job.limited_until if job.stop == "limit" else None,
        why=why or job.why,
    )

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        for text in notes:
            runs.note(db, job_id, run, "warning", text, transaction.now)
        transaction.changed(runs.stop(db, job_id, run, reason, transaction.now))

    return work


def checkpoint(message: said.Checkpoint) -> Callable[[sqlite3.Connection, Transaction], int | None]:
    """Return what to do about a checkpoint, and about the state that is kept with it.

    Its value is None when the lease is over, else 0.

    Raises:
        UsageError: the state is too large.
    """
    if message.keeps and len(json.dumps(message.state, ensure_ascii=False).encode()) > MAX_STATE:
        raise UsageError(f"the state of a job may have {MAX_STATE} bytes of JSON; keep less of it")

    def work(db: sqlite3.Connection, transaction: Transaction) -> int | None:
        job = transaction.changed(runs.touch(db, message.job_id, message.run, transaction.now))
        if job is None:
            return None
        if message.keeps:
            resume.keep_state(db, job.id, message.state)
        return 0

    return work


def limited(
    message: said.JobRateLimited, spec: ActionSpec | None = None
) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about a job that has met a rate limit.

    Args:
        message: what its runner has said.
        spec: its action, as in `finished`; asked only where the service wants no pause for ever.
    """
    text = f"a service has refused it {MOST_HOLLOW} times in a row and asked for no pause"
    over = said.JobFinished(job_id=message.job_id, run=message.run, error=text)
    give_up = finished(over, spec)

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        pause = message.resume_after
        if pause < HOLLOW:
            found = find_leased(db, message.job_id, message.run)
            if found is None:
                return
            count = resume.count_limit(db, found.id, found.pending)
            if count > MOST_HOLLOW:
                give_up(db, transaction)
                return
            pause = max(pause, SHORTEST_PAUSE * 2 ** (count - 1))
        until = Millis(transaction.now + round(pause * 1000))
        job = runs.limit(db, message.job_id, message.run, message.key, until, transaction.now)
        if transaction.changed(job) is not None and job is not None:
            transaction.limited(message.key or job.rate_key, until)

    return work


def logged(message: said.JobLog) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about a line of a job's own."""

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        runs.note(db, message.job_id, message.run, message.level, message.text, transaction.now)

    return work


def lost(
    jobs: list[tuple[int, int]],
    crash: Callable[[Millis], runs.Crash | None],
    why: str | None = None,
) -> Callable[[sqlite3.Connection, Transaction], None]:
    """Return what to do about the jobs of a runner that is gone; see `runs.lose`."""

    def work(db: sqlite3.Connection, transaction: Transaction) -> None:
        for job in runs.lose(db, jobs, crash(transaction.now), transaction.now, why):
            transaction.changed(job)

    return work
