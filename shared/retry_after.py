"""When a server wants to be asked again: the `Retry-After` header (RFC 9110, 10.2.3).

Owns reading it without trust.  Does not own how long a caller is willing to wait.  Called for
answers of a platform's HTTP API and for refused upgrades of a mesh server.
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Final

_SECONDS: Final = re.compile(r"[0-9]{1,12}(\.[0-9]{1,12})?", re.ASCII)
"""The standard has whole seconds only; some servers write fractions."""


def seconds_until(header: str | None, wall: float) -> float | None:
    """Return the seconds that a `Retry-After` asks for; None: it is absent or says nothing.

    Args:
        header: seconds or a date.
        wall: epoch seconds now.

    Returns:
        0 or more, without an upper bound: a date may lie years ahead.
    """
    text = (header or "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
        seconds = moment.replace(tzinfo=moment.tzinfo or UTC).timestamp() - wall
    except (TypeError, ValueError, OverflowError):
        return None
    return max(seconds, 0.0)
