"""What the console says of statistics.

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from collections.abc import Mapping

from meshvisor.shared.control.results import Result


class UsageDay(Result):
    """What there was on a day, or up to its end."""

    day: str
    """As ISO date."""
    messages: int
    commands: int
    joins: int
    leaves: int
    errors: int
    active_users: int | None = None
    """None, or missing: not counted, as for a single user or when sums go on."""
    new_users: int | None = None


class UsageTotals(Result):
    """What there was in all."""

    messages: int
    commands: int
    joins: int
    leaves: int
    errors: int
    active_users: int | None = None
    """A user who was active on two days is one."""
    new_users: int | None = None


class UsageDays(Result):
    """Days, oldest first."""

    first: str
    last: str
    days: tuple[UsageDay, ...]
    totals: UsageTotals
    before: UsageTotals | None = None
    """Of as many days before these; None: not all of them have statistics."""
    recorded_since: str | None
    """The first day of all of which there are statistics; None: there are none."""
    pending_hours: int
    """Hours with events that are in no statistics yet."""


class UsageWeek(Result):
    """How much there was in each hour of the week."""

    first: str
    last: str
    week: tuple[tuple[int, ...], ...]
    """Seven weekdays from Monday on, each with 24 hours."""


class UsageRank(Result):
    """A place of a top list."""

    name: str
    count: int


class UsageTop(Result):
    """Who or what has most, the most first."""

    first: str
    last: str
    kind: str
    top: tuple[UsageRank, ...]


class StatisticsBasis(Result):
    """Answer to `statistics_basis`."""

    timezone: str
    """By which days are meant."""
    keep_from: str | None
    """The first month of which events are kept, such as `2025-10`; None: that is not known yet."""


class StatisticsServer(Result):
    """Answer to `statistics_server`: the MongoDB server of the settings."""

    uri: str
    """With its password."""
    options: Mapping[str, str | int | float | bool]
    """Of the driver."""
    database: str
    """The one there."""
