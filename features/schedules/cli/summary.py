"""What settings of schedules lead to, in a sentence."""

from __future__ import annotations

from meshvisor.features.schedules.settings import ScheduleSettings, SchedulingSettings
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.human import number


def summary(settings: Settings) -> str:
    """Say how many entries there are, and in which zone they are meant that name none."""
    entries = settings.each(ScheduleSettings)
    count = number(len(entries), "entry", "entries") if entries else "none"
    disabled = sum(not one.enabled for one in entries)
    if disabled:
        count += f" ({disabled} disabled)"
    scheduling = settings.of(SchedulingSettings)
    built_in = "" if scheduling.built_in else "; those that come with Meshvisor are left out"
    return f"Schedules: {count} of the settings; time zone: {scheduling.timezone}{built_in}."
