"""`settings`: what holds, and what the next reload would change."""

from __future__ import annotations

from typing import Literal

from meshvisor.shared.control.request import LongRequest
from meshvisor.shared.control.results import SettingsReport
from meshvisor.supervisor.control.handling import Call, handles
from meshvisor.supervisor.life import SettingsPreview


class GetSettings(LongRequest):
    """The settings that hold, with secrets masked, and what a reload would change."""

    type: Literal["settings"] = "settings"


@handles(GetSettings)
async def show_settings(_request: GetSettings, call: Call) -> SettingsReport:
    """Return them; the files are read for it, and nothing is taken over."""
    return await call.need(SettingsPreview).preview()
