"""Whether the meshes of the settings can work, as far as their transports can say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import TransportCheckError, built_in, loaded, transport_kind
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.terminal import clean


def check(settings: Settings, home: Path) -> Iterator[Finding]:
    """Ask the transport of each mesh; one line for all that are right.

    Args:
        settings: name the meshes.
        home: the folder of the home.
    """
    right: Counter[str] = Counter()
    for mesh in settings.each(StaticMesh):
        kind = transport_kind(mesh.transport)
        try:
            if kind.name not in built_in():
                # A package that breaks here breaks in the worker, too.
                kind.load()
            if kind.check:
                loaded(kind.check)(mesh.own_settings(), home)
        except TransportCheckError as error:
            yield fail(f"mesh {clean(mesh.id)}", clean(error), clean(error.advice))
        except Exception as error:  # noqa: BLE001 - whatever a package of somebody else raises
            text = f"its transport {clean(kind.name)} cannot be used: {clean(f'{error!r:.200}')}"
            yield fail(f"mesh {clean(mesh.id)}", text, "mend the package that brings it")
        else:
            right[kind.name] += bool(kind.check)
    for name, count in right.items():
        if count:
            yield ok(
                f"transport {clean(name)}", f"{number(count, 'mesh', 'meshes')} can be started"
            )
