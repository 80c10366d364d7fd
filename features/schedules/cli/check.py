"""`meshvisor schedules check`: what an expression means; works anywhere, without a home."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from typing import Any, Final

import click

from meshvisor.features.schedules.cli.parameters import CRON, ZONE
from meshvisor.features.schedules.cli.words import times_table
from meshvisor.features.schedules.model.cron import in_words, next_after, zone
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation

SHOWN: Final = 5
"""Planned times."""


@click.command(
    cls=Command,
    examples=(
        'schedules check "*/15 * * * *"',
        'schedules check "0 6 * * MON#1" --timezone Asia/Kolkata',
    ),
)
@click.argument("cron", metavar="EXPR", type=CRON)
@click.option("--timezone", metavar="ZONE", type=ZONE, help="Such as Europe/Berlin.")
@pass_invocation
def check(invocation: Invocation, *, cron: str, timezone: str | None) -> None:
    """Say what a cron expression means, and when it fires next."""
    timezone = timezone or _default_zone(invocation)
    result = {
        "cron": cron,
        "meaning": in_words(cron),
        "timezone": timezone,
        "upcoming": _upcoming(cron, timezone),
    }
    invocation.show(result, _view)


# Private


def _default_zone(invocation: Invocation) -> str:
    from meshvisor.features.schedules.settings import SchedulingSettings
    from meshvisor.shared.settings.load import load_settings

    try:
        return load_settings(invocation.home, os.environ).of(SchedulingSettings).timezone
    except MeshvisorError:
        return "UTC"  # there is no home, or a wrong one: an expression can be tried all the same


def _upcoming(cron: str, timezone: str) -> list[str]:
    times: list[str] = []
    moment: int | None = round(time.time() * 1000)
    while len(times) < SHOWN and moment is not None:
        moment = next_after(cron, timezone, moment)
        if moment is not None:
            found = datetime.fromtimestamp(moment / 1000, UTC).astimezone(zone(timezone))
            times.append(found.isoformat())
    return times


def _view(result: dict[str, Any]) -> str:
    lines = [f"{result['meaning']}.", ""]
    return "\n".join([*lines, *times_table(result["upcoming"], result["timezone"])])
