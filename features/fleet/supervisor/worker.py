"""One life of one mesh worker, as the supervisor sees it.

Owns what is particular to workers.  Does not own the child itself (`children.child_process`), what
its messages mean for the mesh (`manager`) nor the states that people see.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.fleet.supervisor.providers.provider import DiscoveredMesh
from meshvisor.shared.protocol.codec import Codec
from meshvisor.shared.protocol.from_worker import FROM_WORKER, StatusResponse
from meshvisor.supervisor.children.child_process import ChildProcess
from meshvisor.supervisor.children.spawner import Child

CODEC: Final = Codec(FROM_WORKER)


class WorkerProcess(ChildProcess):
    """A running worker.

    Args:
        mesh_id: whom it serves.
        child: its process.
        slot: index of its heartbeat.
        started_at: monotonic seconds.
    """

    codec = CODEC
    envelope = "mesh_id"

    def __init__(self, mesh_id: str, child: Child, slot: int, started_at: float) -> None:
        super().__init__(mesh_id, child, slot, started_at)
        self.mesh_id = mesh_id
        self.mesh: DiscoveredMesh | None = None
        """What it was started for; where the mesh is may be another place by now."""
        self.left = False
        """Whether its bot has left the room; it then ends by itself."""
        self.comes_back_at: float | None = None
        """When its mesh has a worker again after it has left, monotonic seconds; None: when
        discovery has seen the mesh again."""
        self.restart_requested = False
        """Whether it is being replaced rather than stopped."""
        self.asks_because: str | None = None
        """Why it has asked to be replaced; None: it has not."""
        self.forgets = False
        """Whether how far its bot hears is not kept any more: its successor begins anew."""
        self.commands: tuple[str, ...] = ()
        """Its chat commands, once it is ready."""
        self.requires_admin: frozenset[str] = frozenset()
        """Those of its commands that need an admin by default."""
        self.polls_missed = 0
        self.first_asked = False
        """Whether it has been asked for its status, outside the regular rounds."""
        self.last_status: StatusResponse | None = None
        self.last_status_at = started_at

    def note_status(self, status: StatusResponse, now: float) -> None:
        """Remember an answer to `status_request`."""
        self.last_status, self.last_status_at = status, now
        self.polls_missed = 0
