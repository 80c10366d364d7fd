"""Whether the mesh servers and the platform's REST API can be reached from here."""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import urlsplit

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.transports import transport_kind
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, untried, warn
from meshvisor.supervisor.cli.human import milliseconds
from meshvisor.supervisor.cli.terminal import clean

TIMEOUT: Final = 3.0
"""Seconds for one address; an operator waits for the answer."""

MOST_SERVERS: Final = 5
"""Different servers that are tried; more would take too long when none answers."""

_PORTS: Final = {"ws": 80, "http": 80, "wss": 443, "https": 443}


def check(settings: Settings, in_use: Sequence[str]) -> Iterator[Finding]:
    """Connect to each address once, with TLS where it asks for it, and say how that went.

    Args:
        settings: name the addresses to try.
        in_use: servers of the meshes of the running supervisor, tried instead when there are any.
    """
    meshes = settings.each(StaticMesh)
    configured = [
        mesh.server or settings.of(PlatformSettings).server
        for mesh in meshes
        if mesh.why_broken() is None and transport_kind(mesh.transport).has_server
    ]
    # Those of other transports may be anything: `TransportKind.check` looks at them.
    servers = [server for server in in_use or configured if _can_be_reached(server)]
    if not servers and not meshes:
        servers = [settings.of(PlatformSettings).server]
    different = list(dict.fromkeys(servers))
    for server in different[:MOST_SERVERS]:
        yield _reach("mesh server", server, needed=bool(in_use or configured))
    yield from untried("mesh server", len(different) - MOST_SERVERS)
    if settings.of(PlatformSettings).url:
        yield _reach("discovery", settings.of(PlatformSettings).url, needed=True)
    elif not in_use and not meshes:
        yield warn(
            "meshes",
            "none are configured",
            "name some under [[meshes]], set [platform] url, or use 'meshvisor run --playground'",
        )


# Private


def _can_be_reached(address: str) -> bool:
    try:
        parts = urlsplit(address)
        return parts.scheme in _PORTS and parts.port != 0
    except ValueError:
        return False


def _reach(name: str, address: str, *, needed: bool) -> Finding:
    parts = urlsplit(address)
    port = parts.port or _PORTS[parts.scheme]
    before = time.monotonic()
    try:
        with socket.create_connection((parts.hostname or "", port), TIMEOUT) as connection:
            if parts.scheme in {"wss", "https"}:
                _shake_hands(connection, parts.hostname or "")
    except OSError as error:
        text = f"{clean(address)} cannot be reached: {_reason(error)}"
        advice = "is the server up, and are the address and the firewall right?"
        return fail(name, text, advice) if needed else warn(name, text, advice)
    return ok(
        name, f"{clean(address)} answers in {milliseconds((time.monotonic() - before) * 1e3)}"
    )


def _shake_hands(connection: socket.socket, host: str) -> None:
    with ssl.create_default_context().wrap_socket(connection, server_hostname=host):
        pass


def _reason(error: OSError) -> str:
    if isinstance(error, TimeoutError):
        return f"no answer within {TIMEOUT:g} seconds"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message})"
    return (error.strerror or str(error)).lower()
