"""What the command line asks about watch-party rooms while no supervisor need run.

Owns the answers that `TransportKind` names.
"""

from __future__ import annotations

from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings


def default_server(settings: Settings) -> str:
    """Return the server of rooms that name none."""
    return settings.of(PlatformSettings).server


def listing(settings: Settings) -> str:
    """Return the address that lists rooms; empty: nothing does."""
    return settings.of(PlatformSettings).url


def sign_in(home: Home, settings: Settings) -> str:
    """Return the command that gets the account which is missing; empty: none is."""
    platform = settings.of(PlatformSettings)
    needs_account = bool(platform.url) and platform.login == "required"
    return "meshvisor login" if needs_account and not home.credentials_file.exists() else ""
