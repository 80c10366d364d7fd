"""What the control socket can ask of schedules: `schedules_list`, `schedules_add`."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AwareDatetime, BeforeValidator, Field

from meshvisor.features.schedules.results import (
    ScheduleCleanup,
    ScheduleHistory,
    ScheduleList,
    ScheduleMeaning,
    ScheduleRemoved,
    ScheduleReport,
    ScheduleStarted,
    ScheduleStats,
    ScheduleStopped,
    ScheduleTimes,
)
from meshvisor.features.schedules.settings import check_name
from meshvisor.features.schedules.supervisor.service import MOST_LISTED, ScheduleService
from meshvisor.shared.control.request import LongRequest, Request
from meshvisor.supervisor.control.handling import Call, Handler, handles

MAX_LISTED: Final = 1000
"""Runs in one answer."""

MAX_UPCOMING: Final = 100

MAX_MARKED: Final = 60
"""Runs of each schedule in a list of them."""

MOST_RATED: Final = 100
"""Schedules in one answer about how they have run: one that fires each minute has 43,000 rows."""

Name = Annotated[str, BeforeValidator(lambda value: check_name(str(value)))]


class ListSchedules(LongRequest):
    """Schedules by name."""

    type: Literal["schedules_list"] = "schedules_list"
    after: str = ""
    """The last name of the page before; empty: the first page."""
    limit: int = Field(MOST_LISTED, ge=1, le=MOST_LISTED)
    runs: int = Field(0, ge=0, le=MAX_MARKED)
    """Of each, how many of its last runs are given in short; 0: none."""


@handles(ListSchedules, offline=True)
async def list_schedules(request: ListSchedules, call: Call) -> ScheduleList:
    """Return one page."""
    return await call.need(ScheduleService).list_schedules(
        request.after, request.limit, request.runs
    )


class ShowSchedule(Request):
    """All about one."""

    type: Literal["schedules_show"] = "schedules_show"
    name: Name


@handles(ShowSchedule, offline=True)
async def show_schedule(request: ShowSchedule, call: Call) -> ScheduleReport:
    """Return it."""
    return await call.need(ScheduleService).show(request.name)


class AddSchedule(Request):
    """Make a schedule."""

    type: Literal["schedules_add"] = "schedules_add"
    definition: dict[str, Any]
    """Settings as of `[[schedules]]`; checked by the service, which says what is wrong."""


@handles(AddSchedule, offline=True)
async def add_schedule(request: AddSchedule, call: Call) -> ScheduleReport:
    """Make it."""
    return await call.need(ScheduleService).add(request.definition, call.actor)


class CheckSchedule(Request):
    """Say what a definition would mean; nothing is saved."""

    type: Literal["schedules_check"] = "schedules_check"
    definition: dict[str, Any]
    """Settings as of `[[schedules]]`; `name` and `action` may be missing."""


@handles(CheckSchedule, offline=True)
async def check_schedule(request: CheckSchedule, call: Call) -> ScheduleMeaning:
    """Return it."""
    return call.need(ScheduleService).check(request.definition)


class EditSchedule(Request):
    """Change settings of a schedule."""

    type: Literal["schedules_edit"] = "schedules_edit"
    name: Name
    changes: dict[str, Any]
    """New values; null: as the settings file says, or the default."""


@handles(EditSchedule, offline=True)
async def edit_schedule(request: EditSchedule, call: Call) -> ScheduleReport:
    """Change them."""
    return await call.need(ScheduleService).edit(request.name, request.changes, call.actor)


class EnableSchedule(Request):
    """Have a schedule fire, or not."""

    type: Literal["schedules_enable"] = "schedules_enable"
    name: Name
    enabled: bool


@handles(EnableSchedule, offline=True)
async def enable_schedule(request: EnableSchedule, call: Call) -> ScheduleReport:
    """Have it so."""
    return await call.need(ScheduleService).enable(
        request.name, call.actor, enabled=request.enabled
    )


class RemoveSchedule(Request):
    """Remove a schedule, or what was changed of one in the settings."""

    type: Literal["schedules_remove"] = "schedules_remove"
    name: Name


@handles(RemoveSchedule, offline=True)
async def remove_schedule(request: RemoveSchedule, call: Call) -> ScheduleRemoved:
    """Remove it."""
    return await call.need(ScheduleService).remove(request.name, call.actor)


class StartSchedule(Request):
    """Run a schedule now."""

    type: Literal["schedules_start"] = "schedules_start"
    name: Name
    dry_run: bool = False
    """Whether its action says what it would do, and does nothing."""


@handles(StartSchedule, offline=True)
async def start_schedule(request: StartSchedule, call: Call) -> ScheduleStarted:
    """Enqueue its job."""
    return await call.need(ScheduleService).start(request.name, call.actor, dry_run=request.dry_run)


class StopSchedule(Request):
    """Cancel what runs of a schedule, and skip what waits."""

    type: Literal["schedules_stop"] = "schedules_stop"
    name: Name


@handles(StopSchedule, offline=True)
async def stop_schedule(request: StopSchedule, call: Call) -> ScheduleStopped:
    """Cancel it."""
    return await call.need(ScheduleService).stop(request.name, call.actor)


class RestartSchedule(Request):
    """Stop what runs of a schedule, and run it anew."""

    type: Literal["schedules_restart"] = "schedules_restart"
    name: Name


@handles(RestartSchedule, offline=True)
async def restart_schedule(request: RestartSchedule, call: Call) -> ScheduleStarted:
    """Do both."""
    return await call.need(ScheduleService).restart(request.name, call.actor)


class GetHistory(LongRequest):
    """What became of planned times, newest first."""

    type: Literal["schedules_history"] = "schedules_history"
    name: Name
    before: AwareDatetime | None = None
    """The last planned time of the page before; null: the first page."""
    limit: int = Field(50, ge=1, le=MAX_LISTED)


@handles(GetHistory, offline=True)
async def get_history(request: GetHistory, call: Call) -> ScheduleHistory:
    """Return one page."""
    before: datetime | None = request.before
    return await call.need(ScheduleService).history(request.name, before, request.limit)


class GetUpcoming(Request):
    """The next planned times of a schedule."""

    type: Literal["schedules_next"] = "schedules_next"
    name: Name
    count: int = Field(5, ge=1, le=MAX_UPCOMING)


@handles(GetUpcoming, offline=True)
async def get_upcoming(request: GetUpcoming, call: Call) -> ScheduleTimes:
    """Return them, also of one that is disabled."""
    return await call.need(ScheduleService).upcoming(request.name, request.count)


class GetStats(LongRequest):
    """How schedules have run."""

    type: Literal["schedules_stats"] = "schedules_stats"
    name: Name | None = None
    """Null: all, by name."""
    days: float = Field(30, gt=0, le=3650)
    after: str = ""
    """The last name of the page before; empty: the first page."""
    limit: int = Field(MOST_RATED, ge=1, le=MOST_RATED)


@handles(GetStats, offline=True)
async def get_stats(request: GetStats, call: Call) -> ScheduleStats:
    """Return one page."""
    service = call.need(ScheduleService)
    return await service.stats(request.days, request.name, request.after, request.limit)


class CleanUp(LongRequest):
    """Remove what became of planned times long ago."""

    type: Literal["schedules_cleanup"] = "schedules_cleanup"
    older_than: float | None = Field(None, ge=0)
    """Seconds; null: as the settings say, 30 days where they say for ever."""
    name: Name | None = None
    """Null: of all schedules."""


@handles(CleanUp, offline=True)
async def clean_up(request: CleanUp, call: Call) -> ScheduleCleanup:
    """Remove it."""
    service = call.need(ScheduleService)
    return await service.clean_up(request.older_than, request.name, call.actor)


HANDLERS: Final[tuple[Handler, ...]] = (
    list_schedules,
    show_schedule,
    add_schedule,
    check_schedule,
    edit_schedule,
    enable_schedule,
    remove_schedule,
    start_schedule,
    stop_schedule,
    restart_schedule,
    get_history,
    get_upcoming,
    get_stats,
    clean_up,
)
