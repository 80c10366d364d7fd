"""Durations, sizes and counts as people read them.

Standard library only, and little of it: `status` loads this.  Durations as people write them are in
`shared.model.duration`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final

from meshvisor.shared.model.duration import DAY, HOUR, MINUTE, parse_duration

_DAYS: Final = {"today": 0, "yesterday": 1}
"""Days that people have words for, and how long ago they began."""


def duration(seconds: float | None) -> str:
    """Return `2h 14m` and the like: at most two units, the smaller one padded so columns align.

    None is a dash.
    """
    if seconds is None:
        return "-"
    whole = int(max(0.0, seconds))
    if whole < MINUTE:
        return f"{whole}s"
    if whole < HOUR:
        return f"{whole // MINUTE}m {whole % MINUTE:02d}s"
    if whole < DAY:
        return f"{whole // HOUR}h {whole % HOUR // MINUTE:02d}m"
    return f"{whole // DAY}d {whole % DAY // HOUR:02d}h"


def size(count: float | None) -> str:
    """Return `23.4 MB` and the like (powers of 1000); None is a dash."""
    if count is None:
        return "-"
    for unit in ("B", "kB", "MB", "GB"):
        if count < 999.5:
            return f"{count:.0f} {unit}" if unit in {"B", "kB"} else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def milliseconds(count: float | None) -> str:
    """Return `3 ms`, or seconds when it is that long; None is a dash."""
    if count is None:
        return "-"
    if count >= 1000:
        return f"{count / 1000:.1f} s"
    return f"{count:.0f} ms" if count >= 9.95 else f"{count:.1f} ms"


def moment(iso: str | None, *, seconds: bool = False) -> str:
    """Return an ISO time with offset as the local one; None, an unknown one: `-`.

    Args:
        iso: the time.
        seconds: to the second instead of to the minute.
    """
    if iso is None:
        return "-"
    from datetime import datetime

    return (
        datetime.fromisoformat(iso)
        .astimezone()
        .strftime("%Y-%m-%d %H:%M:%S" if seconds else "%Y-%m-%d %H:%M")
    )


BLOCK_REASONS = {
    "unreadable": "entry cannot be read",
    "connection_failures": "could not connect",
    "kicked": "kicked out",
    "operator": "blocked by hand",
}
"""Why a mesh is blocked, by the word in the file."""


def block(entry: Mapping[str, Any]) -> str:
    """Return `kicked out, for ever` or `could not connect, until 2026-03-01 12:00:15 (12s left)`.

    Args:
        entry: of the blocklist, as in `blocklist list --json`.
    """
    reason = BLOCK_REASONS.get(entry["reason"], entry["reason"])
    if entry["blocked_until"] is None:
        return f"{reason}, for ever"
    until = moment(entry["blocked_until"], seconds=True)
    return f"{reason}, until {until} ({duration(entry['remaining_seconds'])} left)"


def number(count: int, one: str, many: str = "") -> str:
    """Return `1 mesh` or `2 meshes`; `many` defaults to `one` with an s."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def with_local_times(text: str) -> str:
    """Return a sentence with its ISO times, which have an offset, as local ones to the second."""
    import re
    from datetime import datetime

    return re.sub(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?[+-]\d\d:\d\d",
        lambda found: f"{datetime.fromisoformat(found[0]).astimezone():%Y-%m-%d %H:%M:%S}",
        text,
    )


def parse_moment(text: str, now: float) -> float:
    """Return the epoch seconds of `10m` (ago), `today`, `12:30` or an ISO date and time.

    A time without an offset is local.

    Args:
        text: what the user typed.
        now: epoch seconds.

    Raises:
        ValueError: with one sentence that says what is allowed.
    """
    from datetime import datetime, timedelta

    given = text.strip().removesuffix(" ago")
    with suppress(ValueError):
        return now - parse_duration(given)
    if given in _DAYS:
        today = datetime.fromtimestamp(now).astimezone()
        given = f"{today - timedelta(days=_DAYS[given]):%Y-%m-%d}"
    if given.replace(":", "").isascii() and given.replace(":", "").isdigit() and ":" in given:
        today = datetime.fromtimestamp(now).astimezone()
        given = f"{today:%Y-%m-%d}T{given}"
    try:
        return datetime.fromisoformat(given).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(
            f"{text!r} is no time; write how long ago (10m, 2h, 1d), or when: 12:30, 2026-03-01, "
            "2026-03-01T12:30"
        ) from None
