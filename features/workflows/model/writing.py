"""Where in a document each part of its stored form was written.

Owns finding the place again of what is looked at when all is read (`references`, `calls`,
`cycles`): steps by their ids, and their fields by the names that the document has for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from meshvisor.features.workflows.model.problems import Place


class Places:
    """Those of one document."""

    def __init__(self) -> None:
        self._steps: dict[str, Place] = {}
        self._names: dict[Place, dict[str, str]] = {}

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Places:
        """Return those of a stored form, which is written as it is."""
        places = cls()
        for name in ("steps", "on_failure"):
            for place, step in _placed(document.get(name, ()), (name,)):
                places.add(step["id"], place)
        return places

    def add(self, step: str, place: Place) -> None:
        """Note where a step is."""
        self._steps[step] = place

    def name(self, place: Place, field: str, written: str) -> None:
        """Note that a field is called otherwise there: `with` may be `action_config`."""
        if field != written:
            self._names.setdefault(place, {})[field] = written

    def known(self, step: str) -> Place | None:
        """Return where a step is; None: none is called so."""
        return self._steps.get(step)

    def step(self, step: str, *fields: str | int) -> Place:
        """Return where a field of a step is, or the step itself."""
        return self.at(self._steps[step], *fields)

    def at(self, place: Place, *fields: str | int) -> Place:
        """Return where a field of a part of the document is, or a field of that."""
        if not fields:
            return place
        first, *rest = fields
        return (*place, self._names.get(place, {}).get(str(first), first), *rest)


def _placed(steps: Any, place: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    for at, step in enumerate(steps):
        here = (*place, at)
        yield here, step
        for part in ("then", "else", "steps", "on_failure"):
            if isinstance(step.get(part), list):
                yield from _placed(step[part], (*here, part))
        for number, branch in enumerate(step.get("branches", ())):
            yield from _placed(branch, (*here, "branches", number))
