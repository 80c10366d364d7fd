"""Checking passwords: slowly, one after another, and no faster for names that there are not.

Owns the one thread that hashes, so that many tries at once take neither memory nor the loop.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from meshvisor.console.access import Console
from meshvisor.console.problem import ProblemError
from meshvisor.features.operators import passwords
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.throttle import Throttle

MOST_WAITING: Final = 20
"""Tries that wait for the thread; further ones are refused."""

T = TypeVar("T")


class PasswordChecker:
    """Hashes and checks; make it inside a running event loop."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "passwords")
        self._waiting = 0
        self._of_nobody = ""
        """Of no password; checked in place of those that there are not."""
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
        if wait := self.throttle.wait(keys, time.monotonic()):
            raise _too_often(wait)
        kept = await reading.password_hash(console.database, name)
        if await self._run(lambda: self._fits(password, kept)):
            self.throttle.succeeded(keys[0])
            return
        count = self.throttle.failed(keys, time.monotonic())
        if count & (count - 1) == 0:  # the 1st, 2nd, 4th and so on: a flood is not worth a log
            await console.control.request(
                "operators_refused", name=name[:64], address=address, tries=count
            )
        raise ProblemError(401, "The name or the password is wrong.")

    def _fits(self, password: str, kept: str | None) -> bool:
        if kept is not None:
            return passwords.fits(password, kept)
        if not self._of_nobody:
            self._of_nobody = passwords.make_hash(secrets.token_urlsafe())
        return passwords.fits(password, self._of_nobody) and False

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise _too_often(2.0)
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        finally:
            self._waiting -= 1


def _too_often(wait: float) -> ProblemError:
    seconds = max(1, round(wait + 0.5))
    return ProblemError(
        429, f"Too many tries; wait {seconds} s before the next.", {"Retry-After": str(seconds)}
    )
