"""Whether servers can be reached: real sockets on loopback."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.watch_party.cli import network
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.settings.model import Settings, default_settings
from meshvisor.supervisor.cli.doctor.finding import Finding, Level


@pytest.fixture
def port() -> Iterator[int]:
    """Return a port with a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def closed_port() -> int:
    """Return a port without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def check(settings: Settings, *in_use: str) -> list[Finding]:
    """Return the findings."""
    return list(network.check(settings, in_use))


def settings(server: str, url: str = "", *meshes: str) -> Settings:
    """Return settings with these addresses."""
    return default_settings().replaced(
        PlatformSettings(server=server, url=url), *(StaticMesh(id=mesh) for mesh in meshes)
    )


def test_reachable(port: int) -> None:
    """Addresses that answer are fine, each tried once."""
    found = check(settings(f"ws://127.0.0.1:{port}", f"http://127.0.0.1:{port}", "a", "b"))
    assert [(f.name, f.level) for f in found] == [
        ("mesh server", Level.OK),
        ("discovery", Level.OK),
    ]


def test_more_servers_than_are_tried(port: int) -> None:
    """Those that are not are counted, each server once."""
    in_use = [f"ws://127.0.0.1:{port}/{path}" for path in range(network.MOST_SERVERS + 1)]
    found = check(settings("ws://127.0.0.1:1", "", "a"), *in_use, *in_use)
    assert [(f.level, f.text) for f in found[network.MOST_SERVERS :]] == [
        (Level.WARN, "1 more was not tried")
    ]


def test_unreachable_server_of_wanted_meshes() -> None:
    """A server that meshes need and that does not answer is a failure."""
    (found,) = check(settings(f"ws://127.0.0.1:{closed_port()}", "", "a"))
    assert found.level is Level.FAIL
    assert "connection refused" in found.text


def test_unreachable_server_that_is_not_needed() -> None:
    """Without meshes the default server is only a warning, beside that of having no meshes."""
    found = check(settings(f"ws://127.0.0.1:{closed_port()}"))
    assert [(f.name, f.level) for f in found] == [
        ("mesh server", Level.WARN),
        ("meshes", Level.WARN),
    ]


def test_servers_in_use_come_first(port: int) -> None:
    """What the running supervisor uses is tried instead of what the settings say."""
    (found,) = check(settings(f"ws://127.0.0.1:{closed_port()}"), f"ws://127.0.0.1:{port}")
    assert found.level is Level.OK


def test_unreachable_discovery(port: int) -> None:
    """Discovery that cannot be reached is a failure."""
    url = f"http://127.0.0.1:{closed_port()}"
    found = check(settings(f"ws://127.0.0.1:{port}", url))
    assert [f.level for f in found] == [Level.OK, Level.FAIL]


def test_server_without_tls(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not speak TLS where it should is found out."""
    monkeypatch.setattr(network, "TIMEOUT", 0.2)
    (found,) = check(settings(f"wss://127.0.0.1:{port}", "", "a"))
    assert found.level is Level.FAIL


def test_unknown_host() -> None:
    """A name that cannot be resolved is a failure."""
    (found,) = check(settings("ws://nowhere.invalid", "", "a"))
    assert found.level is Level.FAIL
