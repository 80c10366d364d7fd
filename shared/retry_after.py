"""When a server wants to be asked again: the `Retry-After` header (RFC 9110, 10.2.3).

Owns reading it without trust.  Does not own how long a caller is willing to wait.  Called for
answers of a platform's HTTP API, for refused upgrades of a mesh server, and for what actions ask.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import Final

LONGEST: Final = 1e12
"""Seconds; digits without end mean no more than that, and a float holds it."""

_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]*)?", re.ASCII)
"""The standard has whole seconds only; some servers write fractions."""


def seconds_until(header: str | None, wall: float) -> float | None:
    """Return the seconds that a `Retry-After` asks for; None: it is absent or says nothing.

    Args:
        header: seconds or a date.
        wall: epoch seconds now.

    Returns:
        0 to `LONGEST`: a date may lie years ahead, and callers wait for as long as they like.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return min(float(text), LONGEST)
    # Seldom needed, and it brings the whole package of mail.
    from email.utils import parsedate_to_datetime

    try:
        moment = parsedate_to_datetime(text)
        seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - wall
    except (TypeError, ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
