"""Which schedules there are: those of features, of the settings, and what was made or changed at
run time.

Owns putting them together, and what is wrong with a definition in a sentence.  An entry of the
settings stands in place of a built-in one of its name; what was changed at run time is laid over
either.  Does not own the rows (`ledger`).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from meshvisor.features.schedules.model.schedule import Schedule
from meshvisor.features.schedules.settings import (
    ScheduleSettings,
    SchedulingSettings,
)
from meshvisor.features.schedules.supervisor.ledger import Position
from meshvisor.shared.errors import UsageError
from meshvisor.shared.feature import parts
from meshvisor.shared.settings.model import Settings

DAY: int = 86_400_000
"""Milliseconds.  Planned times that are settled further ahead than this were settled by a clock
that was wrong."""


Source = Literal["built in", "settings", "run time"]


@dataclass(frozen=True, slots=True)
class Entry:
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


def entries(settings: Settings, changes: Mapping[str, Mapping[str, Any]]) -> dict[str, Entry]:
    """Return all schedules by name, in the order of their names."""
    scheduling = settings.of(SchedulingSettings)
    listed = {one.name: one for one in settings.each(ScheduleSettings)}
    own = {**(built_in() if scheduling.built_in else {}), **listed}
    found = {}
    for name in sorted({*own, *changes}):
        source: Source = "settings" if name in listed else "built in"
        if name not in own:
            source = "run time"
        found[name] = _entry(name, source, own.get(name), changes.get(name), scheduling.timezone)
    return found


def built_in() -> Mapping[str, ScheduleSettings]:
    """Return what features bring, by name."""
    global _built_in  # noqa: PLW0603 - the same for the whole process
    if _built_in is None:
        found = [one for _, some in parts("schedules") for one in some]
        _built_in = {one["name"]: ScheduleSettings.model_validate(one) for one in found}
    return _built_in


def checked(definition: Mapping[str, Any]) -> ScheduleSettings:
    """Return a definition that somebody gives.

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


def new_positions(
    schedules: Iterable[Schedule], known: Mapping[str, Position], now: int
) -> dict[str, Position | None]:
    """Return the positions that have to be written so that all planned times go on as they should.

    A schedule that is new, enabled again, or planned otherwise than before begins now.  So does
    one that a wrong clock has settled far ahead; what it has settled stays so.
    """
    new: dict[str, Position | None] = {}
    names = set()
    for schedule in schedules:
        names.add(schedule.name)
        before = known.get(schedule.name)
        is_ahead = before is not None and before.settled_until > now + DAY
        if before is None or before.timing != schedule.timing or is_ahead:
            new[schedule.name] = Position(now, schedule.timing)
    new.update(dict.fromkeys(known.keys() - names))
    return new


# Private

_built_in: Mapping[str, ScheduleSettings] | None = None


def _entry(
    name: str,
    source: Source,
    own: ScheduleSettings | None,
    change: Mapping[str, Any] | None,
    default_zone: str,
) -> Entry:
    is_changed = own is not None and change is not None
    definition = own
    if change is not None:
        base = own.model_dump(mode="json", exclude_unset=True) if own is not None else {}
        try:
            definition = checked({**base, **change, "name": name})
        except UsageError as error:
            return Entry(name, source, is_changed, None, None, str(error))
    assert definition is not None
    return Entry(name, source, is_changed, definition, definition.schedule(default_zone))
