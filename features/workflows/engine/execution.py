"""One execution: what it begins with, what is kept of it while it lives, and what it asks for.

Owns the shapes.  Does not own moving one on
(`executions`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.workflows.model.program import ROOT, Program
from meshvisor.features.workflows.model.state import Frame, State, begin

OF_WORKFLOWS: Final = "workflow:"
"""What the names of actors begin with that are workflows."""


class Cause(msgspec.Struct, frozen=True):
    """What an execution follows from."""

    seq: int | None = None
    """Of the event that has begun it."""
    correlation_id: str | None = None
    causation_id: int | None = None
    depth: int = 0


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """An execution that is to begin."""

    program: Program
    values: Mapping[str, Any]
    trigger: str
    by: str
    inputs: Mapping[str, Any] = {}
    key: str = ""
    priority: int = 0
    cause: Cause = Cause()
    parent: int | None = None
    parent_run: int | None = None
    request: str | None = None
    replay_of: int | None = None
    state: State | None = None
    """Where it begins; None: at its beginning."""


class Request(msgspec.Struct, frozen=True):
    """Something to be carried out behind the commit."""

    key: str
    workflow: str
    owner: str | None
    request: dict[str, Any]
    cause: dict[str, Any]
    execution: int = 0
    """0: no step waits for it."""
    run: int = 0


class Live(msgspec.Struct):
    """An execution that has begun and not ended."""

    id: int
    program: Program
    values: dict[str, Any]
    state: State
    key: str
    by: str
    trigger: str
    started_at: int
    deadline_at: int
    parent: int | None
    parent_run: int | None
    correlation_id: str | None
    causation_id: int | None
    depth: int

    @property
    def chain(self) -> dict[str, Any]:
        """What follows from its cause: the chain that its events are in."""
        return {
            "correlation_id": self.correlation_id,
            "causation_id": self.causation_id,
            "depth": self.depth,
        }


def written(value: Any) -> str:
    """Return a value as JSON."""
    return msgspec.json.encode(value, enc_hook=str).decode()


def state_from(program: Program, step: str, done: Mapping[str, Any]) -> State | None:
    """Return the state of an execution that begins at a step of the first level.

    Args:
        program: the revision.
        step: its id.
        done: what the steps before it have led to, by id.

    Returns:
        None: there is no such step on the first level.
    """
    state = begin()
    for at, node in enumerate(program.blocks[ROOT]):
        if node.id == step:
            state.threads[0].frames = [Frame(ROOT, at=at)]
            return state
        if node.id in done:
            state.steps[node.id] = done[node.id]
            if node.type == "set_variable" and isinstance(done[node.id].get("result"), Mapping):
                state.vars.update(done[node.id]["result"])
    return None
