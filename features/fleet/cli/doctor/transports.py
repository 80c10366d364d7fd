"""Whether the meshes of the settings can work, as far as their transports can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import (
    BrokenTransportError,
    TransportCheckError,
    built_in,
    loaded,
    transport_kind,
)
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import clean

NEXT_STEP: Final = "repair the package that brings it, then start the supervisor again"


def check(settings: Settings, home: Path) -> Iterator[Finding]:
    """Ask the transport of each mesh; one line for all that are right.

    Args:
        settings: name the meshes.
        home: the folder of the home.
    """
    right: Counter[str] = Counter()
    for mesh in settings.each(StaticMesh):
        problem = _ask(mesh, home)
        if problem is not None:
            yield fail(f"mesh {clean(mesh.id)}", *map(clean, problem))
        elif transport_kind(mesh.transport).check:
            right[mesh.transport] += 1
    for name, count in right.items():
        yield ok(f"transport {clean(name)}", f"{number(count, 'mesh', 'meshes')} can be started")


# Private


def _ask(mesh: StaticMesh, home: Path) -> tuple[str, str] | None:
    """Return what is the matter with a mesh, and what to do; None: nothing."""
    if (why := mesh.why_broken()) is not None:
        return why, NEXT_STEP
    try:
        kind = transport_kind(mesh.transport)
        if kind.name not in built_in():
            # A package that breaks here breaks in the worker, too.
            kind.load()
        if kind.check:
            loaded(kind.check)(mesh.own_settings(), home)
    except TransportCheckError as error:
        return str(error), error.advice
    except BrokenTransportError as error:
        return str(error), NEXT_STEP
    except Exception as error:  # noqa: BLE001 - whatever a third party's package raises
        return f"its transport {mesh.transport} cannot be asked: {error!r:.200}", NEXT_STEP
    return None
