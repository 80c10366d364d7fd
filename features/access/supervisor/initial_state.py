"""The initial state of workers: the bot's account, the admins, the permissions.

Owns the frames, made once for all workers of a network.  Does not own what they say (`directory`)
nor their way to the workers (`features.fleet.supervisor.manager`).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from meshvisor.features.access.supervisor.directory.access import AccessTable
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import (
    Credentials,
    RefreshAdmins,
    RefreshCredentials,
    RefreshPermissions,
)

log = logging.getLogger(__name__)


class InitialState:
    """The newest frames for the workers of one network."""

    def __init__(self) -> None:
        self._frames: dict[type[Message], bytes] = {}
        self._said: dict[type[Message], object] = {}

    def update(self, access: AccessTable, credentials: Credentials) -> list[bytes]:
        """Make the frames of what has changed anew and return them."""
        news = (
            (credentials, lambda: RefreshCredentials(credentials=credentials)),
            (access.admins, lambda: RefreshAdmins(admins=access.admins)),
            (
                access.requires_admin,
                lambda: RefreshPermissions(requires_admin=access.requires_admin),
            ),
        )
        made = (self._renew(content, make) for content, make in news)
        return [frame for frame in made if frame is not None]

    def frames(self) -> tuple[bytes, ...]:
        """Return everything that a new worker has to know."""
        return tuple(self._frames.values())

    def _renew(self, content: object, make: Callable[[], Message]) -> bytes | None:
        """Return the frame of something that is other than before; None: nothing to tell."""
        message = make()
        kind = type(message)
        if kind in self._said and self._said[kind] == content:
            return None
        self._said[kind] = content
        try:
            frame = Codec.encode(message)
        except FrameTooLongError:
            log.error(
                "%s is too long for one message, workers keep what they know; remove admins or "
                "permissions that are not needed",
                message.type,
                extra={"event": "briefing.too_long"},
            )
            return None
        self._frames[kind] = frame
        return frame
