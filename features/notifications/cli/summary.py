"""Where notifications go, in a sentence for `meshvisor config check`."""

from __future__ import annotations

from meshvisor.features.notifications.settings import ChannelSettings
from meshvisor.shared.listed import listed
from meshvisor.shared.settings.model import Settings

MOST_NAMED = 5


def summary(settings: Settings) -> str:
    """Name the channels; empty: there are none."""
    names = [name for name, one in settings.named(ChannelSettings).items() if one.enabled]
    return f"Notification channels: {listed(names, MOST_NAMED)}." if names else ""
