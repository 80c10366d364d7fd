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

_ALLOWED: Final[Mapping[str, str]] = {
    "minute": "0 to 59",
    "hour": "0 to 23",
    "day-of-month": "1 to 31, L (the last) or LW (the last from Monday to Friday)",
    "month": "1 to 12 or JAN to DEC",
    "day-of-week": "0 to 7 or SUN to SAT, also MON#2 (the second) or 5L (the last Friday)",
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

    shown = repr(text[:60])
    kept = " ".join(text.split())
    if kept.startswith("@"):
        if kept.lower() in MACROS:
            return kept.lower()
        raise ValueError(f"{shown} is no cron expression; allowed with @ are {', '.join(MACROS)}")
    if len(kept) > LONGEST or not kept.isascii():
        raise ValueError(f"{shown} is no cron expression; write one such as {EXAMPLE}")
    count = len(kept.split())
    if count != _FIELDS:
        fields = "1 field" if count == 1 else f"{count} fields"
        raise ValueError(
            f"{shown} has {fields} and not the five of a cron expression (minute, hour, day "
            f"of the month, month, day of the week); write one such as {EXAMPLE}"
        )
    try:
        next(CronSim(kept, datetime.now(UTC)))
    except (CronSimError, StopIteration) as error:
        raise ValueError(
            f"{shown} {_wrong(kept, str(error))}; write one such as {EXAMPLE}"
        ) from None
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
    hint = near or 'write a name of the IANA such as "Europe/Berlin", "Asia/Kolkata" or "UTC"'
    raise ValueError(f"{name[:60]!r} is no time zone of this machine; {hint}")


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

    text = CronSim(MACROS.get(expression, expression), datetime(2026, 1, 1, tzinfo=UTC)).explain()
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


def _wrong(expression: str, said: str) -> str:
    """Return what is wrong with an expression of five fields."""
    from cronsim import CronSim, CronSimError

    minute, hour, day, _, weekday = expression.split()
    field = said.removeprefix("Bad ")
    try:
        # What is right in some month is never right in this one.
        CronSim(f"{minute} {hour} {day} * {weekday}", datetime.now(UTC))
    except CronSimError:
        return (
            f"is no cron expression, its {field.replace('-', ' ')} is wrong: allowed are "
            f"{_ALLOWED[field]}"
        )
    if field == "month":
        return f"is no cron expression, its month is wrong: allowed are {_ALLOWED[field]}"
    return "never fires, for no such day comes"
