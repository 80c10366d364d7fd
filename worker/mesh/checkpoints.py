"""How far the bot has heard, told to the supervisor before anything follows from it.

Owns the newest token and how often it is told: seldom while nothing depends on it, at once before a
command runs.  Does not own keeping it, which the supervisor does across the lives of workers.
"""

from __future__ import annotations

import asyncio
from typing import Final

from meshvisor.shared.protocol.from_worker import MAX_TOKEN, Checkpointed
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.link import Link

INTERVAL: Final = 0.5
"""Seconds between two tokens that nothing depends on."""

log = bound_log(__name__)


class Checkpoints:
    """The newest checkpoint of one mesh."""

    def __init__(self, link: Link, mesh_id: str) -> None:
        self._link = link
        self._mesh_id = mesh_id
        self._token: str | None = None
        self._told: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._has_warned = False

    @property
    def token(self) -> str | None:
        """The newest one of this life; None: the transport has told none yet."""
        return self._token

    def take(self, token: str) -> None:
        """Note one; it is told soon."""
        if len(token.encode("utf-8", "replace")) > MAX_TOKEN:
            if not self._has_warned:
                self._has_warned = True
                log.warning(
                    "A checkpoint of more than %d bytes is not kept",
                    MAX_TOKEN,
                    event="checkpoint_too_long",
                )
            return
        self._token = token
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(INTERVAL, self._tell_later)

    def flush(self) -> None:
        """Tell the newest one now, if it was not told."""
        if self._token is not None and self._token != self._told:
            self._told = self._token
            self._link.send(Checkpointed(token=self._token, mesh_id=self._mesh_id))

    def stop(self) -> None:
        """Tell the newest one, and no more of itself."""
        self.flush()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    # Private

    def _tell_later(self) -> None:
        self._timer = None
        self.flush()
