"""Keeping a home in the hands of the supervisor that runs on it.

Owns noticing that the home's folder, the lock's file or the settings are not where they were,
making the lock's file anew, and the rhythm of looks at files that people edit.  Does not own the
locks (`shared.home_lock`) nor the control socket (`control.server`).  One of the services of
`supervisor.composition`; asked before settings are read, too.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, Final, TypeVar

from meshvisor.shared.beat import next_beat
from meshvisor.shared.errors import MissingError
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.supervisor.service_contract import QuietService
from meshvisor.supervisor.wordings import HOME_MOVED, NO_LOCK

log = logging.getLogger(__name__)

T = TypeVar("T")

LOOK_INTERVAL: Final = 1.0
"""Seconds between two looks at whether the home is there."""


class HomeWatch(QuietService):
    """Looks after one home.

    Args:
        home: which one.
        lock: held on it.
    """

    def __init__(self, home: Home, lock: HomeLock) -> None:
        self._home = home
        self._lock = lock
        self.problem: str | None = None
        """What is wrong at present, in one sentence; None: nothing."""
        self._looking = asyncio.Lock()
        self._has_settings = not _is_gone(home.settings_file)
        self._watched: list[tuple[Callable[[], Any], Callable[[Any], Awaitable[None]]]] = []
        self._listeners: list[Callable[[], Awaitable[None]]] = []

    def watch(self, look: Callable[[], T], take: Callable[[T], Awaitable[None]]) -> None:
        """Have something below the home looked at about once a second.

        All looks are in one thread, one after another: a change of threads costs more than they do.

        Args:
            look: may wait for the disk; not called while another folder is at the home's path,
                where nothing is to be taken for removed.
            take: called in the loop with what the look has found.
        """
        self._watched.append((look, take))

    def listen(self, at_home: Callable[[], Awaitable[None]]) -> None:
        """Have `at_home` called after each regular look that has found the home in its place."""
        self._listeners.append(at_home)

    async def run(self) -> None:
        """Look for ever."""
        while True:
            await next_beat(LOOK_INTERVAL)
            found = await self._in_thread(self._look_at_all)
            if found is not None:
                await self._take(found)
                for at_home in self._listeners:
                    await at_home()

    async def look(self) -> bool:
        """Mend what can be mended; False: another folder is at the home's path.

        Nothing below that path is ours then: what is there, or is not there, says nothing.
        """
        return await self._in_thread(self._look)

    def check_settings(self) -> None:
        """Refuse to read settings whose file was there and is gone; may be called in any thread.

        It is gone for a moment while it is saved or deployed, or by mistake, and the defaults
        would stop all meshes that it lists.

        Raises:
            MissingError: it is gone; the message has the way out.
        """
        path = self._home.settings_file
        has_settings = not _is_gone(path)
        if self._has_settings and not has_settings:
            raise MissingError(
                f"{path} is gone, and the settings that it had hold on; put it back, or restart "
                "meshvisor to go on with the defaults"
            )
        self._has_settings = has_settings

    # Private

    async def _in_thread(self, look: Callable[[], T]) -> T:
        # In a thread, where a disk that hangs does not hold up the loop; one at a time, because the
        # second would find the lock's file locked by the first.
        async with self._looking:
            return await asyncio.to_thread(look)

    def _look_at_all(self) -> list[Future[Any]] | None:
        return [_done(look) for look, _ in self._watched] if self._look() else None

    async def _take(self, found: list[Future[Any]]) -> None:
        """Hand on what was found; a failure is raised when all others have theirs."""
        failed: Exception | None = None
        for (_, take), one in zip(self._watched, found, strict=False):
            try:
                await take(one.result())
            except Exception as error:  # noqa: BLE001 - the first is raised below
                failed = failed or error
        if failed is not None:
            raise failed

    def _look(self) -> bool:
        is_at_home = self._lock.is_at_home
        problem = self._repair() if is_at_home else self._moved()
        if problem is not None and problem != self.problem:
            log.error("%s", problem, extra={"event": "home.problem"})
        self.problem = problem
        return is_at_home

    def _repair(self) -> str | None:
        if self._lock.has_file:
            return None
        path = self._home.lock_file
        try:
            self._lock.make_file()
        except OSError as error:
            return NO_LOCK.said(path=path, why=error.strerror or error)
        log.warning("%s was removed and is made anew", path, extra={"event": "home.lock_made"})
        return None

    def _moved(self) -> str:
        return HOME_MOVED.said(path=self._home.root)


def _is_gone(path: Path) -> bool:
    """Say whether there is nothing; what cannot be looked at, or links to nothing, is there."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _done(look: Callable[[], T]) -> Future[T]:
    """Return what a look has found, or has raised."""
    future: Future[T] = Future()
    try:
        future.set_result(look())
    except Exception as error:  # noqa: BLE001 - raised where the result is taken
        future.set_exception(error)
    return future
