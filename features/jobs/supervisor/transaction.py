"""One transaction on jobs: the tasks in it, and then the jobs that are claimed for free slots.

Owns what belongs together in a commit: everything that was reported and requested meanwhile, the
claims that follow from it, and what has to be notified after it.  A pure function of the database,
the tasks and a picture of the lanes, so that a crash at any of its statements can be tested.
Called by `engine`, in the store's writing thread.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from meshvisor.features.jobs.model.job import JobStatus
from meshvisor.features.jobs.supervisor.ledger import claims, running
from meshvisor.features.jobs.supervisor.ledger.claims import Claimed
from meshvisor.features.jobs.supervisor.ledger.holds import NO_HOLDS, Holds, end_holds, read_holds
from meshvisor.features.jobs.supervisor.ledger.housekeeping import (
    Due,
    end_limits,
    next_due,
    park,
    promote,
)
from meshvisor.features.jobs.supervisor.ledger.job import Job, Millis
from meshvisor.features.jobs.supervisor.ledger.time_limits import expire

MOST_PARKED: Final = 4
"""Times in one transaction that jobs are put aside whose plug-in is missing; each time some hundred
of them, so that others do not wait behind a hundred thousand."""


class Transaction:
    """What a task is given besides the database, and notes for the time after the commit."""

    def __init__(self, now: Millis) -> None:
        self.now = now
        """The present moment, the same for all tasks of a transaction."""
        self.jobs: list[Job] = []
        self.lanes: set[str] = set()
        self.limits: list[tuple[str, Millis]] = []
        self.timed = False
        self.holds_changed = False

    def changed(self, job: Job | None) -> Job | None:
        """Have what follows from a change of a job seen to, after the commit."""
        if job is not None:
            self.jobs.append(job)
            if job.ready:
                self.lanes.add(job.lane)
        return job

    def woken(self, lane: str) -> None:
        """Have a lane served, in which a job may wait now."""
        self.lanes.add(lane)

    def expires(self) -> None:
        """Have the timer see that a new job has a moment at which it fails."""
        self.timed = True

    def held(self) -> None:
        """Have the holds read anew after the commit."""
        self.holds_changed = True

    def limited(self, key: str, until: Millis) -> None:
        """Have jobs that run under a rate key stop until a moment."""
        self.limits.append((key, until))


Work = Callable[[sqlite3.Connection, Transaction], Any]
"""One task; what it raises undoes it alone.  It changes nothing but the database and its
transaction: when another task fails, it is undone with it and done again."""


class Completion(NamedTuple):
    """A job that has probably ended as it should; very many of them are written at once."""

    job_id: int
    run: int
    otherwise: Work
    """The work for a job that has ended otherwise."""


class Slot(NamedTuple):
    """A job that has a slot in a lane."""

    job_id: int
    rank: int
    divisible: bool
    """Whether it can make room: between its items, or at checkpoints.  One that has neither would
    begin anew."""
    stopping: bool = False
    """Whether it was asked to stop already."""


class LaneView(msgspec.Struct, frozen=True):
    """A lane whose runner is there."""

    name: str
    concurrency: int
    slots: tuple[Slot, ...]
    actions: frozenset[str]
    """Names of the actions that its runner has."""


class Situation(msgspec.Struct, frozen=True):
    """What the transaction has to know beside the database."""

    now: Millis
    lanes: tuple[LaneView, ...]
    actions: frozenset[str]
    """Names of the actions of all plug-ins."""
    ageing: int
    """Milliseconds of waiting that count like one priority; 0: none do."""
    is_due: bool = True
    """Whether something may happen by itself now."""
    is_limited: bool = True
    """Whether there may be rate limits."""
    has_holds: bool = True
    """Whether anything may be on hold."""


class Preemption(msgspec.Struct, frozen=True):
    """A job that has to make room."""

    lane: str
    job_id: int
    by: int
    """The more urgent job that waits."""


@dataclass(slots=True)
class Committed:
    """What follows from a transaction once it is committed."""

    answers: list[tuple[Any, BaseException | None]] = field(default_factory=list)
    """The result of each task, or its exception."""
    jobs: list[Job] = field(default_factory=list)
    """Jobs that were changed, as they were left."""
    completed: list[tuple[int, int]] = field(default_factory=list)
    """Ids and leases of jobs that have ended as they should, and about which no one is notified."""
    lanes: set[str] = field(default_factory=set)
    """Lanes in which something may wait."""
    claimed: dict[str, list[Claimed]] = field(default_factory=dict)
    """Jobs that were handed out, by lane."""
    preempted: list[Preemption] = field(default_factory=list)
    limits: list[tuple[str, Millis]] = field(default_factory=list)
    """Rate keys that have to wait, and until when."""
    timed: bool = False
    """Whether a new job has a moment at which it fails."""
    holds: Holds | None = None
    """What is on hold, where that may have changed; None: as before."""
    outdated: set[str] = field(default_factory=set)
    """Lanes whose runners lack an action that there is."""
    again: bool = False
    """Whether there is more to do than one transaction should."""
    due: Due | None = None
    """When something happens by itself; None: as before."""

    @property
    def has_new_moments(self) -> bool:
        """Whether there may be moments, besides those of its jobs, that were unknown before."""
        return bool(self.limits) or self.timed or self.holds is not None

    def add(self, transaction: Transaction) -> None:
        """Take over what follows from tasks."""
        self.jobs += transaction.jobs
        self.lanes |= transaction.lanes
        self.limits += transaction.limits
        self.timed |= transaction.timed
        if transaction.holds_changed:
            self.holds = NO_HOLDS  # they are read before anything is handed out


def transact(
    db: sqlite3.Connection,
    tasks: Sequence[Work],
    situation: Situation,
    completions: Sequence[Completion] = (),
) -> Committed:
    """Do all tasks, end pauses that are over, and hand out what can be."""
    committed = Committed()
    _do_all(db, tasks, situation.now, committed)
    _complete(db, completions, situation.now, committed)
    waits = [m for job in committed.jobs for m in _moments(job)]
    if situation.is_due or (waits and min(waits) <= situation.now):
        _promote(db, situation.now, committed)
    holds = NO_HOLDS
    if situation.has_holds or committed.holds is not None:
        committed.holds = holds = read_holds(db)
    ended = {job.id for job in committed.jobs if job.status is not JobStatus.ACTIVE}
    ended.update(job_id for job_id, _ in committed.completed)
    limited: Collection[str] = ()
    if situation.is_limited or committed.limits:
        limited = claims.limited_keys(db, situation.now)
    if holds:
        limited = {*limited, *holds.rate_keys}
    for lane in situation.lanes:
        if not holds.holds_lane(lane.name):
            _serve(db, lane, ended, limited, situation, committed)
    if situation.is_due or waits or committed.has_new_moments:
        committed.due = next_due(db)
    return committed


# Private


def _moments(job: Job) -> Iterator[Millis]:
    """Yield when something happens to a job by itself."""
    if job.resume_after is not None:
        yield job.resume_after
    if job.expires_at is not None:
        yield job.expires_at


def _do_all(
    db: sqlite3.Connection, tasks: Sequence[Work], now: Millis, committed: Committed
) -> None:
    """Do tasks together, and one by one only when one of them fails: a savepoint for each is a
    tenth of the work.
    """
    if tasks and _do(db, tasks, now, committed) is not None:
        for work in tasks:
            error = _do(db, (work,), now, committed)
            if error is not None:
                committed.answers.append((None, error))


def _do(
    db: sqlite3.Connection, tasks: Sequence[Work], now: Millis, committed: Committed
) -> Exception | None:
    """Do tasks, or return why one of them fails and have none of them done."""
    transaction = Transaction(now)
    db.execute("SAVEPOINT job_tasks")
    try:
        answers = [(work(db, transaction), None) for work in tasks]
    except Exception as error:
        if not db.in_transaction:
            raise  # SQLite has given up the whole transaction, as on a full disk
        db.execute("ROLLBACK TO job_tasks")
        db.execute("RELEASE job_tasks")
        if isinstance(error, sqlite3.OperationalError):
            raise  # the disk's fault and not the work's: all of it is tried again
        return error
    db.execute("RELEASE job_tasks")
    committed.answers += answers
    committed.add(transaction)
    return None


def _complete(
    db: sqlite3.Connection, completions: Sequence[Completion], now: Millis, committed: Committed
) -> None:
    if not completions:
        return
    runs = [(one.job_id, one.run) for one in completions]
    db.execute("SAVEPOINT job_completions")
    if running.complete(db, runs, now):
        db.execute("RELEASE job_completions")
        committed.completed += runs
        return
    db.execute("ROLLBACK TO job_completions")
    db.execute("RELEASE job_completions")
    # Without an answer, because no caller waits for one.
    answers = len(committed.answers)
    _do_all(db, [one.otherwise for one in completions], now, committed)
    del committed.answers[answers:]


def _promote(db: sqlite3.Connection, now: Millis, committed: Committed) -> None:
    transaction = Transaction(now)
    if end_holds(db, now):
        transaction.held()
        transaction.lanes.update(claims.lanes_with_work(db))
    if end_limits(db, now):
        transaction.lanes.update(claims.lanes_with_work(db))
    for job in (*expire(db, now), *promote(db, now)):
        transaction.changed(job)
    committed.add(transaction)


def _serve(
    db: sqlite3.Connection,
    lane: LaneView,
    ended: set[int],
    limited: Collection[str],
    situation: Situation,
    committed: Committed,
) -> None:
    """Fill the free slots of a lane, and find out who has to make room."""
    slots = [slot for slot in lane.slots if slot.job_id not in ended]
    free = lane.concurrency - len(slots)
    groups = claims.groups(db, lane.name, limited)
    if free > 0 and groups:
        claimed = _claim(db, lane, groups, free, situation, committed)
        committed.claimed[lane.name] = claimed
        slots += [Slot(c.job.id, c.job.rank, c.job.pending > 0) for c in claimed]
    if len(slots) >= lane.concurrency:
        committed.preempted += _preempt(db, lane, groups, slots)


def _claim(
    db: sqlite3.Connection,
    lane: LaneView,
    groups: Sequence[claims.Group],
    free: int,
    situation: Situation,
    committed: Committed,
) -> list[Claimed]:
    ageing = claims.Ageing(situation.now, situation.ageing)
    for _ in range(MOST_PARKED):
        chosen = claims.waiting(db, lane.name, groups, free, ageing)
        unknown = next((one for one in chosen if one.action not in lane.actions), None)
        if unknown is None:
            return claims.claim(db, chosen, situation.now)
        if unknown.action in situation.actions:
            # The runner is older than the plug-in that has the action.
            committed.outdated.add(lane.name)
            return []
        # Their plug-in is missing at the moment: they wait for it, and no other job waits behind
        # them.
        park(db, Job.of(unknown.row))
    committed.again = True
    return []


def _preempt(
    db: sqlite3.Connection,
    lane: LaneView,
    groups: Sequence[claims.Group],
    slots: Sequence[Slot],
) -> list[Preemption]:
    """Return who has to make room: the least urgent for the most urgent that waits.

    What counts of a job that waits is its priority: ageing lets it claim a free slot, but takes
    none.
    """
    able = [slot for slot in slots if slot.divisible and not slot.stopping]
    if not able:
        return []
    victims = sorted(able, key=lambda slot: (-slot.rank, -slot.job_id))
    more_urgent = [group for group in groups if group[1] < victims[0].rank]
    if not more_urgent:
        return []  # the usual case
    waiting = claims.waiting(
        db, lane.name, more_urgent, lane.concurrency, claims.Ageing(Millis(0), 0)
    )
    # One whose plug-in is missing could not use the slot.
    urgent = [one for one in waiting if one.action in lane.actions]
    leaving = sum(slot.stopping for slot in slots)
    return [
        Preemption(lane.name, victim.job_id, one.id)
        for victim, one in zip(victims, urgent[leaving:], strict=False)
        if one.rank < victim.rank
    ]
