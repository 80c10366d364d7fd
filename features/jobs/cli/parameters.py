"""Kinds of arguments of jobs: ids and actions that complete themselves, priorities, lanes, data.

Owns checking and completing them.  Whether a job or an action exists is for the supervisor to say.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NoReturn

import click
from click.shell_completion import CompletionItem

from meshvisor.features.jobs.cli.words import status_words
from meshvisor.features.jobs.model.data import check_data
from meshvisor.features.jobs.model.job import (
    PRIORITY_NAMES,
    check_lane,
    check_target,
    read_priority,
)
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.duration import parse_duration
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.parameters import COMPLETION_TIMEOUT, CheckedType

HIGHEST_ID: Final = 2**53
"""Beyond it JSON numbers are not exact everywhere."""

OFFERED: Final = 100
"""Jobs that Tab offers, the newest."""


class JobIdType(click.ParamType[int]):
    """The number of a job; Tab offers the newest ones that the running supervisor knows."""

    name = "job"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it; `#42`, as chats write it, is 42."""
        digits = str(value).removeprefix("#")
        # Bounded first: reading a number takes a time that grows with the square of its digits.
        is_short = digits.isascii() and digits.isdigit() and len(digits) < 20
        number = int(digits) if is_short else 0
        if not 1 <= number <= HIGHEST_ID:
            self.fail(f"{digits[:40]!r} is no number of a job; write one like 42", param, ctx)
        return number

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the numbers that begin like `incomplete`; nothing when no supervisor answers."""
        return [
            CompletionItem(str(job["job_id"]), help=f"{job['action']}, {status_words(job)}")
            for job in _look_up(ctx, "jobs_list", "jobs", limit=OFFERED)
            if str(job["job_id"]).startswith(incomplete)
        ]


class ActionType(click.ParamType[str]):
    """The name of an action; Tab offers those that the running supervisor knows."""

    name = "action"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin like `incomplete`; nothing when no supervisor answers."""
        return [
            CompletionItem(action["name"], help=f"priority {action['priority']}")
            for action in _look_up(ctx, "jobs_actions", "actions")
            if action["name"].startswith(incomplete)
        ]


class PriorityType(click.ParamType[int]):
    """A priority."""

    name = "priority"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Read it."""
        try:
            return read_priority(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the names that begin like `incomplete`."""
        return [
            CompletionItem(name, help=str(priority))
            for name, priority in PRIORITY_NAMES.items()
            if name.startswith(incomplete.lower())
        ]


class DataType(click.ParamType[dict[str, Any]]):
    """A JSON object for an action."""

    name = "json"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> dict[str, Any]:
        """Read it."""
        if isinstance(value, dict):
            return value
        try:
            found = json.loads(value, parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            self.fail(f"the data is no JSON ({error}); write an object like {_LIKE}", param, ctx)
        if not isinstance(found, dict):
            self.fail(f"the data is no JSON object; write one like {_LIKE}", param, ctx)
        try:
            check_data(found)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return found


class FutureMomentType(click.ParamType[str]):
    """A moment to come: `+10m` or `10m` from now, or a date and time, by default a local one."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it as ISO 8601 with offset."""
        text = str(value).strip()
        try:
            moment = _moment(text)
        except (ValueError, OverflowError):
            self.fail(
                f"{text[:40]!r} is no moment; write +10m for ten minutes from now, or a date and "
                "time like 2026-03-01T12:00",
                param,
                ctx,
            )
        return moment.isoformat()


def _moment(text: str) -> datetime:
    with suppress(ValueError):
        return datetime.now(UTC) + timedelta(seconds=parse_duration(text.removeprefix("+")))
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.astimezone()


def limit_option(
    most: int, default: int, help_: str = "How many at most."
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option that says how much is listed."""
    return click.option(
        "--limit",
        "-n",
        type=click.IntRange(1, most),
        default=default,
        show_default=True,
        help=help_,
    )


JOB: Final = JobIdType()
ACTION: Final = ActionType()
PRIORITY: Final = PriorityType()
FUTURE_MOMENT: Final = FutureMomentType()
LANE: Final = CheckedType("lane", check_lane)
TARGET: Final = CheckedType("target", check_target)
DATA: Final = DataType()

# Private

_LIKE: Final = '{"alliance": "abc"}'


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no value of JSON")


def _look_up(ctx: click.Context, kind: str, field: str, **arguments: Any) -> list[dict[str, Any]]:
    invocation = ctx.find_object(Invocation) or Invocation()
    try:
        with ControlClient(invocation.home.root, COMPLETION_TIMEOUT) as client:
            found: list[dict[str, Any]] = client.request(kind, **arguments)[field]
    except MeshvisorError:
        return []
    return found
