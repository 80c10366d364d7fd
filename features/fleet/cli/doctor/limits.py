"""Whether the machine has room for the fleet: open files, processes, memory."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from typing import Final

import psutil

from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import listings
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn
from meshvisor.supervisor.cli.human import number, size

FILES_PER_MESH: Final = 4
"""Descriptors that the supervisor holds for each worker: socket, log pipe, pidfd, log file."""

FILES_BESIDE: Final = 100
"""Descriptors for everything else."""

MEMORY_PER_MESH: Final = 6_000_000
"""Bytes; a connected worker has 4 to 5 MB of its own."""

GUESSED_MESHES: Final = 50
"""How many meshes to expect when discovery decides and no limit is set."""


def check(settings: Settings | None, supervisor: int | None = None) -> Iterator[Finding]:
    """Compare the limits with the number of meshes that the settings lead to expect.

    Args:
        settings: None: they are wrong.
        supervisor: the PID of the one that runs, whose limits count; None: none does, and it would
            have those of this command.
    """
    meshes = expected_meshes(settings)
    yield _files(meshes, supervisor)
    yield from _processes(meshes)
    yield _memory(meshes)


def expected_meshes(settings: Settings | None) -> int:
    """Return how many meshes may run."""
    if settings is None:
        return GUESSED_MESHES
    if settings.of(FleetSettings).max_processes:
        return settings.of(FleetSettings).max_processes
    if listings(settings):
        return max(GUESSED_MESHES, len(settings.each(StaticMesh)))
    return max(1, len(settings.each(StaticMesh)))


# Private


def _files(meshes: int, supervisor: int | None) -> Finding:
    # The supervisor raises the soft limit by itself, so the hard one counts.
    if supervisor is None:
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        whose = ""
    else:
        _, hard = resource.prlimit(supervisor, resource.RLIMIT_NOFILE)
        whose = f" for the supervisor (PID {supervisor})"
    wanted = meshes * FILES_PER_MESH + FILES_BESIDE
    if hard == resource.RLIM_INFINITY:
        return ok("open files", f"no limit{whose}")
    if hard >= wanted:
        room = (hard - FILES_BESIDE) // FILES_PER_MESH
        enough = f"enough for {number(room, 'mesh', 'meshes')}"
        return ok("open files", f"at most {hard}{whose}, {enough}")
    again = " and start the supervisor again" if supervisor else ""
    return fail(
        "open files",
        f"at most {hard}{whose}, and {number(meshes, 'mesh', 'meshes')} need {wanted}",
        f"raise it: 'ulimit -Hn {wanted}' as root, or LimitNOFILE={wanted} in the systemd unit"
        f"{again}",
    )


def _processes(meshes: int) -> Iterator[Finding]:
    soft, _ = resource.getrlimit(resource.RLIMIT_NPROC)
    if soft == resource.RLIM_INFINITY:
        yield ok("processes", "no limit")
    elif soft < 2 * meshes + 20:
        yield warn(
            "processes",
            f"this user may have {soft}, for {number(meshes, 'mesh', 'meshes')} and all else",
            "raise it with 'ulimit -u', or TasksMax= in the systemd unit",
        )
    else:
        yield ok("processes", f"at most {soft}")


def _memory(meshes: int) -> Finding:
    free = psutil.virtual_memory().available
    wanted = meshes * MEMORY_PER_MESH
    text = f"{size(free)} available, about {size(wanted)} needed"
    if free >= wanted:
        return ok("memory", text)
    return warn("memory", text, "free some, or set [fleet] max_processes lower")
