"""Checking passwords: slowly, one after another, and no faster for unknown names.

Owns the one thread that hashes, so that many tries at once take neither memory nor the loop.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Final, TypeVar

from meshvisor.console.access import Console
from meshvisor.console.problem import ProblemError
from meshvisor.features.operators import passwords
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.throttle import Throttle
from meshvisor.features.operators.wordings import TOO_OFTEN, WRONG

MOST_WAITING: Final = 20
"""Tries that wait for the thread; further ones are refused."""

UNKNOWN: Final = "web:unknown"
"""In whose name a refused try is noted: its maker has not shown who they are."""

T = TypeVar("T")


class PasswordChecker:
    """Hashes and checks; make it inside a running event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0
        self._dummy = ""
        """The hash of no password; checked where there is none, so that both take as long."""
        self.throttle = Throttle()

    async def make_hash(self, password: str) -> str:
        """Return what is kept of a password."""
        return await self._run(lambda: passwords.make_hash(password))

    async def check(self, console: Console, name: str, password: str, address: str) -> None:
        """Return if this is the password of an operator.

        Raises:
            ProblemError: it is not, or there were too many tries.
        """
        keys = (f"name {name}", f"address {address}")
        self.wait_for_turn(keys)
        kept = await reading.password_hash(console.database, name)
        if await self._run(lambda: self._fits(password, kept)):
            self.throttle.succeeded(keys[0])
            return
        await self.failed(console, keys, name, address)
        raise ProblemError(401, WRONG.said())

    def wait_for_turn(self, keys: tuple[str, ...]) -> None:
        """Refuse a try that comes too soon after others, see `Throttle`.

        Raises:
            ProblemError: with how long to wait.
        """
        if wait := self.throttle.wait(keys, time.monotonic()):
            raise _too_often(wait)

    async def failed(
        self, console: Console, keys: tuple[str, ...], name: str, address: str
    ) -> None:
        """Note that a try has failed.

        Args:
            console: that was asked.
            keys: of the throttle; by the first it is counted how many failed.
            name: whose sign-in was tried; empty: unknown.
            address: from where.
        """
        count = self.throttle.failed(keys, time.monotonic())
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th and so on: a flood is not worth a log
            await console.control.request(
                "operators_refused",
                actor=UNKNOWN,
                name=name[:64],
                address=address,
                tries=count,
            )

    def _fits(self, password: str, kept: str | None) -> bool:
        if kept is not None:
            return passwords.fits(password, kept)
        if not self._dummy:
            self._dummy = passwords.make_hash(secrets.token_urlsafe())
        return passwords.fits(password, self._dummy) and False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise _too_often(2.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


@cache
def checker() -> PasswordChecker:
    """Return the password checker of this process."""
    return PasswordChecker()


# Private


def _too_often(wait: float) -> ProblemError:
    seconds = max(1, round(wait + 0.5))
    return ProblemError(429, TOO_OFTEN.said(seconds=seconds), {"Retry-After": str(seconds)})
