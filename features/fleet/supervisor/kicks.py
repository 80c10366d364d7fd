"""What follows when a mesh kicks its bot.

On a network where a kick means that the bot is not wanted, the mesh is blocked until an operator
unblocks it.  Elsewhere the bot comes back after a pause, which doubles with each further kick: 60,
120, 240 s and so on, at most an hour.  After an hour without one the count begins anew.

Owns the choice and the pause.  Does not own the block (`features.blocklist`), what of a pause
outlives a restart (`restraints`), nor why a bot was kicked.  Called by `reactions`.
"""

from __future__ import annotations

import logging
from typing import Final

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.supervisor.connections import Connections
from meshvisor.features.fleet.supervisor.locations import kind_of
from meshvisor.features.fleet.supervisor.record import MeshRecord, Trouble
from meshvisor.shared.clock import Clock

log = logging.getLogger(__name__)

KICK_PAUSE: Final = 60.0
"""Seconds before a bot comes back that was kicked for the first time in a while; each further kick
doubles them, since a second kick is no accident."""

LONGEST_KICK_PAUSE: Final = 3600.0
"""Seconds; also how long a session lasts after which kicks before it are forgotten."""


class Kicks:
    """Reacts to kicks.

    Args:
        blocklist: takes in meshes that are not to be joined again.
        clock: of the pauses.
        connections: keeps pauses over a restart of the supervisor.
    """

    def __init__(self, blocklist: Blocklist, clock: Clock, connections: Connections) -> None:
        self._blocklist = blocklist
        self._clock = clock
        self._connections = connections

    def kicked(self, record: MeshRecord, least: float) -> None:
        """React to one kick.

        Args:
            record: of the mesh that has kicked its bot; it has a worker.
            least: seconds that the network asks the bot to stay away; 0: it asks for none.
        """
        if kind_of(record.mesh.transport).kicked_blocks:
            self._block(record)
        else:
            self._pause(record, least)

    # Private

    def _block(self, record: MeshRecord) -> None:
        is_news = not self._blocklist.is_blocked(record.mesh_id)
        self._blocklist.block(record.mesh_id, "kicked", None)
        if is_news:
            log.error(
                "kicked, blocked until an operator unblocks it: meshvisor blocklist unblock %s",
                record.mesh_id,
                extra={"event": "mesh.kicked", "mesh_id": record.mesh_id},
            )

    def _pause(self, record: MeshRecord, least: float) -> None:
        process, now = record.process, self._clock.monotonic()
        assert process is not None
        if now - record.joined_at >= LONGEST_KICK_PAUSE:
            record.kicks = 0
        pause = max(least, min(KICK_PAUSE * 2.0 ** min(record.kicks, 64), LONGEST_KICK_PAUSE))
        record.kicks += 1
        record.trouble = Trouble.KICKED
        process.left, process.comes_back_at = True, now + pause
        self._connections.restraints.kicked(process.mesh or record.mesh, record.kicks, pause)
        log.warning(
            "kicked, comes back in %g s",
            pause,
            extra={"event": "mesh.kicked", "mesh_id": record.mesh_id},
        )
