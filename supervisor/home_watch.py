"""Keeping a home in the hands of the supervisor that runs on it.

Owns noticing that the home's folder or the lock's file is not where it was, and making the file
anew.  Does not own the locks (`supervisor.lock`) nor the control socket (`control.server`).  Called
by the service about once a second.
"""

from __future__ import annotations

import logging

from shared.paths import Home
from supervisor.lock import HomeLock

log = logging.getLogger(__name__)


class HomeWatch:
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

    def look(self) -> bool:
        """Mend what can be mended; False: another folder is at the home's path.

        Nothing below that path is ours then: what is there, or is not there, says nothing.
        """
        is_at_home = self._lock.is_at_home
        problem = self._mend() if is_at_home else self._moved()
        if problem is not None and problem != self.problem:
            log.error("%s", problem, extra={"event": "home.problem"})
        self.problem = problem
        return is_at_home

    # Private

    def _mend(self) -> str | None:
        if self._lock.has_file:
            return None
        path = self._home.lock_file
        try:
            self._lock.make_file()
        except OSError as error:
            return (
                f"{path} was removed or replaced and cannot be made anew "
                f"({error.strerror or error}); the home stays locked without it: make room for it"
            )
        log.warning("%s was removed and is made anew", path, extra={"event": "home.lock_made"})
        return None

    def _moved(self) -> str:
        return (
            f"{self._home.root} was moved away, removed or replaced while this supervisor runs on "
            "it; put it back, or stop meshvisor and start it where it is now"
        )
