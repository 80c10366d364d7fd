"""A workflow that is ready to run: conditions and templates compiled, steps by their lists.

Owns compiling.  Does not own the form (`definition`) nor running (`stepping`).  Made from the
stored form only, which is known to be right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from meshvisor.features.workflows.model.conditions import Test, Tree, compile_condition, leaves
from meshvisor.features.workflows.model.definition import (
    LONGEST_WAIT,
    MOST_STEPS,
    USUAL_ITEMS,
    USUAL_TIMEOUT,
)
from meshvisor.features.workflows.model.paths import Values
from meshvisor.features.workflows.model.steps import TYPES, USUAL_JOB_TIMEOUT, action_id, all_steps
from meshvisor.features.workflows.model.templates import (
    TemplateError,
    as_text,
    compile_text,
    compile_value,
)
from meshvisor.features.workflows.model.triggers import OF_KIND, OF_TIME, TRIGGERS, kinds_of

USUAL_DEADLINE: Final = 86_400.0
"""Seconds of a whole execution without waits for people; a day."""
MOST_QUEUED: Final = 100
"""Executions that wait for their turn, for one key."""
MOST_PARALLEL: Final = 100
ROOT: Final = ""
"""The list of steps of the workflow itself."""
ON_FAILURE: Final = "!"
"""Those of its own `on_failure`."""


@dataclass(frozen=True, slots=True, eq=False)
class Trigger:
    """One trigger."""

    index: int
    type: str
    config: Mapping[str, Any]
    when: Tree | None
    test: Test | None
    kinds: tuple[str, ...]
    same: tuple[tuple[str, Any], ...]
    """Fields of the event and the values that they must have."""
    priority: int

    def matches(self, values: Values) -> bool:
        """Say whether an event of the right kind is meant."""
        for name, wanted in self.same:
            if values.get(name) != wanted and not _is_within(values.get(name), wanted):
                return False
        return self.test is None or self.test(values)


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """One step."""

    id: str
    type: str
    action: int
    """Number of the action that it is, or is in (`action_id`)."""
    config: Mapping[str, Any]
    render: Callable[[Values], Any]
    when: Tree | None
    test: Test | None
    decide: Test | None
    """Of a branch."""
    timeout: float
    """Seconds."""
    own_timeout: float | None
    """Seconds that the definition says; None: it does not, and `timeout` is the usual one."""
    retries: int
    retry_delay: float
    """Seconds."""
    backoff: float
    continues: bool
    """Whether the execution goes on when it has failed."""
    where: Test | None
    """Of a wait for an event."""
    blocks: Mapping[str, str]
    """Names of lists of steps by what they are for: `then`, `on_failure`, `branch 0`."""

    @property
    def is_effect(self) -> bool:
        """Whether the supervisor is asked for it."""
        return TYPES[self.type].is_effect


@dataclass(slots=True, eq=False)
class Program:
    """One revision of a workflow."""

    id: int
    name: str
    revision: int
    owner: str | None
    """On whose behalf it acts; None: the account of the machine."""
    document: Mapping[str, Any]
    triggers: tuple[Trigger, ...]
    when: Tree | None
    test: Test | None
    key: Callable[[Values], Any] | None
    mode: str
    max_parallel: int
    max_queued: int
    cooldown: float
    rate: tuple[int, float] | None
    """How many executions of a key within how many seconds."""
    threshold: tuple[int, float] | None
    """How many events of a key within how many seconds begin one."""
    deadline: float
    inputs: Mapping[str, Any]
    blocks: dict[str, tuple[Node, ...]] = field(default_factory=dict)
    nodes: dict[str, Node] = field(default_factory=dict)
    usual_steps: int = 0
    """Those that it has to do when nothing fails, the steps of all branches counted."""
    changed_fields: frozenset[str] = frozenset()
    """Those that a `changed` compares."""

    def key_of(self, values: Values) -> str:
        """Return what executions have in common that wait for each other; empty: all of them.

        A key that cannot be rendered of these values is empty, as one whose value is missing: it is
        asked for before there is an execution that could fail.
        """
        if self.key is None:
            return ""
        try:
            return as_text(self.key(values))[:200]
        except TemplateError:
            return ""


def compile_program(
    document: Mapping[str, Any],
    *,
    id_: int = 0,
    revision: int = 0,
    row: int = 0,
    owner: str | None = None,
) -> Program:
    """Return a workflow ready to run.

    Args:
        document: the stored form.
        id_: number of the workflow.
        revision: number of the revision, among those of the workflow.
        row: number of the revision among those of all workflows.
        owner: on whose behalf it acts.
    """
    rate, threshold = document.get("rate_limit"), document.get("threshold")
    when = document.get("when")
    key = document.get("key")
    mode = document.get("mode", "parallel")
    program = Program(
        id=id_,
        name=document["name"],
        revision=revision,
        owner=owner,
        document=document,
        triggers=tuple(
            _trigger(index, one)
            for index, one in enumerate(document.get("triggers", ()))
            if one.get("is_active", True)
        ),
        when=when,
        test=compile_condition(when),
        key=compile_text(key) if key else None,
        mode=mode,
        max_parallel=document.get("max_parallel", MOST_PARALLEL) if mode == "parallel" else 1,
        max_queued=document.get("max_queued", MOST_QUEUED),
        cooldown=document.get("cooldown", 0),
        rate=(rate["count"], rate["seconds"]) if rate else None,
        threshold=(threshold["count"], threshold["seconds"]) if threshold else None,
        deadline=document.get("deadline", _deadline(document)),
        inputs=document.get("inputs", {}),
    )
    program.usual_steps = _usual_steps(document.get("steps", ()))
    _block(program, ROOT, document.get("steps", ()), lambda at: action_id(row, at))
    if document.get("on_failure"):
        _block(
            program, ON_FAILURE, document["on_failure"], lambda at: action_id(row, MOST_STEPS + at)
        )
    program.changed_fields = frozenset(_changed(document))
    return program


# Private


def _trigger(index: int, given: Mapping[str, Any]) -> Trigger:
    type_, config = given["type"], given.get("config", {})
    not_compared = (
        {"kind"} if type_ == OF_KIND else {"cron", "timezone"} if type_ == OF_TIME else ()
    )
    same = [(name, one) for name, one in config.items()
            if name not in not_compared and one not in (None, "")]  # fmt: skip
    when = given.get("when")
    return Trigger(
        index=index,
        type=type_,
        config=config,
        when=when,
        test=compile_condition(when),
        kinds=kinds_of(type_, config),
        same=(*same, *TRIGGERS[type_].fixed.items()),
        priority=given.get("priority", 0),
    )


def _is_within(found: Any, wanted: Any) -> bool:
    """Say whether a list or the commands of an event hold what a trigger wants."""
    return (isinstance(found, (list, Mapping)) and wanted in found) or str(found) == str(wanted)


def _block(program: Program, name: str, steps: Any, action_of: Callable[[int], int]) -> None:
    nodes = []
    for at, step in enumerate(steps):
        action = action_of(at)
        blocks: dict[str, str] = {}
        for part in ("then", "else", "steps"):
            if step.get(part):
                blocks[part] = f"{step['id']}.{part}"
        for index in range(len(step.get("branches", ()))):
            blocks[f"branch {index}"] = f"{step['id']}.{index}"
        if isinstance(step.get("on_failure"), list):
            blocks["on_failure"] = f"{step['id']}.on_failure"
        node = _node(step, action, blocks)
        nodes.append(node)
        program.nodes[node.id] = node
        for part, where in blocks.items():
            inner = (
                step["branches"][int(part.split()[1])] if part.startswith("branch ") else step[part]
            )
            _block(program, where, inner, partial(_same, action))
    program.blocks[name] = tuple(nodes)


def _same(action: int, _at: int) -> int:
    return action


def _usual_steps(steps: Any) -> int:
    inner = [step.get(part, ()) for step in steps for part in ("then", "else", "steps")]
    inner += [branch for step in steps for branch in step.get("branches", ())]
    return len(steps) + sum(map(_usual_steps, inner))


def _node(step: Mapping[str, Any], action: int, blocks: Mapping[str, str]) -> Node:
    config = step.get("with", {})
    where = config.get("where") if step["type"] == "wait" else None
    rendered = {name: one for name, one in config.items() if name != "where"}
    usual = USUAL_JOB_TIMEOUT if TYPES[step["type"]].waits_for == "job" else USUAL_TIMEOUT
    return Node(
        id=step["id"],
        type=step["type"],
        action=action,
        config=config,
        render=compile_value(rendered),
        when=step.get("when"),
        test=compile_condition(step.get("when")),
        decide=compile_condition(step.get("if")),
        timeout=step.get("timeout", usual),
        own_timeout=step.get("timeout"),
        retries=step.get("retries", 0),
        retry_delay=step.get("retry_delay", 1),
        backoff=step.get("backoff", 2),
        continues=step.get("on_failure") == "continue",
        where=compile_condition(where),
        blocks=blocks,
    )


def _deadline(document: Mapping[str, Any]) -> float:
    """Return the usual deadline: a day, and as long as its waits may take."""
    total = USUAL_DEADLINE
    for step in all_steps(document):
        config = step.get("with", {})
        for name in ("seconds", "timeout", "expires"):
            value = config.get(name)
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                total += value
        if step["type"] in ("wait", "ask") and "expires" not in config:
            total += USUAL_DEADLINE
    return min(total, LONGEST_WAIT)


def _changed(document: Mapping[str, Any]) -> Iterator[str]:
    trees = [document.get("when"), *(one.get("when") for one in document.get("triggers", ()))]
    for tree in trees:
        for leaf in leaves(tree):
            if leaf["op"] == "changed":
                yield leaf["field"]


def most_items(node: Node) -> int:
    """Return how many rounds a for_each may have."""
    most = node.config.get("max", USUAL_ITEMS)
    return most if isinstance(most, int) else USUAL_ITEMS
