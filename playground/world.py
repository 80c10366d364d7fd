"""All that the playground's server knows: its rooms, who is connected, and what has happened.

Owns the rooms and the connected peers.  Does not own the HTTP server.  Shared by the upgrade
handler, discovery, faults and residents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from meshvisor.playground.accounts import Accounts
from meshvisor.playground.admission import Admission
from meshvisor.playground.history import Connect, ConnectLog
from meshvisor.playground.options import Options
from meshvisor.playground.room import KINDS, Room
from meshvisor.playground.room_peer import RoomPeer
from meshvisor.playground.watch import Watch
from meshvisor.shared.model.mesh_id import check_mesh_id

FIRST_ROOMS: Final = ("lobby", "cinema", "workshop")
DEFAULT_KINDS: Final = frozenset({"public", "invited"})
"""A room that any discovery finds, whether it asks for invitations or for everything."""


def room_names(rooms: int | Sequence[str]) -> list[str]:
    """Return the names of so many rooms, or the given ones: lobby, cinema, workshop, room-4."""
    if not isinstance(rooms, int):
        return list(rooms)
    return [*FIRST_ROOMS, *(f"room-{number}" for number in range(4, rooms + 1))][:rooms]


def room_kinds(text: str) -> frozenset[str]:
    """Return the kinds in a comma-separated list.

    Raises:
        ValueError: one of them is none; the message is a sentence.
    """
    kinds = frozenset(kind.strip() for kind in text.split(",") if kind.strip())
    if wrong := sorted(kinds - KINDS):
        raise ValueError(f"there is no kind {wrong[0]!r} of room; known are {sorted(KINDS)}")
    return kinds


class World:
    """The state of one server."""

    def __init__(self, rooms: int | Sequence[str], options: Options) -> None:
        self.options = options
        self.watch = Watch()
        self.admission = Admission()
        self.accounts = Accounts(options.clock)
        self.connects = ConnectLog()
        self.server = ""
        """The WebSocket address; empty until the server listens."""
        self.cut_power: Callable[[int], None] = lambda _: None
        """Takes the server down for some seconds; set by the server itself."""
        self.rooms: dict[str, Room] = {}
        self._peers: dict[str, dict[str, RoomPeer]] = {}
        for name in room_names(rooms):
            self.add_room(name)

    # ---- Rooms -------------------------------------------------------------------------------

    def add_room(self, name: str, kinds: frozenset[str] = DEFAULT_KINDS) -> Room:
        """Open a room, or return the one that exists with its kinds as given.

        Raises:
            ValueError: it is no mesh id.
        """
        room = self.rooms.get(check_mesh_id(name))
        if room is None:
            room = self.rooms[name] = Room(name, self.watch, kinds)
        room.kinds = kinds
        room.faults.gone = False
        self.watch.changed()
        return room

    def find(self, name: str) -> Room | None:
        """Return a room that exists and has not ended."""
        room = self.rooms.get(name)
        return None if room is None or room.faults.gone else room

    # ---- Connected peers ---------------------------------------------------------------------

    def peers(self, room: str) -> dict[str, RoomPeer]:
        """Return a copy of the connected peers of a room, joined or not, by peer id."""
        return dict(self._peers.get(room, {}))

    def arrive(self, peer: RoomPeer) -> None:
        """Add a peer that has connected; an older one with its peer id is forgotten."""
        self._peers.setdefault(peer.room.name, {})[peer.peer_id] = peer
        self.watch.changed()

    def depart(self, peer: RoomPeer) -> None:
        """Forget a peer and take it out of its room; idempotent."""
        peers = self._peers.get(peer.room.name, {})
        if peers.get(peer.peer_id) is peer:
            del peers[peer.peer_id]
        peer.leave()
        self.watch.changed()

    def dismiss(self, peer: RoomPeer) -> None:
        """Close a peer for good (4000); it is out of its room at once."""
        peer.connection.close()
        self.depart(peer)

    def all_peers(self) -> list[RoomPeer]:
        """Return the connected peers of all rooms."""
        return [peer for peers in self._peers.values() for peer in peers.values()]

    def record(self, room: str, peer_id: str, status: int) -> None:
        """Note how a connect was answered."""
        self.connects.add(Connect(self.options.clock.monotonic(), room, peer_id, status))
        self.watch.changed()
