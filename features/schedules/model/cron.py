"""When a cron expression fires, in a time zone.

Owns which expressions are taken, and moments as epoch milliseconds.  Does not own the calendar:
that is cronsim, which treats changes of clocks as Debian's cron does.

- A time that the clocks skip: what is planned in the gap fires at its end, once.
- A time that comes twice: what names an hour and a minute fires the first time only.  What has a
  star in front of its hour or minute goes by real time and fires in both.
"""

from __future__ import annotations

import contextlib
import functools
import zlib
import zoneinfo
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any, Final

from meshvisor.features.schedules import wordings as say
from meshvisor.shared.wording import Wording

EXAMPLE: Final = '"*/15 * * * *" (every 15 minutes) or "30 6 * * MON-FRI"'

MACROS: Final[Mapping[str, str]] = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}

LONGEST: Final = 200
"""Characters of an expression: more lists of numbers than anybody can check by eye."""

MOST_READ: Final = 512
"""Expressions that are kept as they were read, 2 kB each."""

_FIELDS: Final = 5
_DAY: Final = timedelta(days=1)
_FORTNIGHT: Final = timedelta(days=14)

_WRONG: Final[Mapping[str, Wording]] = {
    "minute": say.CRON_MINUTE,
    "hour": say.CRON_HOUR,
    "day-of-month": say.CRON_DAY,
    "month": say.CRON_MONTH,
    "day-of-week": say.CRON_WEEKDAY,
}
"""The fields in their order, as cronsim calls them."""

_BOUNDS: Final = {
    "minute": ("0", "59"),
    "hour": ("0", "23"),
    "day-of-month": ("1", "31"),
    "month": ("1", "12"),
    "day-of-week": ("0", "6"),
}
"""The first and the last value of each field."""

_NAMES: Final = {
    "month": ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    "day-of-week": ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"],
}

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


@functools.lru_cache(maxsize=MOST_READ)
def check_cron(text: str) -> str:
    """Return an expression as it is kept: with single blanks.

    Raises:
        ValueError: it is none, or never fires; the message is one sentence with an example.
    """
    from cronsim import CronSim, CronSimError  # only homes with schedules need it

    shown = text[:60]
    kept = " ".join(text.split())
    if kept.startswith("@"):
        if kept.lower() in MACROS:
            return kept.lower()
        raise ValueError(say.CRON_MACRO(cron=shown, macros=", ".join(MACROS)))
    if len(kept) > LONGEST or not kept.isascii():
        raise ValueError(say.CRON_FORM(cron=shown, example=EXAMPLE))
    count = len(kept.split())
    if count != _FIELDS:
        wording = say.CRON_ONE_FIELD if count == 1 else say.CRON_FIELDS
        raise ValueError(wording(cron=shown, count=count, example=EXAMPLE))
    try:
        next(CronSim(kept, datetime.now(UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(_wrong(shown, kept, str(error))) from None
    return kept


@functools.lru_cache(maxsize=1024)
def check_zone(name: str) -> str:
    """Return the name of a time zone.

    Raises:
        ValueError: there is none; the message is one sentence with an example.
    """
    try:
        zone(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        pass
    else:
        return name
    from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

    near = did_you_mean(near_names(name, zoneinfo.available_timezones(), NEAREST, LOOSE))
    raise ValueError(say.NO_ZONE(zone=name[:60], hint=near or say.ZONE_EXAMPLES()))


def zone(name: str) -> Any:
    """Return a time zone: UTC, or one of the database of time zones.

    Raises:
        ValueError: it has no such form.
        ZoneInfoNotFoundError: there is none.
        OSError: its file cannot be read.
    """
    return UTC if name == "UTC" else zoneinfo.ZoneInfo(name)


def next_after(expression: str, zone_name: str, moment: int) -> int | None:
    """Return the first planned time after a moment; None: there is none in 50 years.

    Args:
        expression: as `check_cron` returns it.
        zone_name: as `check_zone` returns it.
        moment: epoch milliseconds.

    Returns:
        Epoch milliseconds, a full minute.
    """
    calendar = _calendar(expression, zone_name)
    after = _EPOCH + timedelta(milliseconds=moment)
    where = zone(zone_name)
    quick = _without_changes(calendar, after, where)
    if quick is not None:
        return quick
    # Copied, for several threads ask.
    found = calendar.behind(after.astimezone(where))
    # It knows no fold of the beginning, and plans the end of a gap twice where two times are in it.
    for planned in found:
        if (millis := to_millis(planned)) > moment:
            return millis
    return None


def to_millis(moment: datetime) -> int:
    """Return the epoch milliseconds of an aware moment."""
    return (moment - _EPOCH) // _MILLISECOND


@functools.lru_cache(maxsize=MOST_READ)
def in_words(expression: str) -> str:
    """Return what an expression means, in English without a full stop."""
    from cronsim import CronSim

    plain = _without_long_steps(MACROS.get(expression, expression))
    text = CronSim(plain, datetime(2026, 1, 1, tzinfo=UTC)).explain()
    return f"{text[:1].upper()}{text[1:]}"


@functools.lru_cache(maxsize=1024)
def rules_of(zone_name: str) -> str:
    """Return a sum of the rules of a zone, as they are on this machine; empty: there are none.

    Those of a zone that was used stay in memory, see `forget_zones`.
    """
    from importlib.resources import files
    from importlib.resources.abc import Traversable

    places: list[Traversable] = [Path(folder, zone_name) for folder in zoneinfo.TZPATH]
    with contextlib.suppress(ModuleNotFoundError):
        places.append(files("tzdata").joinpath("zoneinfo", zone_name))
    for place in places:
        try:
            return f"{zlib.crc32(place.read_bytes()):08x}"
        except OSError:
            continue
    return ""


def forget_zones() -> None:
    """Have the rules of all zones read again: the files of this machine may be newer ones."""
    zoneinfo.ZoneInfo.clear_cache()
    for kept in (rules_of, check_zone, _calendar):
        kept.cache_clear()


# Private


@functools.lru_cache(maxsize=MOST_READ)
def _calendar(expression: str, zone_name: str) -> Any:
    from meshvisor.features.schedules.model.calendar import Calendar

    return Calendar(MACROS.get(expression, expression), _EPOCH.astimezone(zone(zone_name)))


def _without_changes(calendar: Any, after: datetime, where: tzinfo) -> int | None:
    """Return the next planned time where the clocks do not change before it; None: they may.

    Offsets are compared every two weeks: in no zone do clocks change twice within that so that
    they are as before.  The day before counts, too: what its change has put off or repeated fires
    now.
    """
    local = after.astimezone(where)
    offset = local.utcoffset()
    planned = calendar.next_local(local.replace(tzinfo=None, second=0, microsecond=0))
    if planned is None or offset is None:
        return None
    found = planned.replace(tzinfo=UTC) - offset
    if where is not UTC:
        looked_at, step = after - _DAY, _FORTNIGHT
        while True:
            if looked_at.astimezone(where).utcoffset() != offset:
                return None
            if looked_at >= found:
                break
            looked_at = min(looked_at + step, found)
    return to_millis(found)


def _without_long_steps(expression: str) -> str:
    """Return an expression with what a step beyond its field leaves: `0` in place of `*/90`.

    Days keep theirs: that they begin with a star has a meaning of its own.
    """
    fields = expression.split()
    for place, first, count in ((0, 0, 60), (1, 0, 24), (3, 1, 12)):
        star, slash, step = fields[place].partition("/")
        if star == "*" and slash and int(step) >= count:
            fields[place] = str(first)
    return " ".join(fields)


def _wrong(shown: str, expression: str, said: str) -> str:
    """Return what is wrong with an expression of five fields, as a sentence."""
    from cronsim import CronSim, CronSimError

    minute, hour, day, _, weekday = expression.split()
    field = said.removeprefix("Bad ")
    try:
        # What is right in some month is never right in this one.
        CronSim(f"{minute} {hour} {day} * {weekday}", datetime.now(UTC))
    except CronSimError:
        if step := _wrong_step(expression, field):
            words = field.replace("-", " ")
            return say.CRON_STEP(cron=shown, step=step, field=words, example=EXAMPLE)
        if split := _split_range(expression, field):
            return say.CRON_BACKWARDS(cron=shown, range=split[0], ranges=split[1])
        return _WRONG[field](cron=shown, example=EXAMPLE)
    if field == "month":
        return say.CRON_MONTH(cron=shown, example=EXAMPLE)
    return say.CRON_NEVER(cron=shown, example=EXAMPLE)


def _wrong_step(expression: str, field: str) -> str:
    """Return the first step of a field that is none; empty: all are."""
    place = list(_WRONG).index(field)
    for part in expression.split()[place].split(","):
        _, slash, step = part.partition("/")
        if slash and not (step.isdecimal() and int(step)):
            return step
    return ""


def _split_range(expression: str, field: str) -> tuple[str, str] | None:
    """Return the first range of a field that goes backwards, and the two that are meant.

    None: none does.  People write `22-6` for the hours of a night, which no cron knows.
    """
    first, last = _BOUNDS[field]
    place = list(_WRONG).index(field)
    for part in expression.split()[place].split(","):
        start, dash, end = part.partition("-")
        low, high = _value(start, field), _value(end, field)
        if dash and low is not None and high is not None and int(first) <= high < low <= int(last):
            if not start.isdecimal():
                last = _NAMES[field][-1]
            if not end.isdecimal():
                first = _NAMES[field][0]
            return part, f"{start}-{last},{first}-{end}".upper()
    return None


def _value(text: str, field: str) -> int | None:
    """Return the number that a name or a number of a field stands for; None: it is neither."""
    names = _NAMES.get(field, [])
    if text.upper() in names:
        return names.index(text.upper()) + int(_BOUNDS[field][0])
    return int(text) if text.isdecimal() else None
