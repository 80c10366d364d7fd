"""Which triggers an event means, found without looking at all of them.

Owns the index: by kind, then by something that must be true of an event (`anchors`) where a trigger
or its workflow says so.  Made anew when a definition was changed.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from meshvisor.features.workflows.engine.anchors import Anchor, Field, anchors_of
from meshvisor.features.workflows.model.conditions import Test
from meshvisor.features.workflows.model.paths import Values
from meshvisor.features.workflows.model.program import Program, Trigger
from meshvisor.shared.events.kind import ALL_OF

log = logging.getLogger(__name__)

SAME_TEXT: Final = ("mesh_id", "user_id", "zone", "source", "reason", "command")
"""Fields of triggers that have one text in an event."""


class Candidate(NamedTuple):
    """A trigger, and whose it is."""

    program: Program
    trigger: Trigger
    test: Test | None
    """Whether an event is meant; None: it depends on the event before, too."""


class _OfKind:
    """The triggers of one kind."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        ordered = sorted(
            candidates,
            key=lambda one: (-one.trigger.priority, one.program.id, one.trigger.index),
        )
        self._tests = [one.test for one in ordered]
        self._candidates = ordered
        fields: dict[str, list[tuple[Anchor, int]]] = {}
        self._rest: list[int] = []
        """Places of those that nothing leads to."""
        for place, one in enumerate(ordered):
            anchors = _anchors(one)
            if anchors is None:
                self._rest.append(place)
            for anchor in anchors or ():
                fields.setdefault(anchor.field, []).append((anchor, place))
        self._fields = [Field(path, anchors) for path, anchors in fields.items()]

    def find(self, values: Values) -> list[Candidate]:
        tests = self._tests
        found: Sequence[int] = [*self._rest]
        if self._fields:
            places = set(found)
            for field in self._fields:
                for one in field.find(values):
                    places.update(one)
            found = sorted(places)
        # Thousands may be left, so that each costs the call of its test and nothing else.
        try:
            return [
                self._candidates[place]
                for place in found
                if (test := tests[place]) is None or test(values)
            ]
        except Exception:  # noqa: BLE001 - a mistake of ours in one test hides no other workflow
            return [self._candidates[place] for place in found if _is_meant(tests[place], values)]


class Index:
    """All triggers of active workflows.

    Attributes:
        kinds: names and patterns of the kinds that they want.
    """

    def __init__(self, programs: Iterable[Program]) -> None:
        wanted: dict[str, list[Candidate]] = {}
        for program in programs:
            for trigger in program.triggers:
                candidate = Candidate(program, trigger, _test(program, trigger))
                for kind in trigger.kinds:
                    wanted.setdefault(kind, []).append(candidate)
        self.kinds: frozenset[str] = frozenset(wanted)
        self._wanted = wanted
        self._of_kind: dict[str, _OfKind] = {}

    def find(self, kind: str, values: Values) -> list[Candidate]:
        """Return the triggers that an event means, the most important first.

        Those without a test are there, too, when the event may be meant.
        """
        if kind not in self._of_kind:
            family = f"{kind.partition('.')[0]}{ALL_OF}"
            candidates = [*self._wanted.get(kind, ()), *self._wanted.get(family, ())]
            self._of_kind[kind] = _OfKind(candidates)
        return self._of_kind[kind].find(values)


def _is_meant(test: Test | None, values: Values) -> bool:
    """Say whether a test is true, or there is none; one that raises is left to who looks next."""
    try:
        return test is None or test(values)
    except Exception:
        log.exception("a condition of a workflow cannot be tested")
        return False


def _test(program: Program, trigger: Trigger) -> Test | None:
    if program.changed_fields:
        return None
    tests = [one for one in (trigger.test, program.test) if one is not None]
    if trigger.same:
        tests = [trigger.matches, *([] if program.test is None else [program.test])]
    if not tests:
        return lambda _values: True
    if len(tests) == 1:
        return tests[0]
    first, second = tests
    return lambda values: first(values) and second(values)


def _anchors(candidate: Candidate) -> list[Anchor] | None:
    """Return what leads to a trigger; None: nothing does for sure."""
    if candidate.test is None:
        # Each event is what the next one is compared with, whether it is meant or not.
        return None
    for field, value in candidate.trigger.same:
        if isinstance(value, str) and field in SAME_TEXT:
            return [Anchor("equal", field, value)]
    trees = [one for one in (candidate.trigger.when, candidate.program.when) if one is not None]
    return anchors_of({"all": trees}) if trees else None
