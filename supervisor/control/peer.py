"""Who is at the other end of the control socket, and for whom they may ask.

Owns the rule.  The supervisor's own user and root may ask anything.  Naming another user as the one
who asks (`actor` in the envelope: a user of the console, a token) takes a peer that the supervisor
trusts to have authenticated that user: a process of the supervisor's own user, as the console is.
Root has its own name in the audit log, and keeps it.
"""

from __future__ import annotations

import os
import socket
import struct
from typing import Final

import msgspec
from msgspec.structs import replace

from meshvisor.shared.errors import UsageError
from meshvisor.shared.events.event import Cause
from meshvisor.supervisor.audit.log import Actor, local_actor

ROOT: Final = 0

CONTROL_SOCKET: Final = "control socket"
"""Origin of what a program asks on behalf of a user, in the audit log."""


class Peer(msgspec.Struct, frozen=True):
    """The process that has connected."""

    uid: int
    """User id of the process (SO_PEERCRED)."""
    own: int
    """The supervisor's user."""
    account: Actor
    """Its account on this machine, found once for each connection: that takes a tenth of a
    millisecond."""

    @property
    def may_ask(self) -> bool:
        """Whether its requests are answered."""
        return self.uid in {self.own, ROOT}

    def acting(self, name: str | None, cause: Cause | None = None) -> Actor:
        """Return who asks.

        Args:
            name: the request's `actor`; None: the peer itself.
            cause: what the request follows from.

        Raises:
            UsageError: the peer may not speak for others.
        """
        if name is None:
            return replace(self.account, cause=cause)
        if self.uid != self.own:
            raise UsageError(
                f"only a program of the user who runs the supervisor may ask for {name}; "
                "leave out the actor, or run it as that user"
            )
        return Actor(name, CONTROL_SOCKET, name, cause)


def peer_of(connection: socket.socket) -> Peer:
    """Return the process at the other end, as the operating system knows it."""
    size = struct.calcsize("3i")
    _pid, uid, _gid = struct.unpack(
        "3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
    )
    return Peer(int(uid), os.geteuid(), local_actor(int(uid)))
