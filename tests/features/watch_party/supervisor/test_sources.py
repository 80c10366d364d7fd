"""Where meshes come from, and what each server is sent about the bot."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.fleet.supervisor.discovery import Provider
from meshvisor.features.fleet.supervisor.providers.static import StaticProvider
from meshvisor.features.fleet.supervisor.sources import Sources
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.discovery.rest import RestProvider
from meshvisor.features.watch_party.supervisor.platform import Addresses
from meshvisor.features.watch_party.supervisor.source import Rooms
from meshvisor.playground.server import Playground
from meshvisor.shared.settings.model import Settings, default_settings
from tests.directories import TOKEN, account
from tests.supervisor.platform.platform import platform


def sources(settings: Settings, local: Addresses | None, held: Account) -> tuple[Provider, ...]:
    """Return whom a fleet with rooms asks."""
    nothing: Any = None  # no account is to be asked
    found = Sources(nothing)
    found.add(Rooms(lambda: local, lambda: held))
    return found.providers(settings)


def test_settings_only() -> None:
    """Without a platform and a playground, the meshes that the settings list."""
    (only,) = sources(default_settings(), None, account())
    assert isinstance(only, StaticProvider)


async def test_server_of_listed_meshes() -> None:
    """A listed mesh without a server is where the platform's are, or those of the playground."""
    settings = default_settings().replaced(
        StaticMesh(id="lobby"), PlatformSettings(server="ws://127.0.0.1:1")
    )
    (listed,) = sources(settings, None, account())
    assert [mesh.server for mesh in await listed.find()] == ["ws://127.0.0.1:1"]
    async with Playground(1) as playground:
        addresses = Addresses(playground.url, playground.server)
        listed, rooms = sources(settings, addresses, account())
        assert [mesh.server for mesh in await listed.find()] == [playground.server]
        assert [mesh.mesh_id for mesh in await rooms.find()] == ["lobby"]


@pytest.mark.parametrize("token", [TOKEN, "another"])
async def test_platform_gets_the_account(token: str) -> None:
    """It is asked for the meshes of the present account, and hears its token."""
    async with platform() as asked:
        settings = default_settings().replaced(PlatformSettings(url=asked.url))
        _listed, rest = sources(settings, None, account(token))
        assert isinstance(rest, RestProvider)
        await rest.find()
    assert asked.requests[0].headers["Authorization"] == f"Bearer {token}"
    assert asked.requests[0].query["deviceId"] == "phone"


async def test_playground_gets_no_secret_of_the_platform() -> None:
    """A token that a platform gave is not for the local mesh server."""
    async with platform() as asked:
        addresses = Addresses(asked.url, "ws://127.0.0.1:1")
        settings = default_settings().replaced(PlatformSettings(url="http://127.0.0.1:1"))
        *_others, playground = sources(settings, addresses, account())
        await playground.find()
    assert "Authorization" not in asked.requests[0].headers
