"""Waiting for the server to get somewhere, without sleeping: what tests and answers build on.

Owns the waiters.  Code that changes something calls `changed`; conditions are looked at there and
then, so that a state that lasts one message is not missed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Final, TypeVar

WAIT: Final = 10.0
"""Seconds that a test waits by default: far more than anything here takes on a busy machine."""

T = TypeVar("T")


class Watch:
    """Everyone who waits for something to happen on this server."""

    def __init__(self) -> None:
        self._waiters: dict[asyncio.Future[Any], Callable[[], Any]] = {}

    def changed(self) -> None:
        """Look at all conditions; call it after every change."""
        for waiter, find in list(self._waiters.items()):
            found = find()
            if found and not waiter.done():
                waiter.set_result(found)

    async def until(
        self, find: Callable[[], T | None], timeout: float = WAIT, what: str = "a condition"
    ) -> T:
        """Return the first value of `find` that is true.

        Raises:
            TimeoutError: it did not come within `timeout` seconds; the message names `what`.
        """
        if found := find():
            return found
        waiter: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiters[waiter] = find
        try:
            async with asyncio.timeout(timeout):
                return await waiter
        except TimeoutError:
            raise TimeoutError(f"waited {timeout} s in vain for {what}") from None
        finally:
            del self._waiters[waiter]
