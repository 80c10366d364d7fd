"""The initial state of workers: the bot's account, the admins, the permissions.

Owns the frames, made once for all workers.  Does not own what they say (`directory`) nor their
way to the workers (`features.fleet.supervisor.manager`).
"""

from __future__ import annotations

import logging
from typing import Final

from meshvisor.features.access.supervisor.directory.access import AccessTable
from meshvisor.features.access.supervisor.directory.directory import Change
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.protocol.to_worker import (
    Credentials,
    RefreshAdmins,
    RefreshCredentials,
    RefreshPermissions,
)
from meshvisor.shared.secret import Secret

EVERYTHING: Final = Change(admins=True, permissions=True, account=True)

log = logging.getLogger(__name__)


class InitialState:
    """The newest frames."""

    def __init__(self) -> None:
        self._frames: dict[type[Message], bytes] = {}

    def update(
        self, access: AccessTable, account: Account, change: Change = EVERYTHING
    ) -> list[bytes]:
        """Make the frames of what has changed anew and return them."""
        messages: list[Message] = []
        if change.account:
            token = Secret(account.auth_token.get_secret_value())
            messages.append(
                RefreshCredentials(
                    credentials=Credentials(peer_id=account.peer_id, auth_token=token)
                )
            )
        if change.admins:
            messages.append(RefreshAdmins(admins=access.admins))
        if change.permissions:
            messages.append(RefreshPermissions(requires_admin=access.requires_admin))
        return [frame for message in messages if (frame := self._make(message)) is not None]

    def frames(self) -> tuple[bytes, ...]:
        """Return everything that a new worker has to know."""
        return tuple(self._frames.values())

    def _make(self, message: Message) -> bytes | None:
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
        self._frames[type(message)] = frame
        return frame
