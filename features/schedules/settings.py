"""`[scheduling]` and `[[schedules]]`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from meshvisor.features.jobs.model.data import check_data
from meshvisor.features.jobs.model.job import (
    NO_MESH,
    check_action_name,
    check_job_mesh,
    check_keys,
    check_lane,
    read_priority,
)
from meshvisor.features.schedules.model.cron import EXAMPLE, check_cron, check_zone
from meshvisor.features.schedules.model.schedule import (
    Misfire,
    Overlap,
    Schedule,
    cycle_through,
    moment_of,
)
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.section import Section, Table, Tables

MOST_ITEMS: Final = 2_000
"""Items of a schedule: what a job is given in one transaction.  An action that finds more to do
adds it itself."""

LONGEST_NAME: Final = 64

YEAR: Final = 365 * 86_400
DAY: Final = 86_400


def check_name(name: str) -> str:
    """Return the name of a schedule.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    try:
        return check_lane(name)
    except ValueError:
        raise ValueError(
            f"{name[:40]!r} is no name of a schedule: 1 to {LONGEST_NAME} small letters, digits, "
            '_, . or -, the first a letter or digit, such as "nightly-refresh"'
        ) from None


def _data(data: dict[str, Any]) -> dict[str, Any]:
    check_data(data)
    return data


def _keys(keys: tuple[str, ...]) -> tuple[str, ...]:
    if len(keys) > MOST_ITEMS:
        raise ValueError(
            f"{len(keys):,} items are too many for a schedule; up to {MOST_ITEMS:,} are allowed, "
            "and its action can add more: job.add_items"
        )
    return check_keys(keys) if keys else ()


def _date_text(value: object) -> object:
    # TOML has dates of its own, which come as such tables (`shared.settings.load`).
    if isinstance(value, dict) and value.keys() == {"date"}:
        return value["date"]
    return value


ZoneName = Annotated[str, AfterValidator(check_zone)]
DateText = Annotated[str, BeforeValidator(_date_text), Field(examples=["2026-03-01"])]


class SchedulingSettings(Section):
    """`[scheduling]`: what holds for all schedules."""

    timezone: ZoneName = "UTC"
    """Name of the zone (IANA) in which schedules are meant that name none."""
    keep_history_days: float = Field(30, ge=0, le=3650)
    """Days that runs are kept in the history; 0: for ever."""
    built_in: bool = True
    """Whether the schedules that come with Meshvisor are there."""


class ScheduleSettings(Section):
    """One `[[schedules]]` entry: an action at planned times."""

    name: Annotated[str, AfterValidator(check_name), Field(examples=["nightly-refresh"])]
    cron: Annotated[
        str,
        AfterValidator(lambda text: text and check_cron(text)),
        Field(examples=["*/15 * * * *"]),
    ] = ""
    """Minute, hour, day of the month, month, day of the week, or such as `@daily`; empty: it runs
    after others."""
    after: Annotated[
        tuple[Annotated[str, AfterValidator(check_name)], ...], Field(max_length=20)
    ] = ()
    """In place of a cron expression: schedules after whose success it runs."""
    action: Annotated[str, AfterValidator(check_action_name), Field(examples=["refresh"])]
    mesh: Annotated[str, BeforeValidator(check_job_mesh), Field(examples=["lobby"])] = NO_MESH
    """What it is about; `-`: no mesh, where its action needs none."""
    timezone: Annotated[str, AfterValidator(lambda name: name and check_zone(name))] = ""
    """Name of the zone (IANA); empty: that of `[scheduling]`."""
    enabled: bool = True
    items: Annotated[tuple[str, ...], AfterValidator(_keys)] = ()
    """Keys of the job's items; empty: it has none."""
    data: Annotated[dict[str, Any], AfterValidator(_data)] = Field(default_factory=dict)
    """Handed to the action as it is."""
    lane: Annotated[str, AfterValidator(lambda name: name and check_lane(name))] = ""
    """Empty: the action's."""
    priority: Annotated[int | None, BeforeValidator(lambda v: v and read_priority(v))] = None
    """1 (urgent) to 5; None: the action's, as with all below."""
    timeout: float | None = Field(None, gt=0, le=YEAR)
    """Seconds from its enqueuing within which a run has to end."""
    retries: int | None = Field(None, ge=0, le=1000)
    """Attempts after one that failed."""
    retry_delay: float | None = Field(None, ge=0, le=3600)
    """Seconds before the second attempt; each further one waits twice as long."""
    overlap: Overlap = Overlap.SKIP
    """What happens while an earlier run is not over."""
    misfire: Misfire = Misfire.LATEST
    """What happens to planned times that have passed while nothing could run."""
    misfire_window: float = Field(3600, ge=0, le=YEAR)
    """Seconds after which a planned time that has passed does not run any more."""
    start_date: DateText = ""
    """First day or moment, in its zone; empty: at once."""
    end_date: DateText = ""
    """Last day or moment; empty: for ever."""
    jitter: float = Field(0, ge=0, le=3600)
    """Seconds within which each fire is put off, so that not all begin in the same moment."""

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if not self.cron and not self.after:
            raise ValueError(
                f"the schedule {self.name!r} has no time; write cron, such as {EXAMPLE}, or after, "
                "the names of schedules that it runs after"
            )
        if self.cron and self.after:
            raise ValueError(
                f"the schedule {self.name!r} has both cron and after; leave one of them out"
            )
        if self.name in self.after:
            raise ValueError(f"the schedule {self.name!r} cannot run after itself; take it out")
        return self

    @model_validator(mode="after")
    def _dates_are_in_order(self) -> Self:
        for text in (self.start_date, self.end_date):
            if text:
                moment_of(text, "UTC")
        if self.start_date and self.end_date:
            first, last = moment_of(self.start_date, "UTC"), moment_of(self.end_date, "UTC")
            if last < first:
                raise ValueError(
                    f"the schedule {self.name!r} ends ({self.end_date}) before it starts "
                    f"({self.start_date}); exchange them"
                )
        return self

    def schedule(self, default_zone: str) -> Schedule:
        """Return what it means."""
        timezone = self.timezone or default_zone
        submission = {
            "action": self.action,
            "items": self.items or None,
            "data": self.data,
            "lane": self.lane or None,
            "priority": self.priority,
            "retries": self.retries,
            "retry_delay": self.retry_delay,
            "deadline": self.timeout,
        }
        return Schedule(
            name=self.name,
            cron=self.cron,
            timezone=timezone,
            action=self.action,
            mesh_id=self.mesh,
            after=tuple(dict.fromkeys(self.after)),
            is_enabled=self.enabled,
            submission={name: value for name, value in submission.items() if value is not None},
            overlap=self.overlap,
            misfire=self.misfire,
            misfire_window=round(self.misfire_window * 1000),
            start=moment_of(self.start_date, timezone) if self.start_date else None,
            end=moment_of(self.end_date, timezone, is_end=True) if self.end_date else None,
            jitter=round(self.jitter * 1000),
        )


def cycle_in_words(cycle: Sequence[str]) -> str:
    """Return what `cycle_through` has found, for people."""
    return f"it would run after itself: {' after '.join(cycle)}"


def _check_cycles(settings: Settings) -> Iterator[tuple[Location, str]]:
    after = {one.name: one.after for one in settings.each(ScheduleSettings)}
    named: set[str] = set()
    for index, name in enumerate(after):
        cycle = cycle_through(name, lambda one: after.get(one, ()))
        if cycle and name not in named:
            named.update(cycle)
            text = f"the schedule {name}: {cycle_in_words(cycle)}; take one of them out"
            yield ("schedules", index, "after"), text


SECTIONS: Final = MappingProxyType(
    {
        "scheduling": Table(model=SchedulingSettings, position=72),
        "schedules": Tables(
            model=ScheduleSettings, position=74, key="name", one="schedule", check=_check_cycles
        ),
    }
)
