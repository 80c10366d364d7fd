"""What can be done: actions of plug-ins by name, as they were last loaded, and the built-in ones.

Owns the table and the sentence about an action that is not in it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any, Final

from meshvisor.features.jobs.model.action import ActionSpec, JobDefaults
from meshvisor.features.jobs.model.built_in import SOURCE, built_in_actions
from meshvisor.features.jobs.settings import JobSettings
from meshvisor.features.jobs.supervisor.ledger.job import Job
from meshvisor.features.jobs.wordings import NO_ACTION, NO_ACTIONS
from meshvisor.shared.errors import UsageError
from meshvisor.shared.near_names import LISTED

NO_SETTINGS: Final = JobSettings()

log = logging.getLogger(__name__)


class ActionRegistry:
    """Actions by name.

    Args:
        specs: as they were declared.
        settings: fill in what these leave open.
    """

    def __init__(
        self, specs: Iterable[ActionSpec] = (), settings: JobSettings = NO_SETTINGS
    ) -> None:
        self._declared = tuple(specs)
        self._specs: dict[str, ActionSpec] = {}
        self.configure(settings)
        self.names = frozenset(self._specs)

    def configure(self, settings: JobSettings) -> None:
        """Take over new settings."""
        defaults = JobDefaults(
            settings.retry_limit,
            settings.retry_delay,
            settings.rate_limit_delay,
            settings.wait_timeout or None,
            settings.deadline or None,
        )
        self._specs = {spec.name: spec.resolved(defaults) for spec in self._declared}

    @classmethod
    def of(
        cls, reports: Iterable[Mapping[str, Any]], settings: JobSettings = NO_SETTINGS
    ) -> ActionRegistry:
        """Return the built-in actions and those of plug-ins' reports; what cannot be one is
        reported.
        """
        specs = [action.spec for _, action in built_in_actions().values()]
        for values in reports:
            if values.get("source") == SOURCE:
                continue  # as an earlier version has kept it
            try:
                specs.append(ActionSpec.from_json(values))
            except (KeyError, TypeError, ValueError) as error:
                log.error("an action cannot be used: %s", error, extra={"event": "jobs.action"})
        return cls(specs, settings)

    @classmethod
    def read(cls, kept: Iterable[str], settings: JobSettings = NO_SETTINGS) -> ActionRegistry:
        """Return what `kept` has written."""
        return cls.of((json.loads(spec) for spec in kept), settings)

    def kept(self) -> list[tuple[str, str]]:
        """Return names and specs as JSON, for `read`."""
        return [(spec.name, json.dumps(spec.as_json())) for spec in self._declared]

    def __iter__(self) -> Any:
        """Go through all actions by name."""
        return iter([self._specs[name] for name in sorted(self._specs)])

    def __len__(self) -> int:
        return len(self._specs)

    def find(self, name: str) -> ActionSpec | None:
        """Return an action; None: no plug-in has it."""
        return self._specs.get(name)

    def spec_of(self, job: Job) -> ActionSpec | None:
        """Return what holds for a job: its action, with what was submitted in its place."""
        spec = self._specs.get(job.action)
        if spec is None or job.options is None:
            return spec
        return spec.with_options(job.own_options)

    def require(self, name: str) -> ActionSpec:
        """Return an action.

        Raises:
            UsageError: no plug-in has it; the sentence names the nearest ones.
        """
        spec = self._specs.get(name)
        if spec is not None:
            return spec
        from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

        hint = did_you_mean(near_names(name, self._specs, NEAREST, LOOSE))
        if not hint and self._specs:
            hint = LISTED(command="meshvisor jobs actions")
        elif not hint:
            hint = NO_ACTIONS()
        why = f"there is no action {name[:64]!r}"
        raise UsageError(NO_ACTION.said(action=name[:64], hint=hint), in_room=why)
