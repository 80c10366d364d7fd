"""What `meshvisor doctor` checks for watch-party rooms: the bot's account, and their servers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from meshvisor.features.watch_party.cli import network
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, warn


def account(home: Home, settings: Settings) -> Iterator[Finding]:
    """Look whether the bot has the account that the platform asks for."""
    platform = settings.of(PlatformSettings)
    try:
        held = CredentialsFile(home.credentials_file).read()
    except MeshvisorError as error:
        yield fail("account", str(error), "correct that; or remove the file, then: meshvisor login")
        return
    if held is not None:
        yield ok("account", f"{held.peer_id} in {home.credentials_file}")
    elif platform.url and platform.login == "required":
        yield warn("account", f"{platform.url} needs one and there is none", "meshvisor login")
    else:
        yield ok("account", "none is needed")


def _account(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from account(examined.home, examined.settings)


def _network(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from network.check(examined.settings, _servers_in_use(examined.invocation))


def _servers_in_use(invocation: Invocation) -> list[str]:
    try:
        meshes = invocation.request("meshes")["meshes"]
        return [mesh["server"] for mesh in meshes if mesh["server"]]
    except MeshvisorError:
        return []


CHECKS: Final = (
    Check(name="account", position=102, examine=_account),
    Check(name="network", position=110, examine=_network),
)
