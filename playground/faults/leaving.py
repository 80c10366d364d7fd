"""Faults that end connections: kicked, closed for good, ended, or simply gone."""

from __future__ import annotations

from collections.abc import Iterable

from meshvisor.playground.frames import message_frame
from meshvisor.playground.guest import Guest
from meshvisor.playground.room import Room
from meshvisor.playground.world import World
from meshvisor.shared.protoo.messages import Notification
from meshvisor.shared.protoo.rooms import ENDED, KICKED


def kick(world: World, guest: Guest, *, ban: bool = False) -> None:
    """Throw a peer out; with `ban` its user is refused from now on."""
    if ban:
        guest.room.faults.banned.add(guest.user.id)
    _tell(guest, Notification(KICKED))
    world.dismiss(guest)


def close_room(world: World, room: Room) -> int:
    """Close every peer of a room with 4000; return how many."""
    guests = list(world.guests(room.name).values())
    for guest in guests:
        world.dismiss(guest)
    return len(guests)


def end_room(world: World, room: Room) -> int:
    """End a room: `disconnected` and 4000 for everyone, and it is listed no more."""
    room.faults.gone = True
    room.tell(Notification(ENDED))
    return close_room(world, room)


def drop(world: World, guests: Iterable[Guest]) -> int:
    """Cut connections without a close frame; return how many."""
    dropped = list(guests)
    for guest in dropped:
        guest.connection.abort()
        world.depart(guest)
    return len(dropped)


def _tell(guest: Guest, notification: Notification) -> None:
    guest.deliver(notification, message_frame(notification))
