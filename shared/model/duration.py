"""Durations as people write them, and as sentences to people name them."""

from __future__ import annotations

MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_STEPS = ((DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (1, "s"))
_UNITS = {"s": 1, "m": MINUTE, "min": MINUTE, "h": HOUR, "d": DAY, "w": 7 * DAY}


def parse_duration(text: str) -> float:
    """Return the seconds in `90`, `90s`, `15m`, `1h30m`, `2d` or `1w`.

    Raises:
        ValueError: with one sentence that says what is allowed.
    """
    total = 0.0
    rest = text.strip().lower().replace(" ", "")
    if _is_number(rest):
        return _positive(float(rest), text)
    while rest:
        digits = _leading(rest, "0123456789.")
        unit = _leading(rest[len(digits) :], "abcdefghijklmnopqrstuvwxyz")
        if not _is_number(digits) or unit not in _UNITS:
            raise _no_duration(text)
        total += float(digits) * _UNITS[unit]
        rest = rest[len(digits) + len(unit) :]
    return _positive(total, text)


def in_words(seconds: float) -> str:
    """Return `0.2 s`, `1 min 20 s`, `3 h` or `2 d 5 h`: at most two units, rounded down."""
    if seconds < MINUTE:
        return f"{round(seconds, 1):g} s"
    parts, left = list[tuple[int, str]](), int(seconds)
    for length, unit in _STEPS:
        count, left = divmod(left, length)
        if count or parts:
            parts.append((count, unit))
    return " ".join(f"{count} {unit}" for count, unit in parts[:2] if count)


# Private


def _leading(text: str, allowed: str) -> str:
    return text[: len(text) - len(text.lstrip(allowed))]


def _is_number(text: str) -> bool:
    return text.replace(".", "", 1).isascii() and text.replace(".", "", 1).isdigit()


def _positive(seconds: float, text: str) -> float:
    if seconds <= 0:
        raise _no_duration(text)
    return seconds


def _no_duration(text: str) -> ValueError:
    return ValueError(f"{text!r} is no duration; write 90s, 15m, 1h30m, 2d or 1w")
