"""Calls of other workflows that can be seen to go wrong: what is called, what it is given, and
whether it comes back.

Owns that, for names and values that are written out; those with `{{ }}` are known when it runs
(`engine.effects`).  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.problems import Problem, written
from meshvisor.features.workflows.model.steps import all_steps
from meshvisor.features.workflows.model.templates import paths_of
from meshvisor.features.workflows.model.writing import Places
from meshvisor.shared.inputs import MISSING, misfits, missing

Documents = Mapping[str, Mapping[str, Any]]
"""Stored forms by the names of their workflows."""


def called_by(document: Mapping[str, Any]) -> AbstractSet[str]:
    """Return the names of the workflows that one calls, as far as they are written out."""
    return {name for _, name in _calls(document)}


def call_problems(
    document: Mapping[str, Any], places: Places, others: Documents
) -> Iterator[Problem]:
    """Yield what is wrong with each call, at its place.

    Args:
        document: the stored form.
        places: where its parts were written.
        others: all that it calls, and what those call; one that is missing is not there yet.
    """
    known = {**others, document["name"]: document}
    for step, name in _calls(document):
        way = _way(name, document["name"], known)
        if way is not None:
            place = places.step(step["id"], "with", "workflow")
            path = " → ".join((document["name"], *way))
            yield Problem(written(place), say.CALLS_ITSELF(way=path))
        elif name in known:
            yield from _inputs(step, name, known[name].get("inputs", {}), places)


# Private


def _calls(document: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], str]]:
    for step in all_steps(document):
        name = step.get("with", {}).get("workflow") if step["type"] == "call" else None
        if isinstance(name, str) and "{{" not in name:
            yield step, name


def _way(start: str, end: str, known: Documents) -> tuple[str, ...] | None:
    """Return the shortest chain of calls from one workflow to another; None: there is none."""
    queue: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    while queue:
        path = queue.pop(0)
        if path[-1] == end:
            return path
        for name in sorted(called_by(known.get(path[-1], {})) - seen):
            seen.add(name)
            queue.append((*path, name))
    return None


def _inputs(
    step: Mapping[str, Any], name: str, inputs: Mapping[str, Any], places: Places
) -> Iterator[Problem]:
    given = step["with"].get("inputs") or {}
    if not isinstance(given, Mapping):
        return  # one expression for all of them
    place = places.step(step["id"], "with", "inputs")
    for unknown in given.keys() - inputs.keys():
        names = ", ".join(inputs) or say.NO_NAMES()
        yield Problem(
            written((*place, unknown)),
            say.NO_INPUT_OF(name=unknown, workflow=name, names=names),
        )
    for missed, about in missing(inputs, given):
        yield Problem(written(place), MISSING(owner=name, name=missed, about=about))
    fixed = {one: value for one, value in given.items() if not _has_template(value)}
    for wrong, why in misfits(inputs, fixed):
        yield Problem(written((*place, wrong)), why)


def _has_template(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(map(_has_template, value.values()))
    if isinstance(value, list):
        return any(map(_has_template, value))
    return isinstance(value, str) and bool(paths_of(value))
