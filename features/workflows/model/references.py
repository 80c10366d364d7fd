"""What conditions and templates of a definition name, and whether it is there at that point.

Owns the rules: a step is known behind itself, a variable behind the step that sets it, an item in
its rounds, a field of an event where a trigger has it.  In a `for_each` all of its steps are known,
as the rounds before have done them.  Does not own the form (`definition`).  Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, Final, NamedTuple

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.conditions import leaves
from meshvisor.features.workflows.model.problems import Place, Problem, written
from meshvisor.features.workflows.model.steps import all_steps
from meshvisor.features.workflows.model.templates import paths_of
from meshvisor.features.workflows.model.triggers import MANUAL, OF_TIME, kinds_named, kinds_of
from meshvisor.features.workflows.model.writing import Places
from meshvisor.shared.near_names import near_names

Fields = Callable[[str], AbstractSet[str] | None]
"""Returns the fields that events of a kind have; None: it is not known."""

_ALWAYS: Final = frozenset({"event", "now"})
_IN_STEPS: Final = frozenset({"steps", "vars", "inputs", "execution"})


class Use(NamedTuple):
    """A path that is looked up."""

    place: Place
    path: str


class Scope(NamedTuple):
    """What is known somewhere in a definition."""

    names: AbstractSet[str] | None
    """First words of paths; None: any, for nobody knows what events have."""
    inputs: AbstractSet[str]
    steps: AbstractSet[str]
    """Those that have been begun, or may have been."""
    vars: AbstractSet[str]

    def with_names(self, *names: str) -> Scope:
        """Return one that knows some more names."""
        return self._replace(names=None if self.names is None else {*self.names, *names})

    def behind(self, steps: Iterable[Mapping[str, Any]]) -> Scope:
        """Return what is known when some steps are done, with all that is in them."""
        inner = [*all_steps({"steps": list(steps)})]
        names = [name for one in inner for name in _set_by(one)]
        return self._replace(
            names=None if self.names is None else {*self.names, *names},
            steps={*self.steps, *(one["id"] for one in inner)},
            vars={*self.vars, *names},
        )


def problems_of(
    document: Mapping[str, Any], places: Places, fields: Fields | None
) -> list[Problem]:
    """Return each name that leads nowhere, with its place.

    Args:
        document: the stored form.
        places: where its parts were written.
        fields: what events have; None: first words of paths are not looked at.
    """
    return [*_Check(document, places, fields).run()]


class _Check:
    """One look through a document."""

    def __init__(self, document: Mapping[str, Any], places: Places, fields: Fields | None) -> None:
        self._document = document
        self._places = places
        self._fields = fields
        self._all = {one["id"] for one in all_steps(document)}

    def run(self) -> Iterator[Problem]:
        document, inputs = self._document, self._document.get("inputs", {})
        triggers = document.get("triggers", ())
        of_triggers = [self._of_trigger(one) for one in triggers]
        known = None if self._fields is None or not triggers else _together(of_triggers)
        event = Scope(known, frozenset(), frozenset(), frozenset())
        for number, (trigger, names) in enumerate(zip(triggers, of_triggers, strict=True)):
            place = self._places.at(("triggers", number), "when")
            uses = _in_condition(trigger.get("when"), place)
            yield from self._wrong(uses, event._replace(names=names))
        where = self._places.at((), "when")
        yield from self._wrong(_in_condition(document.get("when"), where), event)
        names = None if known is None else {*known, *_IN_STEPS, *inputs}
        scope = Scope(names, inputs.keys(), frozenset(), frozenset())
        yield from self._wrong(_in_value(document.get("key"), ("key",)), scope)
        yield from self._block(document.get("steps", ()), scope)
        handling = scope.behind(document.get("steps", ())).with_names("error")
        yield from self._block(document.get("on_failure", ()), handling)

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

    def _block(self, steps: Iterable[Mapping[str, Any]], scope: Scope) -> Iterator[Problem]:
        for step in steps:
            yield from self._step(step, scope)
            scope = scope.behind([step])

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
            yield from self._block(step.get(part, ()), scope.behind([alone]))
        for branch in step.get("branches", ()):
            yield from self._block(branch, scope)
        if "steps" in step:
            item = str(config.get("as") or "item")
            rounds = scope.behind(step["steps"]).with_names(item, "round")
            yield from self._block(step["steps"], rounds)
        if isinstance(step.get("on_failure"), list):
            handling = scope.behind([{**step, "on_failure": []}]).with_names("error")
            yield from self._block(step["on_failure"], handling)

    def _where(
        self, tree: Any, place: Place, config: Mapping[str, Any], scope: Scope
    ) -> Iterator[Problem]:
        """Check a condition on another event, which finds the execution's own under `trigger`."""
        names = self._of_kinds(kinds_named(str(config.get("event"))))
        uses = [*_in_condition(tree, place)]
        inner = scope._replace(
            names=None if names is None else {*names, "trigger", "vars", "steps"}
        )
        yield from self._wrong(uses, inner)
        own = [Use(one.place, one.path.partition(".")[2]) for one in uses
               if one.path.startswith("trigger.")]  # fmt: skip
        yield from self._wrong(own, scope)

    # ---- Names -------------------------------------------------------------------------------

    def _wrong(self, uses: Iterable[Use], scope: Scope) -> Iterator[Problem]:
        for place, path in dict.fromkeys(uses):
            sentence = self._why(path, scope)
            if sentence is not None:
                yield Problem(written(place), sentence)

    def _why(self, path: str, scope: Scope) -> str | None:
        first, *rest = path.split(".")
        if scope.names is not None and first not in scope.names:
            return _unknown(first, scope.names)
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


def _together(found: Iterable[AbstractSet[str] | None]) -> AbstractSet[str] | None:
    """Return what any of several events has; None: that is not known of one."""
    names = set(_ALWAYS)
    for one in found:
        if one is None:
            return None
        names |= one
    return names


def _unknown(name: str, names: AbstractSet[str]) -> str:
    near = near_names(name, names)
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
