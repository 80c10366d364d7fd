"""A program that is killed: it moves users in and out of a zone until then.

Prints the number of each round when all of it was acknowledged.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from meshvisor.features.station.supervisor.station import Station
from meshvisor.features.station.supervisor.users import UserService
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.audit.log import Actor, AuditLog
from meshvisor.supervisor.services import Services

PLACES = ((38.71, -9.1), (38.7, -9.1))
USERS = 5


async def main(path: Path, first: int) -> None:
    """Move all users, round after round."""
    store, clock, services = Store.open(path), SystemClock(), Services()
    Station(store, AuditLog(store, clock), clock, default_settings()).provide(services)
    users = services.need(UserService)
    actor = Actor("walker", "test")
    number = first
    while True:
        place = PLACES[number % 2]
        await asyncio.gather(*(users.report(str(user), place, actor) for user in range(USERS)))
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
