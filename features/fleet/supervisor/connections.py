"""Connects of all workers: permits, failures, outages, and blocks for failing too often.

Owns the rule when failures block a mesh.  Does not own whose turn it is (`connect_gates`).  Called
by the manager with what workers say.

A mesh whose connects fail `max_connection_attempts` times in a row is blocked for a while.
Taken literally, a minute without the mesh server would block the whole fleet for an hour.
So a server that cannot be reached by *several* meshes, while none is connected to it, is an
outage: its failures are counted and shown, but block no mesh.  See docs/decisions/0005.  Nor does
a refusal that names the moment of the next attempt: the worker waits for it.  Nor does a machine
that has no network itself or cannot start what carries the mesh, nor an account that is not
accepted.  Where meshes have servers of their own, as radios have, an unreachable one never blocks:
that would punish a reboot.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet.settings import FleetSettings
from meshvisor.features.fleet.supervisor.checkpoints import Checkpoints
from meshvisor.features.fleet.supervisor.connect_gates import ConnectGates
from meshvisor.features.fleet.supervisor.locations import Server, kind_of
from meshvisor.features.fleet.supervisor.record import MeshRecord, Trouble
from meshvisor.features.fleet.supervisor.restraints import Restraints
from meshvisor.shared.clock import Clock
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.protocol.from_worker import ConnectionFailed, FailureKind
from meshvisor.shared.protocol.to_worker import ConnectPermit

log = logging.getLogger(__name__)

OTHERS_IN_AN_OUTAGE: Final = 1
"""Meshes beside the failing one that must not reach the server either; with a single mesh there
is no telling an outage from a wrong address."""

_TROUBLE: Final = {
    FailureKind.UNAUTHORIZED: Trouble.UNAUTHORIZED,
    FailureKind.BROKEN: Trouble.BROKEN,
}


class Connections:
    """Decides who may connect when, and what failing to means.

    Args:
        settings: the present ones; replaced on reload.
        records: all meshes; read only, but for what is said of connects.
        checkpoints: where each connect begins.
        restraints: what each bot holds back with.
    """

    def __init__(
        self,
        settings: FleetSettings,
        records: Mapping[str, MeshRecord],
        blocklist: Blocklist,
        clock: Clock,
        checkpoints: Checkpoints,
        restraints: Restraints,
    ) -> None:
        self._settings = settings
        self._records = records
        self._blocklist = blocklist
        self._clock = clock
        self.checkpoints: Final = checkpoints
        self.restraints: Final = restraints
        self._gates = ConnectGates(settings.connects_per_second, clock, self._permit)
        self._outages: set[Server] = set()

    @property
    def outages(self) -> frozenset[Server]:
        """Servers that are taken to be down."""
        return frozenset(self._outages)

    def configure(self, settings: FleetSettings) -> None:
        """Take over new settings."""
        self._settings = settings
        self._gates.configure(settings.connects_per_second)

    def requested(self, record: MeshRecord, request: int) -> None:
        """A worker asks to connect, with the message of this id."""
        record.connect_request = request
        self._gates.ask(record.mesh_id, record.server)

    def succeeded(self, record: MeshRecord) -> None:
        """A worker has joined its room."""
        self._gates.settle(record.mesh_id)
        record.joined_at = self._clock.monotonic()
        record.connection_attempts = record.excused = 0
        record.unreachable = False
        record.trouble = record.tries_at = None
        losses = record.losses.lately(record.joined_at)
        record.last_error = record.last_crash if losses is None else losses.last
        self._forgive(record)
        if record.server in self._outages:
            self._outages.discard(record.server)
            log.warning("%s answers again", record.server, extra={"event": "server.back"})

    def failed(self, record: MeshRecord, message: ConnectionFailed) -> None:
        """A worker could not join; blocks the mesh when that was once too often."""
        self._gates.settle(record.mesh_id)
        record.unreachable = message.kind in {FailureKind.UNREACHABLE, FailureKind.OFFLINE}
        record.last_error = message.error
        record.trouble = _TROUBLE.get(message.kind)
        record.expect(message.retry_after, self._clock.monotonic())
        if message.kind is FailureKind.OFFLINE:
            # A machine that starts before its network does: a block would last longer than that.
            return
        if message.retry_after is not None:
            # A server that is full or that limits connects, and says when to come again.  A block
            # would be a wait of our own choice in the place of the one that was asked for.
            return
        record.connection_attempts += 1
        most = self._settings.max_connection_attempts
        is_out = record.unreachable and is_outage(record, self._records.values())
        if record.trouble is not None or (
            record.unreachable and not kind_of(record.mesh.transport).unreachable_blocks
        ):
            # Never counted towards a block.  An account is at fault in every room alike, and a new
            # session mends them all at once; what cannot be started is no fault of the mesh.
            record.excused += 1
            if record.trouble is None:
                record.losses.note(self._clock.monotonic(), message.error)
            if is_out and record.connection_attempts >= most:
                self._note_outage(record.server)
            return
        blamed = record.connection_attempts - record.excused
        if blamed < most:
            return
        if is_out:
            self._note_outage(record.server)
            return
        duration = self._settings.blocklist_duration
        record.connection_attempts = record.excused = 0
        self._blocklist.block(record.mesh_id, "connection_failures", duration)
        log.error(
            "blocked for %g s after %d failed connects; the last: %s",
            duration,
            blamed,
            message.error,
            extra={"event": "mesh.blocked", "mesh_id": record.mesh_id},
        )

    def gone(self, mesh_id: str) -> None:
        """The worker is gone, or does not want to connect any more."""
        self._gates.settle(mesh_id)

    # Private

    def _forgive(self, first: MeshRecord) -> None:
        """Count the failures of the other meshes anew when this one ends an outage.

        A server that comes back slowly still fails some, and these have used up their attempts.
        """
        records = self._records.values()
        if any(other.state is MeshState.CONNECTED for other in _neighbours(first, records)):
            return
        for other in _neighbours(first, records):
            if other.unreachable:
                other.connection_attempts = other.excused = 0

    def _note_outage(self, server: Server) -> None:
        if server not in self._outages:
            self._outages.add(server)
            log.error(
                "%s cannot be reached by any mesh: taken for an outage, no mesh is blocked, "
                "all go on trying",
                server,
                extra={"event": "server.outage"},
            )

    def _permit(self, mesh_id: str) -> bool:
        record = self._records.get(mesh_id)
        if record is None or record.process is None:
            return False
        permit = ConnectPermit(
            mesh_id=mesh_id,
            reply_to=record.connect_request,
            # Its mesh may have moved meanwhile.
            resume=self.checkpoints.of(record.process.mesh or record.mesh),
            sent=self.restraints.of(record.process.mesh or record.mesh).sent,
        )
        record.process.send(permit)
        return True


def is_outage(failing: MeshRecord, all_records: Iterable[MeshRecord]) -> bool:
    """Say whether the server of a mesh that cannot reach it is down for other meshes too."""
    others = list(_neighbours(failing, all_records))
    if any(record.state is MeshState.CONNECTED for record in others):
        return False
    return sum(record.unreachable for record in others) >= OTHERS_IN_AN_OUTAGE


def _neighbours(record: MeshRecord, all_records: Iterable[MeshRecord]) -> Iterator[MeshRecord]:
    """Yield the other meshes of the same server."""
    for other in all_records:
        if other is not record and other.server == record.server:
            yield other
