"""What is written about schedules, and the rules of it: functions on a connection.

Owns that each planned time gets one fire, and each fire at most one job: both are written in one
transaction, which is one of the jobs (`JobService.transact`).  Called by `timer` and `service`.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace

from meshvisor.features.jobs.supervisor.decisions import carry_out
from meshvisor.features.jobs.supervisor.enqueuing import enqueue_in
from meshvisor.features.jobs.supervisor.ledger.job import NewJob, UnknownJobError, find
from meshvisor.features.jobs.supervisor.ledger.operations import OPERATIONS
from meshvisor.features.jobs.supervisor.ledger.tracebacks import last_traceback
from meshvisor.features.jobs.supervisor.transaction import Transaction
from meshvisor.features.schedules import events as kinds
from meshvisor.features.schedules.model.schedule import Fire, Overlap, Plan, Schedule
from meshvisor.features.schedules.wordings import (
    DISABLED,
    EARLIER_RUNS,
    EARLIER_WAITS,
    JOB_NOT_OVER,
    LATER_RUNS,
    MANY_WAIT,
    ONE_WAITS,
)
from meshvisor.shared.events import log
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.store.queries import load_queries
from meshvisor.supervisor.audit.log import Actor

QUERIES: Final = load_queries(Path(__file__).with_name("queries.sql"))

MOST_WAITING: Final = 1_000
"""Fires of one schedule that wait for earlier ones; more would never be caught up with."""

MOST_REMOVED: Final = 500
"""Fires that are removed in one transaction."""

ORIGIN: Final = "schedule"
"""Where its jobs come from, and who cancels them."""


class NewFire(NamedTuple):
    """A planned time that has come, to be written."""

    schedule: str
    planned_at: int
    state: str
    reason: str | None
    now: int
    started_by: str | None = None


class Prepared(msgspec.Struct, frozen=True):
    """A schedule whose time has come, and the job that it makes."""

    schedule: Schedule
    since: int
    """All planned times up to here were settled before."""
    plan: Plan
    job: NewJob | str
    """In place of a job why there can be none."""


# ---- Definitions ---------------------------------------------------------------------------------


def definitions(db: sqlite3.Connection, after: str, limit: int) -> dict[str, dict[str, Any]]:
    """Return what was made or changed at run time, by name, behind a name."""
    rows = db.execute(QUERIES["definitions"], {"after": after, "limit": limit})
    return {name: json.loads(text) for name, text in rows}


def definition(db: sqlite3.Connection, name: str) -> dict[str, Any]:
    """Return what was made or changed of one; nothing: nothing was."""
    row = db.execute(QUERIES["definition"], (name,)).fetchone()
    found: dict[str, Any] = {} if row is None else json.loads(row[0])
    return found


def save_definition(
    db: sqlite3.Connection, name: str, definition: Mapping[str, Any], by: str, now: int
) -> None:
    """Keep what was made or changed; nothing changed is forgotten."""
    if not definition:
        db.execute(QUERIES["remove_definition"], (name,))
        return
    text = json.dumps(definition)
    values = {"name": name, "definition": text, "now": now, "by": by}
    db.execute(QUERIES["save_definition"], values)


# ---- Fires ---------------------------------------------------------------------------------------


def settle(db: sqlite3.Connection, transaction: Transaction, prepared: Prepared) -> bool:
    """Write the fires of planned times that have come; say whether any waits now.

    Nothing is written of a schedule that has changed meanwhile: it is due still, or no more.  A
    planned time that has its fire already, as after the clock was set back, gets no second one.
    """
    schedule, plan, waits, now = prepared.schedule, prepared.plan, False, int(transaction.now)
    values = {"name": schedule.name, "timing": schedule.timing, "since": prepared.since}
    values |= {"until": plan.until, "next_at": plan.next_at}
    if not db.execute(QUERIES["settle"], values).rowcount:
        return False
    fires = plan.fires
    if schedule.after:
        db.execute(QUERIES["begin_again"], (schedule.name,))
        # Two successes of the same millisecond are two runs.
        fires = tuple(replace(one, planned=_free(db, schedule, one.planned)) for one in fires)
    missed = []
    for fire in fires:
        if fire.missed:
            if _add(db, NewFire(schedule.name, fire.planned, "missed", fire.missed, now)):
                missed.append(fire)
        else:
            waits |= _fire(db, transaction, prepared, fire)
    if missed:
        data: dict[str, Any] = {
            "first": missed[0].planned,
            "last": missed[-1].planned,
            "count": len(missed),
        }
        data["reason"] = missed[-1].missed
        _tell(db, kinds.MISSED, schedule, now, data)
        note_trouble(db, schedule.name, "missed", now)
    return waits


def start_now(
    db: sqlite3.Connection, transaction: Transaction, schedule: Schedule, job: NewJob, actor: Actor
) -> tuple[int, int]:
    """Run a schedule now, whatever else of it runs; return the moment and the job's number."""
    moment = int(transaction.now)
    while not _add(
        db, NewFire(schedule.name, moment, "waiting", None, int(transaction.now), actor.id)
    ):
        moment += 1
    return moment, _submit(db, transaction, schedule, job, moment, actor.id)


def release(
    db: sqlite3.Connection, transaction: Transaction, schedule: Schedule, job: NewJob | str
) -> bool:
    """Enqueue the fire that has waited longest, if nothing else of its schedule runs.

    Returns:
        Whether any still waits.
    """
    fires = db.execute(QUERIES["open_fires"], (schedule.name,)).fetchall()
    waiting = [planned for planned, state, *_ in fires if state == "waiting"]
    if _open_jobs(db, fires) or not waiting:
        return bool(waiting)
    if isinstance(job, str):
        for planned in waiting:
            _skip_waiting(db, schedule, planned, job, transaction.now)
            _tell_impossible(db, schedule, planned, job, int(transaction.now))
        return False
    _submit(db, transaction, schedule, job, waiting[0])
    return len(waiting) > 1


def stop(
    db: sqlite3.Connection, transaction: Transaction, schedule: Schedule, actor: Actor, why: str
) -> tuple[list[int], int]:
    """Cancel what runs of a schedule, and skip what waits; return the jobs, and how many waited."""
    fires = db.execute(QUERIES["open_fires"], (schedule.name,)).fetchall()
    waiting = [planned for planned, state, *_ in fires if state == "waiting"]
    for planned in waiting:
        _skip_waiting(db, schedule, planned, why, transaction.now)
    return _cancel(db, transaction, _open_jobs(db, fires), actor), len(waiting)


def abandon(db: sqlite3.Connection, names: Iterable[str], now: int) -> None:
    """Skip what waits of schedules that are disabled or gone."""
    for name in names:
        for planned, state, *_ in db.execute(QUERIES["open_fires"], (name,)).fetchall():
            if state == "waiting":
                reason = DISABLED()
                values = {"schedule": name, "planned_at": planned, "reason": reason}
                db.execute(QUERIES["skip_fire"], values)
                data = {"planned_at": planned, "reason": reason}
                log.append(db, [NewEvent(now, kinds.SKIPPED.name, name, data=data)])


def waiting_schedules(db: sqlite3.Connection) -> set[str]:
    """Return the names of schedules with fires that wait."""
    return {name for (name,) in db.execute(QUERIES["waiting_schedules"])}


def note_trouble(db: sqlite3.Connection, name: str, trouble: str, now: int) -> None:
    """Note that a schedule has failed or was missed, so that its recovery is an event."""
    db.execute(QUERIES["set_trouble"], {"name": name, "trouble": trouble, "at": now})


def history(
    db: sqlite3.Connection, name: str, before: int, limit: int
) -> Sequence[tuple[Any, ...]]:
    """Return fires of a schedule, newest first; those whose end is not noted as their jobs are."""
    values = {"schedule": name, "before": before, "limit": limit}
    return [_with_job(db, row) for row in db.execute(QUERIES["history"], values).fetchall()]


def outcomes(db: sqlite3.Connection, name: str, since: int) -> list[tuple[Any, ...]]:
    """Return what became of planned times of a schedule since a moment, for `rates.rates_of`."""
    return db.execute(QUERIES["outcomes"], {"schedule": name, "since": since}).fetchall()


def count_outdated(db: sqlite3.Connection, before: int) -> int:
    """Return how many fires were kept long enough."""
    (count,) = db.execute(QUERIES["count_outdated"], {"before": before}).fetchone()
    return int(count)


def remove_outdated(db: sqlite3.Connection, before: int, name: str | None = None) -> int:
    """Remove fires that were kept long enough, of one schedule or of all; return how many,
    `MOST_REMOVED` at most.
    """
    values: dict[str, Any] = {"before": before, "most": MOST_REMOVED}
    query = QUERIES["outdated"]
    if name is not None:
        query, values = QUERIES["outdated_of"], {**values, "schedule": name}
    rows = db.execute(query, values).fetchall()
    db.executemany(QUERIES["remove_fire"], rows)
    return len(rows)


# Private


def _free(db: sqlite3.Connection, schedule: Schedule, planned: int) -> int:
    """Return a moment that no fire has, not before another one."""
    while db.execute(QUERIES["fire"], (schedule.name, planned)).fetchone() is not None:
        planned += 1
    return planned


def _fire(db: sqlite3.Connection, transaction: Transaction, prepared: Prepared, fire: Fire) -> bool:
    """Write the fire of a planned time that runs; say whether any waits now."""
    schedule, job, now = prepared.schedule, prepared.job, int(transaction.now)
    planned, overlap = fire.planned, schedule.overlap
    if fire.is_made_up and overlap is Overlap.SKIP:
        overlap = Overlap.QUEUE_ALL
    fires = db.execute(QUERIES["open_fires"], (schedule.name,)).fetchall()
    running = [] if overlap is Overlap.ALLOW else _open_jobs(db, fires)
    waiting = [moment for moment, state, *_ in fires if state == "waiting"]
    skipped = job if isinstance(job, str) else _skipped(overlap, running, waiting)
    if skipped:
        if _add(db, NewFire(schedule.name, planned, "skipped", skipped, now)):
            _tell_skipped(db, schedule, planned, skipped, transaction.now)
            if isinstance(job, str):
                _tell_impossible(db, schedule, planned, job, now)
        return bool(waiting)
    reason = JOB_NOT_OVER(job_id=running[0]) if running else EARLIER_WAITS()
    if not _add(db, NewFire(schedule.name, planned, "waiting", reason, now)):
        return bool(waiting)
    if overlap is Overlap.ALLOW:
        assert isinstance(job, NewJob)
        _submit(db, transaction, schedule, job, planned)
        return bool(waiting)
    if overlap is Overlap.CANCEL_RUNNING:
        for moment in waiting:
            _skip_waiting(db, schedule, moment, LATER_RUNS(), transaction.now)
        _cancel(db, transaction, running, Actor(schedule.name, ORIGIN, f"schedule:{schedule.name}"))
    return release(db, transaction, schedule, job)


def _skipped(overlap: Overlap, running: Sequence[int], waiting: Sequence[int]) -> str:
    """Return why a planned time does not run; empty: it does, or waits."""
    match overlap:
        case Overlap.SKIP if running:
            return EARLIER_RUNS(job_id=running[0])
        case Overlap.QUEUE_ONE if waiting:
            return ONE_WAITS()
        case Overlap.QUEUE_ALL if len(waiting) >= MOST_WAITING:
            return MANY_WAIT(most=f"{MOST_WAITING:,}")
    return ""


def _open_jobs(db: sqlite3.Connection, fires: Iterable[tuple[Any, ...]]) -> list[int]:
    """Return the jobs of fires that are not over."""
    found = []
    for _, _, job_id, _ in fires:
        if job_id is not None:
            try:
                is_over = find(db, job_id).is_finished
            except UnknownJobError:
                is_over = True
            if not is_over:
                found.append(job_id)
    return found


def _submit(
    db: sqlite3.Connection,
    transaction: Transaction,
    schedule: Schedule,
    job: NewJob,
    planned: int,
    actor: str | None = None,
) -> int:
    job_id = enqueue_in(job, db, transaction).job_id
    values = {"schedule": schedule.name, "planned_at": planned, "job_id": job_id}
    db.execute(QUERIES["submit_fire"], values)
    data = {"planned_at": planned, "job_id": job_id, "action": job.action}
    event = NewEvent(
        int(transaction.now), kinds.FIRED.name, schedule.name, schedule.event_mesh, actor, data
    )
    log.append(db, [event])
    return job_id


def _cancel(
    db: sqlite3.Connection, transaction: Transaction, job_ids: Sequence[int], actor: Actor
) -> list[int]:
    for job_id in job_ids:
        carry_out("cancel", OPERATIONS["cancel"], job_id, actor, db, transaction)
    return list(job_ids)


def _add(db: sqlite3.Connection, fire: NewFire) -> bool:
    """Add a fire; say whether this planned time had none."""
    return db.execute(QUERIES["add_fire"], fire._asdict()).rowcount > 0


def _skip_waiting(
    db: sqlite3.Connection, schedule: Schedule, planned: int, reason: str, now: int
) -> None:
    values = {"schedule": schedule.name, "planned_at": planned, "reason": reason}
    db.execute(QUERIES["skip_fire"], values)
    _tell_skipped(db, schedule, planned, reason, now)


def _tell_skipped(
    db: sqlite3.Connection, schedule: Schedule, planned: int, reason: str, now: int
) -> None:
    data = {"planned_at": planned, "reason": reason}
    _tell(db, kinds.SKIPPED, schedule, now, data)


def _tell_impossible(
    db: sqlite3.Connection, schedule: Schedule, planned: int, why: str, now: int
) -> None:
    """Announce that there can be no job: a fault, as opposed to other reasons to skip a time."""
    data = {"planned_at": planned, "action": schedule.action, "error": why}
    _tell(db, kinds.CANNOT_RUN, schedule, now, data)
    note_trouble(db, schedule.name, "failed", now)


def _tell(
    db: sqlite3.Connection, kind: EventKind, schedule: Schedule, now: int, data: Mapping[str, Any]
) -> None:
    event = NewEvent(int(now), kind.name, schedule.name, schedule.event_mesh, None, data)
    log.append(db, [event])


def _with_job(db: sqlite3.Connection, row: tuple[Any, ...]) -> tuple[Any, ...]:
    planned, state, reason, by, job_id, outcome, *rest = row
    if job_id is None or outcome is not None:
        return (planned, outcome or state, reason, by, job_id, *rest)
    try:
        job = find(db, job_id)
    except UnknownJobError:
        return (planned, "unknown", reason, by, job_id, *rest)
    raised = last_traceback(db, job_id) if job.error else None
    return (planned, str(job.status), reason, by, job_id, job.attempt, None, job.error, raised)
