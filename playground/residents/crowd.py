"""All residents of a server: who lives where, and the tasks that they live in.

Owns those tasks.  Started and stopped by the server.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

from meshvisor.features.watch_party.protoo.rooms import RoomUser
from meshvisor.playground.options import Options
from meshvisor.playground.residents.resident import Nature, Resident
from meshvisor.playground.residents.walk import Walk
from meshvisor.playground.residents.words import HANDLES
from meshvisor.playground.room import Room
from meshvisor.playground.world import World

FIRST_USER_ID = 2001
"""User ids of residents begin here; those of a room's first resident and so on."""


async def live(world: World) -> None:
    """Let the residents of all rooms live until cancelled."""
    async with asyncio.TaskGroup() as group:
        first = FIRST_USER_ID
        for room in list(world.rooms.values()):
            for resident in residents_of(room, world.options, first):
                group.create_task(resident.live(), name=f"resident {resident.peer_id}")
            first += world.options.residents


def residents_of(room: Room, options: Options, first_user_id: int) -> Iterator[Resident]:
    """Yield the residents of a room; the same seed gives the same people."""
    names = random.Random(f"{options.seed}/{room.name}")
    handles = names.sample(HANDLES, len(HANDLES))
    for number in range(options.residents):
        turn, index = divmod(number, len(handles))
        handle = handles[index] + (str(turn + 1) if turn else "")
        user = RoomUser(str(first_user_id + number), handle)
        habits = random.Random(f"{options.seed}/{room.name}/{number}")
        walk = Walk(random.Random(f"{options.seed}/{room.name}/{number}/walk"))
        nature = Nature(f"{user.id}_resident", user, habits, walk if options.walking else None)
        yield Resident(room, nature, options)
