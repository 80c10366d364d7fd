"""The HTTP client that jobs are given: httpx, with rate limits as what they are.

Owns how a 429 becomes `RateLimited`.  Does not own reading a Retry-After (`shared.retry_after`).
httpx is loaded when a job uses it for the first time: it takes a tenth of a second and some
megabytes, and most runners never need it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from meshvisor.features.jobs.model.action import DEFAULT_RATE_LIMIT_DELAY
from meshvisor.features.jobs.worker.cancellation import RateLimited
from meshvisor.shared.retry_after import seconds_until

if TYPE_CHECKING:
    import httpx

TIMEOUT: Final = 10.0
"""Seconds for each part of a request; less than any item has."""

UNSAID: Final = DEFAULT_RATE_LIMIT_DELAY
"""Seconds to wait where neither a service nor the settings say how long."""

TOO_MANY: Final = 429

AWAY: Final = 503
"""With a Retry-After it asks for a pause as 429 does (RFC 9110, 15.6.4); without, it is a failure
like any other."""


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


def _check(response: httpx.Response, unsaid: float) -> None:
    asked = response.headers.get("retry-after")
    if response.status_code == TOO_MANY or (response.status_code == AWAY and asked is not None):
        wanted = seconds_until(asked, time.time())
        raise RateLimited(unsaid if wanted is None else wanted)
