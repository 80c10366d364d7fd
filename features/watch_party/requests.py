"""Where the rooms are: `platform`."""

from __future__ import annotations

from typing import Final, Literal

from meshvisor.features.watch_party.results import PlatformReport
from meshvisor.features.watch_party.supervisor.platform import Platform
from meshvisor.shared.control.request import Request
from meshvisor.supervisor.control.handling import Call, handles


class GetPlatform(Request):
    """Where the bot's account is."""

    type: Literal["platform"] = "platform"


@handles(GetPlatform)
async def show_platform(_request: GetPlatform, call: Call) -> PlatformReport:
    """Return the addresses in use; those of the playground where it is used."""
    platform = call.need(Platform).settings
    return PlatformReport(url=platform.login_url or platform.url, server=platform.server)


HANDLERS: Final = (show_platform,)
