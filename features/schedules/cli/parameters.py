"""Kinds of arguments of schedules: names that complete themselves, expressions, zones, dates.

Owns checking and completing them.  Whether a schedule exists is for the supervisor to say.
"""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import CompletionItem

from meshvisor.features.schedules.model.cron import check_cron, check_zone
from meshvisor.features.schedules.model.schedule import moment_of
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.parameters import COMPLETION_TIMEOUT, CheckedType


def _date(text: str) -> str:
    moment_of(text, "UTC")
    return text


def _name(text: str) -> str:
    from meshvisor.features.schedules.settings import check_name

    return check_name(text)


class ScheduleNameType(CheckedType):
    """The name of a schedule; Tab offers those that the running supervisor knows."""

    def __init__(self) -> None:
        super().__init__("schedule", _name)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin like `incomplete`; nothing when no supervisor answers."""
        invocation = ctx.find_object(Invocation) or Invocation()
        try:
            with ControlClient(invocation.home.root, COMPLETION_TIMEOUT) as client:
                found = client.request("schedules_list")["schedules"]
        except MeshvisorError:
            return []
        return [
            CompletionItem(one["name"], help=f"{one['cron']}: {one['action']}")
            for one in found
            if one["name"].startswith(incomplete)
        ]


SCHEDULE: Final = ScheduleNameType()
CRON: Final = CheckedType("expression", check_cron)
ZONE: Final = CheckedType("zone", check_zone)
DATE: Final = CheckedType("date", _date)
