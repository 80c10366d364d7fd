"""The HTTP client that jobs are given: httpx, with rate limits as what they are.

Owns how a 429 becomes `RateLimited`.  httpx is loaded when a job uses it for the first time: it
takes a tenth of a second and some megabytes, and most runners never need it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from worker.runner.unwinding import RateLimited

if TYPE_CHECKING:
    import httpx

TIMEOUT: Final = 10.0
"""Seconds for each part of a request; less than any item has."""

UNSAID: Final = 60.0
"""Seconds to wait where a service does not say how long (seed 000, RATE_LIMIT_DELAY)."""

TOO_MANY: Final = 429


def async_client(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> httpx.AsyncClient:
    """Return a client for a coroutine."""
    import httpx

    async def check(response: httpx.Response) -> None:
        _check(response, now)

    return httpx.AsyncClient(timeout=TIMEOUT, event_hooks={"response": [check]})


def client(now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> httpx.Client:
    """Return a client for a thread."""
    import httpx

    def check(response: httpx.Response) -> None:
        _check(response, now)

    return httpx.Client(timeout=TIMEOUT, event_hooks={"response": [check]})


def retry_after(value: str | None, now: datetime) -> float:
    """Return the seconds that a Retry-After header asks for (RFC 9110, 10.2.3).

    Args:
        value: seconds or a date; None, or neither: `UNSAID`.
        now: the present moment.
    """
    if value is None:
        return UNSAID
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return UNSAID
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())


def _check(response: httpx.Response, now: Callable[[], datetime]) -> None:
    if response.status_code == TOO_MANY:
        raise RateLimited(retry_after(response.headers.get("retry-after"), now()))
