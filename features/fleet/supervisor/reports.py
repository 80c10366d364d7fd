"""What the fleet tells about itself: pure functions from records to the shapes of the control
socket (`shared.control.results`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from meshvisor.features.blocklist.outcomes import describe
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.fleet import wordings as say
from meshvisor.features.fleet.supervisor.record import MeshRecord, Trouble
from meshvisor.shared.late import late
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.transports import DEFAULT_TRANSPORT

if TYPE_CHECKING:
    from meshvisor.features.blocklist.results import BlockedMesh
    from meshvisor.features.fleet import results
else:
    results = late("meshvisor.features.fleet.results")

_PAUSING: Final = frozenset({MeshState.RESTARTING, MeshState.FAILED})
"""States that end by themselves after a pause."""

_OUT: Final = frozenset({MeshState.DISCONNECTED, MeshState.RESTARTING})
"""States in which a bot is out of its mesh for a reason that may be a trouble."""

_SICK: Final = frozenset({MeshState.UNHEALTHY, MeshState.FAILED})


def blocks(
    records: Iterable[MeshRecord], blocklist: Blocklist, wall: float
) -> Mapping[str, BlockedMesh]:
    """Return why those of the meshes are blocked that are, and until when.

    Args:
        records: the meshes.
        blocklist: which knows.
        wall: epoch seconds.
    """
    if not any(record.state is MeshState.BLOCKED for record in records):
        return {}
    return {entry.mesh_id: describe(entry, wall) for entry in blocklist.entries()}


def mesh_status(
    record: MeshRecord, now: float, block: BlockedMesh | None = None
) -> results.MeshStatus:
    """Return one mesh as `status` shows it.

    Args:
        record: what is known of it.
        now: monotonic seconds.
        block: its entry of the blocklist, if any.
    """
    return results.MeshStatus(**_facts(record, now, block))


def process_health(
    record: MeshRecord, now: float, heartbeat_age: float | None, block: BlockedMesh | None = None
) -> results.ProcessHealth:
    """Return everything that is known of one mesh; see `mesh_status`."""
    process = record.process
    status = process.last_status if process else None
    return results.ProcessHealth(
        **_facts(record, now, block),
        server=record.mesh.server,
        heartbeat_age_seconds=heartbeat_age,
        status_age_seconds=now - process.last_status_at if process and status else None,
        counters=msgspec.structs.asdict(status.counters) if status else {},
    )


class Counts(NamedTuple):
    """Meshes by what operators care about."""

    meshes: int
    connected: int
    unhealthy: int
    failed: int
    blocked: int
    blocked_permanently: int


def counts(records: Iterable[MeshRecord], blocklist: Blocklist) -> Counts:
    """Count meshes; for the terminal, whose line has no need of a model."""
    states = Counter(record.state for record in records)
    blocked = blocklist.entries()
    return Counts(
        meshes=sum(states.values()),
        connected=states[MeshState.CONNECTED],
        unhealthy=states[MeshState.UNHEALTHY],
        failed=states[MeshState.FAILED],
        blocked=len(blocked),
        blocked_permanently=sum(entry.blocked_until is None for entry in blocked),
    )


def totals(records: Iterable[MeshRecord], blocklist: Blocklist) -> results.Totals:
    """Count meshes, as `status` shows them."""
    return results.Totals(**counts(records, blocklist)._asdict())


def health_stats(records: Iterable[MeshRecord], now: float) -> results.HealthStats:
    """Return sums over all workers."""
    all_records = list(records)
    states = Counter(record.state for record in all_records)
    processes = [record.process for record in all_records if record.process is not None]
    answers = [process.last_status for process in processes if process.last_status is not None]
    return results.HealthStats(
        total=len(processes),
        healthy=sum(_is_healthy(record, now) for record in all_records),
        connected=states[MeshState.CONNECTED],
        disconnected=states[MeshState.DISCONNECTED],
        unhealthy=states[MeshState.UNHEALTHY],
        failed=states[MeshState.FAILED],
        restarts=sum(max(0, record.lives - 1) for record in all_records),
        max_event_loop_lag_ms=max((a.event_loop_lag_ms for a in answers), default=None),
        memory_bytes=sum(answer.memory_bytes for answer in answers),
    )


def wanted_mesh(record: MeshRecord) -> results.WantedMesh:
    """Return one mesh as `meshes list` shows it."""
    return results.WantedMesh(
        mesh_id=record.mesh_id,
        state=record.state,
        server=record.mesh.server,
        source=record.mesh.source,
        **_where(record),
        waiting_for=_waiting_for(record),
    )


def _facts(record: MeshRecord, now: float, block: BlockedMesh | None) -> dict[str, object]:
    process = record.process
    status = process.last_status if process else None
    return {
        "mesh_id": record.mesh_id,
        "state": record.state,
        "pid": process.pid if process else None,
        "uptime_seconds": round(now - process.started_at, 3) if process else None,
        "restarts": max(0, record.lives - 1),
        "connection_attempts": record.connection_attempts,
        "is_healthy": _is_healthy(record, now),
        "event_loop_lag_ms": status.event_loop_lag_ms if status else None,
        "memory_bytes": status.memory_bytes if status else None,
        "last_error": record.last_error,
        "starts_in_seconds": _starts_in(record, now),
        "tries_again_in_seconds": _tries_in(record, now),
        "remark": record.remark if record.state is MeshState.CONNECTED else None,
        "trouble": record.trouble if record.state in _OUT else None,
        "losses": None if (losses := record.losses.lately(now)) is None else losses._asdict(),
        **_where(record),
        "block": block if record.state is MeshState.BLOCKED else None,
    }


def _where(record: MeshRecord) -> dict[str, Any]:
    """Return what is said of where a mesh is, if it is not as with most of them."""
    mesh = record.mesh
    return {
        "transport": None if mesh.transport == DEFAULT_TRANSPORT else mesh.transport,
        "address": mesh.address or None,
        "account": mesh.account or None,
    }


def _tries_in(record: MeshRecord, now: float) -> float | None:
    if record.tries_at is None or record.state is not MeshState.DISCONNECTED:
        return None
    return round(max(0.0, record.tries_at - now), 3)


def _starts_in(record: MeshRecord, now: float) -> float | None:
    if record.process is not None or record.state not in _PAUSING:
        return None
    return round(max(0.0, record.start_at - now), 3)


def _is_healthy(record: MeshRecord, now: float) -> bool:
    """Say whether its process works, and what carries its mesh; being without a room is not its
    fault, going into it again and again is.
    """
    process = record.process
    return (
        process is not None
        and process.fault is None
        and process.suspicion is None
        and process.polls_missed == 0
        and record.state not in _SICK
        and not (record.trouble is Trouble.BROKEN and record.state in _OUT)
        and record.losses.lately(now) is None
    )


_WAITING_FOR: Final = {
    MeshState.WAITING: say.ANOTHER_PLACE(),
    MeshState.STOPPED: say.SEEN_AGAIN(),
    MeshState.BLOCKED: say.BLOCK_ENDS(),
    MeshState.RESTARTING: say.AFTER_CRASH(),
    MeshState.FAILED: say.NEXT_TRY(),
    MeshState.READY: say.ITS_TURN(),
    MeshState.DISCONNECTED: say.NEXT_CONNECT(),
}


_TROUBLE: Final = {
    Trouble.UNAUTHORIZED: say.OTHER_CREDENTIALS(),
    Trouble.REPLACED: say.OTHER_CLIENT(),
    Trouble.KICKED: say.AFTER_KICK(),
    Trouble.BROKEN: say.CARRIER(),
}


def _waiting_for(record: MeshRecord) -> str | None:
    if record.state is MeshState.STOPPED and record.stopped_by_operator:
        return say.OPERATOR(mesh_id=record.mesh_id)
    if record.trouble is not None and record.state in _OUT:
        return _TROUBLE[record.trouble]
    return _WAITING_FOR.get(record.state)
