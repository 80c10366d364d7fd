"""The data of the home, for built-in actions (docs/decisions/0038-built-in-actions.md).

Owns the two ways to them.  What an action wants to know it reads from the database, on a connection
of its own that cannot write.  What it wants changed, and what only a running supervisor knows, it
requests by the control socket: the feature that owns the data does it.

For actions that features bring, and no part of what plug-ins import.  All of it blocks: an action
that uses it is a plain function, which runs in a thread.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from meshvisor.shared.control.client import SLOW_TIMEOUT, ControlClient
from meshvisor.shared.paths import Home

if TYPE_CHECKING:
    import sqlite3

T = TypeVar("T")


class HomeData:
    """Both ways, each opened when it is first used.

        with HomeData(f"job:{job.id}") as home:
            rows = home.read(lambda db: db.execute(QUERY).fetchall())
            home.ask("records_put", key="health_check_1", document=document)

    Args:
        actor: who makes the requests, for the audit log.
        home: None: the working directory, which is the home of every child.
    """

    def __init__(self, actor: str, home: Home | None = None) -> None:
        self._actor = actor
        self.home = home or Home(Path.cwd())
        self._reader: sqlite3.Connection | None = None
        self._client: ControlClient | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close what was opened; idempotent."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        if self._client is not None:
            self._client.close()
            self._client = None

    def read(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """Run `work` on one consistent snapshot and return its value.

        The connection refuses to change anything.  While it reads, the database's log cannot be
        folded: what takes seconds is better read in pieces.

        Raises:
            MeshvisorError: the database cannot be read.
        """
        from meshvisor.shared.store.connection import open_reader  # which other runners do without

        if self._reader is None:
            self._reader = open_reader(self.home.database)
        self._reader.execute("BEGIN")
        try:
            return work(self._reader)
        finally:
            self._reader.execute("ROLLBACK")

    def ask(self, kind: str, **arguments: Any) -> Any:
        """Make a request and return its result, as JSON.

        Raises:
            MeshvisorError: the supervisor refuses, fails or is gone; the message says why.
        """
        if self._client is None:
            self._client = ControlClient(self.home.root, SLOW_TIMEOUT)
        return self._client.request(kind, actor=self._actor, **arguments)
