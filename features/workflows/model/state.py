"""Where an execution is, and what follows from a move of it: the shapes.

Owns them, and what is kept of a result.  Does not own moving (`stepping`) nor the rows
(`engine.records`).

An execution is made of threads, of which each walks through lists of steps; a parallel step makes
one for each branch.  A thread that waits says for what, and until when.

States of a step: `running` (asked for, or waiting), `completed`, `failed`, `skipped`, `cancelled`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from meshvisor.features.workflows.model.program import ROOT
from meshvisor.features.workflows.model.sizes import short

Ending = Literal["completed", "failed", "timeout", "cancelled"]


class Frame(msgspec.Struct):
    """A list of steps that a thread is in."""

    block: str
    at: int = 0
    """The next step."""
    run: int = 0
    """Of the step that it belongs to, where that ends with the list; 0: none."""
    node: str = ""
    items: list[Any] | None = None
    """Of a for_each; None: there are no rounds."""
    round: int = 0
    name: str = "item"
    handled: str = ""
    """The error that these steps are about."""


class Thread(msgspec.Struct):
    """One that walks."""

    id: int
    parent: int = 0
    """0: none, it is the first."""
    branch: int = 0
    frames: list[Frame] = msgspec.field(default_factory=list)
    waits: str = ""
    """For what: `effect`, `job`, `retry`, `time`, `event`, `answer`, `join`, `call`; empty: it
    goes on."""
    run: int = 0
    """Of the step that waits."""
    node: str = ""
    due: int | None = None
    """Epoch milliseconds at which waiting ends."""
    attempt: int = 1
    failures: int = 0
    """Attempts of this step that are known to have failed: each next one is another request."""
    detail: dict[str, Any] = msgspec.field(default_factory=dict)
    """About the wait: `kinds` of the events, `alert_id` of the alert that they have to be about,
    `job_id`; of a join, how its branches are."""
    ended: str = ""
    """`done` or `failed`, of a branch."""


class State(msgspec.Struct):
    """Where an execution is."""

    threads: list[Thread]
    vars: dict[str, Any] = msgspec.field(default_factory=dict)
    steps: dict[str, Any] = msgspec.field(default_factory=dict)
    """What each step has led to: `status`, `result`, `error`."""
    runs: int = 0
    made: int = 1
    """Threads so far."""
    failing: str = ""
    """The error that ends it when its own `on_failure` is done."""
    completed: int = 0


class Record(msgspec.Struct):
    """A step of the execution as it is now; a later one of the same number replaces it."""

    run: int
    node: str
    type: str
    action: int
    """See `steps.action_id`."""
    status: str
    at: int
    input: Any = None
    result: Any = None
    error: str = ""
    attempt: int = 1
    changes: dict[str, Any] = msgspec.field(default_factory=dict)
    """Variables that it has set: their values before and after."""


class Effect(msgspec.Struct):
    """Something to be asked for outside."""

    run: int
    type: str
    config: Any
    key: str
    """The same for whatever is the same request, after a crash too."""
    timeout: float | None = None
    """Seconds that the definition gives the step; None: it does not say."""


class Outcome(msgspec.Struct):
    """What follows."""

    records: list[Record] = msgspec.field(default_factory=list)
    effects: list[Effect] = msgspec.field(default_factory=list)
    abandoned: list[int] = msgspec.field(default_factory=list)
    """Steps whose outcome is not needed any more."""
    log: list[tuple[str, str, int]] = msgspec.field(default_factory=list)
    """Level, sentence, number of the step."""
    ended: Ending | None = None
    error: str = ""


def begin() -> State:
    """Return the state of an execution that has done nothing yet."""
    return State([Thread(1, frames=[Frame(ROOT)])])


def next_due(state: State) -> int | None:
    """Return the moment at which something has to be looked at again; None: none."""
    return min((one.due for one in state.threads if one.due is not None), default=None)


def waits(state: State) -> bool:
    """Say whether an execution waits for a time, an event or a person, and for nothing else."""
    kinds = {one.waits for one in state.threads if one.waits != "join"}
    return bool(kinds) and kinds <= {"time", "event", "answer", "retry"}


def seen_of(status: str, result: Any, error: str = "") -> dict[str, Any]:
    """Return how later steps see one that has ended: `steps.ask.answer`, `steps.ask.result`."""
    kept: dict[str, Any] = {"status": status, "result": short(result)}
    if isinstance(kept["result"], Mapping):
        kept = {**kept["result"], **kept}
    if error:
        kept["error"] = error
    return kept
