"""What the commands of statistics have in common."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any, Final, TextIO, TypeVar
from zoneinfo import ZoneInfo

import click

from meshvisor.features.statistics.model.days import check_day
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation
from meshvisor.supervisor.cli.parameters import MESH, CheckedType

DAY: Final = CheckedType("day", check_day)

F = TypeVar("F", bound=Callable[..., Any])


LISTS: Final = frozenset({"--event-types", "--record-ids"})
"""Options whose values may be separated by commas or by blanks, or be given one by one."""


class CommandWithLists(Command):
    """A command of which words behind one of `LISTS` are its values, unless it has arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line."""
        if any(isinstance(one, click.Argument) for one in self.params):
            return super().parse_args(ctx, args)
        return super().parse_args(ctx, list(_joined(args)))


def _joined(words: list[str]) -> Iterator[str]:
    rest = list(reversed(words))
    while rest:
        word = rest.pop()
        yield word
        if word in LISTS:
            values = []
            while rest and not rest[-1].startswith("-"):
                values.append(rest.pop())
            if values:
                yield ",".join(values)


def dates(function: F) -> F:
    """Add `--start-date` and `--end-date`."""
    function = click.option("--end-date", metavar="DAY", type=DAY, help="The last day.")(function)
    return click.option(
        "--start-date", metavar="DAY", type=DAY, help="The first day, such as 2026-11-29."
    )(function)


def mesh_ids(function: F) -> F:
    """Add `--mesh-id`, which may be given several times."""
    return click.option(
        "--mesh-id", "mesh_ids", metavar="MESH", type=MESH, multiple=True, help="Only these meshes."
    )(function)


def uri_option(function: F) -> F:
    """Add `--uri`."""
    return click.option(
        "--uri", metavar="URI", help="Of the MongoDB server [default: statistics.uri]."
    )(function)


def verbose_option(function: F) -> F:
    """Add `--verbose`."""
    return click.option("--verbose", is_flag=True, help="Say more of what is done.")(function)


def days_of(start_date: str | None, end_date: str | None) -> tuple[date | None, date | None]:
    """Return the days that were given.

    Raises:
        UsageError: the last one comes before the first one.
    """
    start = date.fromisoformat(start_date) if start_date else None
    end = date.fromisoformat(end_date) if end_date else None
    if start and end and end < start:
        raise UsageError(f"--end-date {end} is before --start-date {start}; exchange them")
    return start, end


def database(invocation: Invocation) -> Path:
    """Return the database of the home.

    Raises:
        MissingError: that is no home.
    """
    from meshvisor.features.statistics.store.database import database_of
    from meshvisor.supervisor.cli.offline import require

    require(invocation.home)
    return database_of(invocation.home)


def zone_of(invocation: Invocation) -> ZoneInfo:
    """Return the zone in which days are meant: `scheduling.timezone`."""
    from meshvisor.features.schedules.settings import SchedulingSettings
    from meshvisor.shared.settings.load import load_settings

    settings = load_settings(invocation.home, os.environ)
    return ZoneInfo(settings.of(SchedulingSettings).timezone)


def names_of(invocation: Invocation, user: str) -> tuple[str, ...]:
    """Return the names under which a user may be recorded."""
    from meshvisor.features.statistics.people import names_for

    return names_for(invocation.home, user)


@contextmanager
def log_to_terminal(*, verbose: bool) -> Iterator[None]:
    """Log what is done within to standard error, above the bar of its progress."""
    logger = logging.getLogger("meshvisor.features.statistics")
    before = logger.handlers, logger.level, logger.propagate
    handler = _InPlaceOfBar(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(process)d %(message)s", "%H:%M:%S"))
    logger.handlers = [handler]
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)
    logger.propagate = False
    try:
        yield
    finally:
        logger.handlers, _, logger.propagate = before
        logger.setLevel(before[1])


# Private


class _InPlaceOfBar(logging.StreamHandler[TextIO]):
    """Writes lines where a bar may be drawn."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one; the bar is drawn again behind it."""
        from meshvisor.features.background.progress import erase_bar

        erase_bar()
        super().emit(record)
