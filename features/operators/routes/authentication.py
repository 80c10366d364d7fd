"""Who a session or a token belongs to; `Feature.authenticator`."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from meshvisor.console.control import Control
from meshvisor.console.database import Database
from meshvisor.console.identity import Identity
from meshvisor.console.options import ConsoleOptions
from meshvisor.features.operators.routes import reading
from meshvisor.features.operators.routes.reading import SessionRow
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.scopes import ROLES

SEEN_EVERY: Final = 60_000
"""Milliseconds between two notes that a session is in use; never more than a fourth of the time
after which it would end."""


class Operators:
    """Reads sessions and tokens from the database."""

    def __init__(self, database: Database, control: Control) -> None:
        self._database = database
        self._control = control
        self._noted: dict[int, int] = {}
        """When each session was last noted to be in use."""
        self._notes: set[asyncio.Task[None]] = set()

    async def of_session(self, secret: str) -> Identity | None:
        """Return the identity of a session; None: it is unknown or over."""
        row = await reading.session(self._database, secret)
        if row is None:
            return None
        self._note(row)
        return Identity(
            name=row.operator,
            actor=f"web:{row.operator}",
            scopes=ROLES[row.role],
            role=row.role,
            session_id=row.id,
            expires_at=row.expires_at,
        )

    async def of_token(self, secret: str) -> Identity | None:
        """Return the identity of a token; None: it is unknown or expired."""
        row = await reading.token(self._database, secret)
        if row is None:
            return None
        name, scopes, expires_at = row
        return Identity(name=name, actor=f"token:{name}", scopes=scopes, expires_at=expires_at)

    # Private

    def _note(self, row: SessionRow) -> None:
        """Have it noted that a session is in use, now and then, and wait for nothing."""
        now = reading.now()
        last = max(row.seen_at, self._noted.get(row.id, 0))
        if now - last < min(SEEN_EVERY, row.idle // 4):
            return
        self._noted[row.id] = now
        task = asyncio.create_task(self._send(row.id), name="session seen")
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)

    async def _send(self, session: int) -> None:
        # Without a supervisor it is noted with a later request.
        with contextlib.suppress(MeshvisorError):
            await self._control.request("operators_see_session", session=session)


def make(database: Database, control: Control, _options: ConsoleOptions) -> Operators:
    """Make it; `Feature.authenticator`."""
    return Operators(database, control)
