"""What conditions and templates of a definition name, and whether it is there at that point.

Owns the rules: a step is known behind itself, a variable behind the step that sets it, an item in
its rounds, a field of an event where a trigger has it.  In a `for_each` all of its steps are known,
as the rounds before have done them.  Does not own the form (`definition`).  Pure.
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from typing import Any, Final, NamedTuple

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.conditions import leaves
from meshvisor.features.workflows.model.problems import MOST_SHOWN, Place, Problem, written
from meshvisor.features.workflows.model.steps import all_steps
from meshvisor.features.workflows.model.templates import paths_of
from meshvisor.features.workflows.model.triggers import MANUAL, OF_TIME, kinds_named, kinds_of
from meshvisor.features.workflows.model.writing import Places
from meshvisor.shared.near_names import near_names

Fields = Callable[[str], AbstractSet[str] | None]
"""Returns the fields that events of a kind have; None: it is not known."""

_ALWAYS: Final = frozenset({"event", "now"})
_IN_STEPS: Final = frozenset({"steps", "vars", "inputs", "execution"})


Names = ChainMap[str, None]


class Use(NamedTuple):
    """A path that is looked up."""

    place: Place
    path: str


class Scope:
    """What is known somewhere in a definition: what is known around it, and some more.

    Nothing is copied for each of many steps: looking up goes through the levels of lists of steps
    in each other, which are few.

    Args:
        inputs: names of the workflow's inputs.
        names: first words of paths; None: any, for it is not known what events have.
    """

    def __init__(self, inputs: AbstractSet[str], names: Iterable[str] | None) -> None:
        self.inputs = inputs
        self.names: Names | None = None if names is None else ChainMap(dict.fromkeys(names))
        self.steps: Names = ChainMap()
        """Those that have been begun, or may have been."""
        self.vars: Names = ChainMap()

    def inner(self, *names: str) -> Scope:
        """Return the scope of what is in a step here, where some more names are known."""
        scope = Scope(self.inputs, None)
        scope.names = None if self.names is None else self.names.new_child(dict.fromkeys(names))
        scope.steps, scope.vars = self.steps.new_child(), self.vars.new_child()
        return scope

    def add(self, steps: Iterable[Mapping[str, Any]]) -> Scope:
        """Take in that some steps, with all that is in them, may have been done; return it."""
        for one in all_steps({"steps": list(steps)}):
            self.steps[one["id"]] = None
            self.vars.update(dict.fromkeys(_set_by(one)))
        return self


def problems_of(
    document: Mapping[str, Any], places: Places, fields: Fields | None
) -> list[Problem]:
    """Return each name that leads nowhere, with its place.

    Args:
        document: the stored form.
        places: where its parts were written.
        fields: what events have; None: first words of paths are not looked at.
    """
    return [*islice(_Check(document, places, fields).run(), MOST_SHOWN)]


class _Check:
    """One look through a document."""

    def __init__(self, document: Mapping[str, Any], places: Places, fields: Fields | None) -> None:
        self._document = document
        self._places = places
        self._fields = fields
        self._all = {one["id"] for one in all_steps(document)}

    def run(self) -> Iterator[Problem]:
        document, inputs = self._document, self._document.get("inputs", {}).keys()
        triggers = document.get("triggers", ())
        of_triggers = [self._of_trigger(one) for one in triggers]
        known = None if self._fields is None or not triggers else _together(of_triggers)
        for number, (trigger, names) in enumerate(zip(triggers, of_triggers, strict=True)):
            place = self._places.at(("triggers", number), "when")
            uses = _in_condition(trigger.get("when"), place)
            yield from self._wrong(uses, Scope(frozenset(), names))
        where = self._places.at((), "when")
        uses = _in_condition(document.get("when"), where)
        yield from self._wrong(uses, Scope(frozenset(), known))
        scope = Scope(inputs, None if known is None else {*known, *_IN_STEPS, *inputs})
        yield from self._wrong(_in_value(document.get("key"), ("key",)), scope)
        steps = document.get("steps", ())
        yield from self._block(steps, scope)
        yield from self._block(document.get("on_failure", ()), scope.inner("error").add(steps))

    def _of_trigger(self, trigger: Mapping[str, Any]) -> AbstractSet[str] | None:
        if not trigger:
            return None  # it is wrong itself
        if self._fields is None or trigger["type"] == MANUAL:
            return None  # by hand it can be given anything
        if trigger["type"] == OF_TIME:
            return {*_ALWAYS, "planned_at"}
        return self._of_kinds(kinds_of(trigger["type"], trigger.get("config", {})))

    def _of_kinds(self, kinds: Iterable[str]) -> AbstractSet[str] | None:
        fields = self._fields
        return None if fields is None else _together(fields(one) for one in kinds)

    # ---- Steps -------------------------------------------------------------------------------

    def _block(self, steps: Iterable[Mapping[str, Any]], outer: Scope) -> Iterator[Problem]:
        scope = outer.inner()
        for step in steps:
            yield from self._step(step, scope)
            scope.add([step])

    def _step(self, step: Mapping[str, Any], scope: Scope) -> Iterator[Problem]:
        id_ = step["id"]
        for part in ("when", "if"):
            uses = _in_condition(step.get(part), self._places.step(id_, part))
            yield from self._wrong(uses, scope)
        config = step.get("with", {})
        for name, value in config.items():
            place = self._places.step(id_, "with", name)
            if (step["type"], name) == ("wait", "where"):
                yield from self._where(value, place, config, scope)
            else:
                yield from self._wrong(_in_value(value, place), scope)
        alone = {name: one for name, one in step.items() if name in ("id", "type", "with")}
        for part in ("then", "else"):
            yield from self._block(step.get(part, ()), scope.inner().add([alone]))
        for branch in step.get("branches", ()):
            yield from self._block(branch, scope)
        if "steps" in step:
            rounds = scope.inner(str(config.get("as") or "item"), "round")
            yield from self._block(step["steps"], rounds.add(step["steps"]))
        if isinstance(step.get("on_failure"), list):
            handling = scope.inner("error").add([{**step, "on_failure": []}])
            yield from self._block(step["on_failure"], handling)

    def _where(
        self, tree: Any, place: Place, config: Mapping[str, Any], scope: Scope
    ) -> Iterator[Problem]:
        """Check a condition on another event, which finds the execution's own under `trigger`."""
        names = self._of_kinds(kinds_named(str(config.get("event"))))
        uses = [*_in_condition(tree, place)]
        beside = {"trigger", "vars", "steps"}
        of_event = [one for one in uses if one.path.partition(".")[0] not in beside]
        yield from self._wrong(of_event, Scope(frozenset(), names))
        own = [
            Use(one.place, one.path.removeprefix("trigger."))
            for one in uses
            if one.path.partition(".")[0] in beside and one.path != "trigger"
        ]
        yield from self._wrong(own, scope)

    # ---- Names -------------------------------------------------------------------------------

    def _wrong(self, uses: Iterable[Use], scope: Scope) -> Iterator[Problem]:
        for place, path in dict.fromkeys(uses):
            sentence = self._why(path, scope)
            if sentence is not None:
                yield Problem(written(place), sentence)

    def _why(self, path: str, scope: Scope) -> str | None:
        first, *rest = path.split(".")
        if scope.names is not None and first not in scope.names and first not in scope.vars:
            return _unknown(first, [*scope.names, *scope.vars])
        if not rest:
            return None
        name = rest[0]
        if first == "steps":
            return self._why_step(name, scope)
        if first == "vars" and name not in scope.vars:
            return say.NO_SUCH_VARIABLE(name=name, names=_some(scope.vars))
        if first == "inputs" and name not in scope.inputs:
            return say.NO_SUCH_INPUT(name=name, names=_some(scope.inputs))
        return None

    def _why_step(self, name: str, scope: Scope) -> str | None:
        if name in scope.steps:
            return None
        if name in self._all:
            return say.STEP_NOT_YET(name=name)
        if self._places.known(name) is not None:
            return None  # it is wrong itself
        return say.NO_SUCH_STEP(name=name, names=_some(scope.steps))


_SHOWN: Final = 30
"""Names of what is known that a sentence has."""
_MOST_COMPARED: Final = 300
"""Names among which a near one is looked for: each costs tens of microseconds."""


def _together(found: Iterable[AbstractSet[str] | None]) -> AbstractSet[str] | None:
    """Return what any of several events has; None: that is not known of one."""
    names = set(_ALWAYS)
    for one in found:
        if one is None:
            return None
        names |= one
    return names


def _unknown(name: str, names: Sequence[str]) -> str:
    near = near_names(name, names) if len(names) <= _MOST_COMPARED else []
    if near:
        return say.UNKNOWN_NAME_NEAR(name=name, near=", ".join(near))
    return say.UNKNOWN_NAME(name=name, names=_some(names))


def _some(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)[:_SHOWN]) or say.NO_NAMES()


def _set_by(step: Mapping[str, Any]) -> Iterable[str]:
    return step.get("with", {}) if step["type"] == "set_variable" else ()


def _in_value(value: Any, place: Place) -> Iterator[Use]:
    if isinstance(value, str):
        for path in paths_of(value):
            yield Use(place, path)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            yield from _in_value(one, (*place, str(name)))
    elif isinstance(value, list):
        for at, one in enumerate(value):
            yield from _in_value(one, (*place, at))


def _in_condition(tree: Any, place: Place) -> Iterator[Use]:
    for leaf in leaves(tree):
        yield Use(place, leaf["field"])
        value = leaf.get("value")
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, str):
                for path in paths_of(one):
                    yield Use(place, path)
