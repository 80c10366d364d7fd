"""A transport that cannot be used, in the place of one whose package is broken.

Owns that a worker with one says why, is no crash and blocks nothing: what is missing is missing on
this machine.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final, NoReturn

from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.transports import NoTransportError, transport_kind
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    Deliver,
    End,
    EndKind,
    JoinError,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NotInMeshError,
    Traits,
    Transport,
    User,
)

MAX_BYTES: Final = 1000
"""Of a message that is never sent."""

log = logging.getLogger(__name__)


def made(name: str, address: MeshAddress, timings: Timings) -> Transport:
    """Return the transport of a mesh, or one that says why there is none."""
    try:
        transport: Transport = transport_kind(name).load()(address, timings)
    except NoTransportError as error:
        log.error("%s", error, exc_info=error.__cause__, extra={"event": "transport_broken"})
        return BrokenTransport(str(error))
    except (Exception, SystemExit) as error:
        sentence = f"the transport {name!r} cannot be made: {error!r:.200}"
        log.exception("%s", sentence, extra={"event": "transport_broken"})
        return BrokenTransport(sentence)
    return transport


class BrokenTransport:
    """Implements `worker.mesh.transport.Transport`."""

    traits = Traits()
    manners = Manners()
    own_id = ""
    users: Mapping[str, User] = {}
    is_present = False

    def __init__(self, sentence: str) -> None:
        self._sentence = sentence

    def limits(self, place: str) -> Limits:
        """Return what would fit."""
        return Limits(MAX_BYTES)

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Say why it cannot be; the worker tries again, which costs nothing."""
        raise JoinError(self._sentence, FailureKind.BROKEN)

    async def ended(self) -> End:
        """Return at once; nothing had begun."""
        return End(EndKind.LEFT, self._sentence)

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """Do nothing."""

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> NoReturn:
        """Refuse: nothing can be said."""
        raise NotInMeshError(self._sentence)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Change nothing."""
        raise NotInMeshError(self._sentence)

    async def direct_place(self, user_id: str) -> str:
        """Refuse: no user can be reached."""
        raise NotInMeshError(self._sentence)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Do nothing."""
