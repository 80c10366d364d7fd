"""Faults that end connections: kicked, closed for good, ended, or simply gone."""

from __future__ import annotations

from collections.abc import Iterable

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import ENDED, KICKED
from meshvisor.playground.frames import message_frame
from meshvisor.playground.room import Room
from meshvisor.playground.room_peer import RoomPeer
from meshvisor.playground.world import World


def kick(world: World, peer: RoomPeer, *, ban: bool = False) -> None:
    """Throw a peer out; with `ban` its user is refused from now on."""
    if ban:
        peer.room.faults.banned.add(peer.user.id)
    _tell(peer, Notification(KICKED))
    world.dismiss(peer)


def close_room(world: World, room: Room) -> int:
    """Close every peer of a room with 4000; return how many."""
    peers = list(world.peers(room.name).values())
    for peer in peers:
        world.dismiss(peer)
    return len(peers)


def end_room(world: World, room: Room) -> int:
    """End a room: `disconnected` and 4000 for everyone, and it is listed no more."""
    room.faults.gone = True
    room.tell(Notification(ENDED))
    return close_room(world, room)


def drop(world: World, peers: Iterable[RoomPeer]) -> int:
    """Cut connections without a close frame; return how many."""
    dropped = list(peers)
    for peer in dropped:
        peer.connection.abort()
        world.depart(peer)
    return len(dropped)


def _tell(peer: RoomPeer, notification: Notification) -> None:
    peer.deliver(notification, message_frame(notification))
