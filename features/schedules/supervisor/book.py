"""Which schedules there are: those of features, of the settings, and what was made or changed at
run time.

Owns putting them together, and what is wrong with a definition in a sentence.  An entry of the
settings stands in place of a built-in one of its name; what was changed at run time is laid over
either.  Does not own the rows (`ledger`, `positions`).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec
from pydantic import ValidationError

from meshvisor.features.fleet.settings import has_meshes
from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.settings import ScheduleSettings, SchedulingSettings
from meshvisor.features.schedules.wordings import ORPHANED
from meshvisor.shared.errors import UsageError
from meshvisor.shared.feature import parts
from meshvisor.shared.settings.model import Settings

Source = Literal["built in", "settings", "run time"]


class Entry(msgspec.Struct, frozen=True):
    """A schedule as it is listed."""

    name: str
    source: Source
    is_changed: bool
    """Whether one of the settings, or a built-in one, was changed at run time."""
    definition: ScheduleSettings | None
    """None: it cannot be understood."""
    schedule: Schedule | None
    problem: str = ""
    """Why it cannot be understood."""


class Book:
    """The schedules of some settings, to which belongs what was made or changed at run time."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        scheduling = settings.of(SchedulingSettings)
        self.default_zone = scheduling.timezone
        self.keep_days = scheduling.keep_history_days
        self._listed = {one.name: one for one in settings.each(ScheduleSettings)}
        self._own = {**(built_in() if scheduling.built_in else {}), **self._listed}

    @property
    def has_meshes(self) -> bool:
        """Whether the settings list meshes, or say where they are found."""
        return has_meshes(self._settings)

    @property
    def names(self) -> Collection[str]:
        """Those of the settings and of features."""
        return self._own.keys()

    def entry(self, name: str, change: Mapping[str, Any] | None) -> Entry | None:
        """Return a schedule.

        Args:
            name: of it.
            change: what was made or changed of it at run time; None: nothing.

        Returns:
            None: there is none.
        """
        own = self._own.get(name)
        if own is None and change is None:
            return None
        source: Source = "settings" if name in self._listed else "built in"
        if own is None:
            source = "run time"
        is_changed = own is not None and change is not None
        definition = own
        if change is not None:
            base = own.model_dump(mode="json", exclude_unset=True) if own is not None else {}
            try:
                definition = checked({**base, **change, "name": name})
            except UsageError as error:
                problem = _orphaned(name) if own is None and "action" not in change else str(error)
                return Entry(name, source, is_changed, None, None, problem)
        assert definition is not None
        schedule = definition.schedule(self.default_zone)
        return Entry(name, source, is_changed, definition, schedule)

    def digest(self, name: str) -> str | None:
        """Return a sum of an entry of the settings or of a feature, and of what it depends on.

        None: there is none.
        """
        own = self._own.get(name)
        if own is None:
            return None
        text = f"{self.default_zone} {own.model_dump_json()}"
        return f"{zlib.crc32(text.encode()):08x}"


def built_in() -> Mapping[str, ScheduleSettings]:
    """Return what features bring, by name."""
    global _built_in  # noqa: PLW0603 - the same for the whole process
    if _built_in is None:
        found = [one for _, some in parts("schedules") for one in some]
        _built_in = {one["name"]: ScheduleSettings.model_validate(one) for one in found}
    return _built_in


def checked(definition: Mapping[str, Any]) -> ScheduleSettings:
    """Return a definition that was given as fields, checked.

    Raises:
        UsageError: it cannot be; one sentence.
    """
    try:
        return ScheduleSettings.model_validate_json(json.dumps(definition), strict=True)
    except ValidationError as error:
        from meshvisor.shared.settings.problems import describe

        first = error.errors(include_url=False)[0]
        first["loc"] = ("schedules", 0, *first["loc"])
        text = describe(first, {"schedules": [dict(definition)]})
        raise UsageError(text.replace("schedules[0].", "").removeprefix("Value error, ")) from None


# Private


def _orphaned(name: str) -> str:
    return ORPHANED(name=name)


_built_in: Mapping[str, ScheduleSettings] | None = None
