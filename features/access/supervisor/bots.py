"""The bots as far as administration has to do with them, once there is a fleet.

Owns the place where the fleet puts itself in, which is made after the directory and needs it.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.access.supervisor.administration.administration import Fleet, NoFleet
from meshvisor.features.access.supervisor.administration.descriptions import Help, no_help


class Bots:
    """Implements `administration.Fleet` by the fleet that was put in; until then there is none."""

    def __init__(self) -> None:
        self._fleet: Fleet = NoFleet()
        self._help: Help = no_help

    def attach(self, fleet: Fleet, help_of: Help) -> None:
        """Put a fleet in.

        Args:
            fleet: all bots.
            help_of: what a chat command says of itself.
        """
        self._fleet, self._help = fleet, help_of

    def commands(self) -> Mapping[str, bool]:
        """Return the chat commands of all workers, and whether each needs an admin by default."""
        return self._fleet.commands()

    def network_of(self, mesh_id: str) -> Network | None:
        """Return where a mesh is; None: there is no such mesh."""
        return self._fleet.network_of(mesh_id)

    @property
    def reconnecting(self) -> bool:
        """Whether bots are joining again."""
        return self._fleet.reconnecting

    def reconnect_all(self, last: str | None) -> int | None:
        """Have all bots join again; see `FleetRooms.reconnect_all`."""
        return self._fleet.reconnect_all(last)

    def help_of(self, command: str) -> str:
        """Return what a chat command says of itself; empty: nothing."""
        return self._help(command)
