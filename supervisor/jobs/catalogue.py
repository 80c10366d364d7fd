"""What the plug-ins offer to do: actions by name, as they were last loaded.

Owns the table and the sentence about an action that is not in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

from shared.errors import UsageError
from shared.model.action import ActionSpec

log = logging.getLogger(__name__)


class Catalogue:
    """Actions by name."""

    def __init__(self, specs: Iterable[ActionSpec] = ()) -> None:
        self._specs = {spec.name: spec for spec in specs}
        self.names = frozenset(self._specs)

    @classmethod
    def of(cls, reports: Iterable[Mapping[str, Any]]) -> Catalogue:
        """Return the actions of plug-ins' reports; what cannot be one is reported."""
        specs = []
        for values in reports:
            try:
                specs.append(ActionSpec.from_json(values))
            except (KeyError, TypeError, ValueError) as error:
                log.error("an action cannot be used: %s", error, extra={"event": "jobs.action"})
        return cls(specs)

    @classmethod
    def read(cls, kept: Iterable[str]) -> Catalogue:
        """Return what `kept` has written."""
        return cls.of(json.loads(spec) for spec in kept)

    def kept(self) -> list[tuple[str, str]]:
        """Return names and specs as JSON, for `read`."""
        return [(spec.name, json.dumps(spec.as_json())) for spec in self]

    def __iter__(self) -> Any:
        """Go through all actions by name."""
        return iter([self._specs[name] for name in sorted(self._specs)])

    def __len__(self) -> int:
        return len(self._specs)

    def find(self, name: str) -> ActionSpec | None:
        """Return an action; None: no plug-in has it."""
        return self._specs.get(name)

    def require(self, name: str) -> ActionSpec:
        """Return an action.

        Raises:
            UsageError: no plug-in has it; the sentence names the nearest ones.
        """
        spec = self._specs.get(name)
        if spec is not None:
            return spec
        import difflib  # which a supervisor would carry about for life

        near = difflib.get_close_matches(name, self._specs, 3, cutoff=0.5)
        if near:
            hint = f"did you mean {' or '.join(near)}?"
        elif self._specs:
            hint = "meshvisor jobs actions lists those there are."
        else:
            hint = "no plug-in has any yet; put one into config/plugins and start meshvisor."
        raise UsageError(f"there is no action {name[:64]!r}; {hint}")
