"""The nodes of a mesh as far as they were heard, and which of them are there.

A node is there for as long as it was heard lately: nodes do not say goodbye on the air.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.meshtastic.wire.node_ids import node_id
from meshvisor.features.meshtastic.wire.payloads import NodeUser
from meshvisor.shared.protocol.fields import as_name
from meshvisor.worker.mesh.transport import User

PRESENT_FOR: Final = 7200.0
"""Seconds after which a node that is not heard is not there, as the official apps have it."""

MOST: Final = 1000
"""Nodes that are remembered; a radio itself knows some hundred."""


class Nodes:
    """All nodes but the radio's own."""

    def __init__(self) -> None:
        self._users: dict[int, NodeUser] = {}
        self._heard: dict[int, float] = {}
        """When each was heard last, the longest ago first."""
        self.present: dict[str, User] = {}
        """Who is there, by user id."""

    def user(self, number: int) -> User:
        """Return who a node is; the network does not vouch for it."""
        info = self._users.get(number)
        name = as_name(info.long_name or info.short_name) if info is not None else ""
        return User(node_id(number), name or node_id(number))

    def info(self, number: int) -> NodeUser | None:
        """Return what a node has said of itself; None: nothing."""
        return self._users.get(number)

    def knows(self, number: int) -> bool:
        """Say whether a node was ever heard of."""
        return number in self._users or number in self._heard

    def named(self, number: int, info: NodeUser) -> None:
        """Note who a node is."""
        self._users[number] = info
        if len(self._users) > MOST:
            del self._users[next(iter(self._users))]
        if node_id(number) in self.present:
            self.present[node_id(number)] = self.user(number)

    def heard(self, number: int, at: float) -> bool:
        """Note that a node was heard; say whether it was not there before.

        Args:
            number: of the node.
            at: in the seconds of `gone`.
        """
        self._heard.pop(number, None)
        self._heard[number] = at
        if len(self._heard) > MOST:
            oldest = next(iter(self._heard))
            del self._heard[oldest]
            self.present.pop(node_id(oldest), None)
        is_new = node_id(number) not in self.present
        if is_new:
            self.present[node_id(number)] = self.user(number)
        return is_new

    def gone(self, now: float) -> Iterator[User]:
        """Take out who was not heard for long."""
        for number, at in sorted(self._heard.items(), key=lambda one: one[1]):
            if at > now - PRESENT_FOR:
                return
            del self._heard[number]
            user = self.present.pop(node_id(number), None)
            if user is not None:
                yield user
