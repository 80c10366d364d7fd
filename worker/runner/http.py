"""The HTTP client that jobs are given: httpx, with rate limits as what they are.

Owns how a 429 becomes `RateLimited`.  httpx is loaded when a job uses it for the first time: it
takes a tenth of a second and some megabytes, and most runners never need it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from shared.model.action import DEFAULT_RATE_LIMIT_DELAY
from worker.runner.unwinding import RateLimited

if TYPE_CHECKING:
    import httpx

TIMEOUT: Final = 10.0
"""Seconds for each part of a request; less than any item has."""

UNSAID: Final = DEFAULT_RATE_LIMIT_DELAY
"""Seconds to wait where neither a service nor the settings say how long."""

TOO_MANY: Final = 429


def async_client(unsaid: float = UNSAID) -> httpx.AsyncClient:
    """Return a client for a coroutine.

    Args:
        unsaid: seconds to wait where a service does not say how long.
    """
    import httpx

    async def check(response: httpx.Response) -> None:
        _check(response, unsaid)

    return httpx.AsyncClient(timeout=TIMEOUT, event_hooks={"response": [check]})


def client(unsaid: float = UNSAID) -> httpx.Client:
    """Return a client for a thread; see `async_client`."""
    import httpx

    def check(response: httpx.Response) -> None:
        _check(response, unsaid)

    return httpx.Client(timeout=TIMEOUT, event_hooks={"response": [check]})


def retry_after(value: str | None, now: datetime, unsaid: float = UNSAID) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3).

    Args:
        value: seconds or a date; None, or neither: `unsaid`.
        now: the present moment.
        unsaid: seconds.
    """
    if value is None:
        return unsaid
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return unsaid
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _check(response: httpx.Response, unsaid: float) -> None:
    if response.status_code == TOO_MANY:
        now = datetime.now(UTC)
        raise RateLimited(retry_after(response.headers.get("retry-after"), now, unsaid))
