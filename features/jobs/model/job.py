"""The words of jobs: states and how they follow each other, reasons, priorities, limits.

Owns what a job may be and what may become of it.  Does not own the rows
(`features.jobs.supervisor.ledger`) nor running anything (`features.jobs.worker`).  The table of
transitions is also in the database, which refuses any other (`features/jobs/migrations/`); a test
keeps the two in step.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple

from meshvisor.shared.model.mesh_id import check_mesh_id


class JobStatus(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    """It has not run yet, or it was asked for to run anew; it waits for its turn."""
    ACTIVE = "active"
    """A runner has it."""
    PAUSED = "paused"
    """It has run and goes on later; the reason says why it does not run now."""
    INTERRUPTED = "interrupted"
    """Its runner, the supervisor or the machine died while it ran; a user is asked."""
    COMPLETED = "completed"
    """Its action has ended and each item has an outcome."""
    FAILED = "failed"
    """It has used up its attempts; `error` says what the last one met."""
    CANCELLED = "cancelled"
    """It was cancelled: its result is not wanted any more."""


class PauseReason(enum.StrEnum):
    """Why a job that has run does not run now."""

    PREEMPTED = "preempted"
    """A more urgent one has taken its place; it goes on when there is a place again."""
    RATE_LIMITED = "rate_limited"
    """An external service has asked for a pause; it goes on when that is over."""
    OPERATOR = "operator"
    """It was paused by hand; it goes on when it is resumed by hand."""
    RETRY = "retry"
    """An attempt has failed; the next one begins after a delay."""
    RESTART = "restart"
    """Its runner was stopped on purpose; it goes on with the next one."""
    RESUMED = "resumed"
    """It was resumed by hand; it goes on when it is its turn."""


class EndReason(enum.StrEnum):
    """Why a job has ended where that is not its action's doing."""

    TIMEOUT = "timeout"
    """It has waited too long, or was to have ended by then."""
    OPERATOR = "operator"
    """It was decided by hand."""


class ItemState(enum.StrEnum):
    """What became of one item."""

    PENDING = "pending"
    """Nothing yet."""
    DONE = "done"
    """What was wanted."""
    FAILED = "failed"
    """It could not be done; its `error` says why."""
    EXISTING = "existing"
    """Nothing had to be done: it was there already."""


HoldKind = Literal["all", "lane", "rate_key"]
"""What an operator can keep from beginning: everything, a lane, or what shares a rate limit."""

MarkedJob = Literal["completed", "failed"]
"""The ends that an operator may mark a job with."""

MarkedItem = Literal["done", "failed", "existing"]
"""The outcomes that an operator may mark an item with."""

S = JobStatus

OPEN: Final = frozenset({S.QUEUED, S.ACTIVE, S.PAUSED, S.INTERRUPTED})
"""States of jobs that will run, or run."""

FINISHED: Final = frozenset({S.COMPLETED, S.FAILED, S.CANCELLED})
"""States that a job leaves only by an operation."""

TRANSITIONS: Final[Mapping[JobStatus, frozenset[JobStatus]]] = {
    S.QUEUED: frozenset({S.ACTIVE, S.PAUSED, *FINISHED}),
    S.ACTIVE: frozenset({S.PAUSED, S.INTERRUPTED, *FINISHED}),
    S.PAUSED: frozenset({S.ACTIVE, *FINISHED}),
    S.INTERRUPTED: frozenset({S.ACTIVE, S.PAUSED, *FINISHED}),
    S.COMPLETED: frozenset({S.QUEUED, S.FAILED}),
    S.FAILED: frozenset({S.QUEUED, S.COMPLETED}),
    S.CANCELLED: frozenset({S.QUEUED, S.COMPLETED}),
}

HIGHEST_PRIORITY: Final = 1
LOWEST_PRIORITY: Final = 5

PRIORITY_NAMES: Final[Mapping[str, int]] = {
    "notifications": 1,
    "add_player": 2,
    "redeem_giftcode": 3,
    "refresh": 4,
    "auto_refresh": 5,
}
"""What a priority may be called wherever one is asked for (seed 000, PROCESS_PRIORITIES)."""

DEFAULT_PRIORITIES: Final[Mapping[str, int]] = {**PRIORITY_NAMES, "addplayer": 2}
"""Of actions that declare none; any other has the lowest."""

DEFAULT_LANE: Final = "default"

NO_MESH: Final = "-"
"""In place of a mesh id: the job is about none.  No mesh can be called so."""

DRY_RUN: Final = "dry_run"
"""Key of the data with which an action says what it would do, and does nothing."""

ONE_RUN: Final = "run"
"""Beginning of the names of lanes of single jobs that are run without a supervisor."""

ALONE: Final = "~alone"
"""End of the name of a lane whose jobs run one at a time, whatever the settings say: those that
several crashes of a shared runner have made suspects."""

MAX_ITEMS: Final = 1_000_000
"""Items of one job.  What is more is better cut into several jobs, which can wait for each other's
turn; the figures in benchmarks/ are measured up to here."""
MAX_KEY: Final = 200
"""Characters of an item's key and of an idempotency key: an id, not a document."""
JOINERS: Final = "\u200c\u200d"
"""Not printable by themselves, but parts of what is: a word in Persian, or a family that is one
emoji.  A key may have them between its other characters."""
MAX_RESULT: Final = 64 * 1024
"""Bytes of an item's result as JSON; a batch of them has to fit a frame."""
MAX_STATE: Final = 64 * 1024
"""Bytes of what an action keeps at a checkpoint, as JSON; it goes to the runner with each start."""
MAX_ERROR: Final = 500
"""Characters of an error that are kept; the runner's log has all of it."""

MAX_TRACEBACK: Final = 8 * 1024
"""Characters that are kept of what the last attempt has raised, with the lines of its code."""

TRACEBACK: Final = "traceback"
"""Level of the line of a job's history that has it."""

_WITHOUT_JOINERS: Final = str.maketrans("", "", JOINERS)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


def may_become(before: JobStatus, after: JobStatus) -> bool:
    """Say whether the table allows it."""
    return after in TRANSITIONS[before]


def default_priority(action: str) -> int:
    """Return the priority of an action that declares none."""
    return DEFAULT_PRIORITIES.get(action, LOWEST_PRIORITY)


# ---- What people may ask for: each returns what it was given, or raises ValueError with a sentence


def check_priority(priority: int) -> int:
    """Return a priority from 1 (most urgent) to 5."""
    if isinstance(priority, bool) or not HIGHEST_PRIORITY <= priority <= LOWEST_PRIORITY:
        raise ValueError(
            f"{priority!r} is no priority; 1 is the most urgent and 5 the least, whole numbers only"
        )
    return priority


def read_priority(given: int | str) -> int:
    """Return the priority that a number or one of `PRIORITY_NAMES` says, in any case."""
    text = str(given).strip()
    found = PRIORITY_NAMES.get(text.lower().replace("-", "_"))
    if found is None and text.isascii() and text.isdigit() and len(text) < 3:
        found = int(text)
    if isinstance(given, bool) or found is None or not 1 <= found <= LOWEST_PRIORITY:
        raise ValueError(
            f"{given if isinstance(given, int) else text[:40]!r} is no priority; 1 is the most "
            f"urgent and 5 the least, by name {', '.join(PRIORITY_NAMES)}"
        )
    return found


def check_target(target: str) -> str:
    """Return what a job is done to, or on whose behalf."""
    if 0 < len(target) <= MAX_KEY and target.isprintable() and target.strip() == target:
        return target
    raise ValueError(
        f"{target[:40]!r} is no target: 1 to {MAX_KEY} printable characters without blanks around "
        "them"
    )


def check_job_mesh(mesh_id: object) -> str:
    """Return the mesh of a job, or `NO_MESH`."""
    return NO_MESH if mesh_id == NO_MESH else check_mesh_id(mesh_id)


def check_action_name(name: str) -> str:
    """Return the name of an action."""
    return _checked(name, "action")


def check_lane(name: str) -> str:
    """Return the name of a lane."""
    _checked(name.removesuffix(ALONE), "lane")
    return name


def lane_of_one_run(pid: int) -> str:
    """Return the lane of a single job that a process runs without a supervisor."""
    return f"{ONE_RUN}-{pid}"


def is_one_run(lane: str) -> bool:
    """Say whether a lane is such a one; they have one log."""
    name, _, pid = lane.rpartition("-")
    return name == ONE_RUN and pid.isdecimal()


def check_keys(keys: Iterable[str]) -> tuple[str, ...]:
    """Return item keys, each once, in their order."""
    checked = tuple(dict.fromkeys(map(check_key, keys)))
    if not checked:
        raise ValueError("the list of items is empty; name some, or leave it out altogether")
    if len(checked) > MAX_ITEMS:
        raise ValueError(
            f"{len(checked):,} items are too many for one job; submit up to {MAX_ITEMS:,} at a time"
        )
    return checked


def check_key(key: str) -> str:
    """Return the key of an item."""
    # The usual case is decided first: a job may have a million of them.
    if key.isprintable() and 0 < len(key) <= MAX_KEY and key.strip() == key:
        return key
    shown = key if len(key) <= 40 else f"{key[:40]}…"
    if not key.strip():
        raise ValueError("an item has an empty key; leave it out")
    if len(key) > MAX_KEY:
        raise ValueError(f"the item {shown!r} has {len(key)} characters; {MAX_KEY} are allowed")
    if key.strip() != key:
        raise ValueError(f"the item {shown!r} has blanks around it; write it without")
    if key.strip(JOINERS) == key and key.translate(_WITHOUT_JOINERS).isprintable():
        return key
    raise ValueError(f"the item {shown!r} has control characters; write it without them")


# ---- What a runner marks in shared memory --------------------------------------------------------

_POSITION_BITS: Final = 28
"""Positions are dense, so that `MAX_ITEMS` need 20; databases of earlier versions have gaps."""
_JOB_BITS: Final = 35
_SEVERAL: Final = 1 << (_POSITION_BITS + _JOB_BITS)


class ItemMark(NamedTuple):
    """What a runner worked on."""

    job_id: int
    position: int | None
    """The item, or the last of several; None: the mark has no room for it."""
    several: bool
    """Whether other items were open as well, so that it is unknown which one is at fault."""


def item_mark(job_id: int, position: int, *, several: bool = False) -> int:
    """Return the mark of a runner that works on an item, as 8 bytes hold it.

    A job or a position beyond their bits is left out; it never becomes another one.
    """
    if not 0 <= job_id < 1 << _JOB_BITS:
        return _SEVERAL
    place = position + 1 if 0 <= position < (1 << _POSITION_BITS) - 1 else 0
    return (_SEVERAL if several else 0) | job_id << _POSITION_BITS | place


def marked_item(mark: int) -> ItemMark | None:
    """Return what a mark says; None: the runner worked on no item."""
    if not mark:
        return None
    job_id = (mark & (_SEVERAL - 1)) >> _POSITION_BITS
    place = mark & ((1 << _POSITION_BITS) - 1)
    return ItemMark(job_id, place - 1 if place else None, bool(mark & _SEVERAL))


# Private


def _checked(name: str, what: str) -> str:
    if _NAME.fullmatch(name):
        return name
    raise ValueError(
        f"{name[:40]!r} is no name of {'an' if what == 'action' else 'a'} {what}: 1 to 64 small "
        "letters, digits, _, . or -, the first a letter or digit"
    )
