"""`[jobs]` and `[[lanes]]`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from meshvisor.features.jobs.model.job import check_lane
from meshvisor.shared.settings.section import Section, Table, Tables

LaneName = Annotated[str, AfterValidator(check_lane), Field(examples=["game-api"])]


class JobSettings(Section):
    """`[jobs]`: durable background work."""

    auto_resume_after: float = Field(300, ge=0, le=7 * 86_400)
    """Seconds that a job which was interrupted by a crash waits for the answer of a user."""
    ageing: float = Field(600, ge=0, le=30 * 86_400)
    """Seconds of waiting that make a job as urgent as the next higher priority; 0: never."""
    cleanup_after: float = Field(86_400, ge=0, le=3650 * 86_400)
    """Seconds that jobs are kept after they have ended; 0: for ever."""
    archive_after: float = Field(365 * 86_400, ge=0, le=3650 * 86_400)
    """Seconds after their end from which on the cleanup archives jobs that are kept so long; 0:
    never."""
    stop_timeout: float = Field(10, gt=0, le=600)
    """Seconds that the item which runs has to end when its job is cancelled or everything stops."""
    runner_idle_after: float = Field(600, ge=1, le=86_400)
    """Seconds without a job after which a lane's runner process ends."""
    runner_memory_limit_mb: int = Field(512, ge=0)
    """Private memory of a runner beyond what it is born with; 0: no limit."""
    runner_max_jobs: int = Field(10_000, ge=0)
    """Jobs after which a lane's runner is replaced by a fresh one, between two jobs; 0: never."""
    progress_interval: float = Field(30, ge=1, le=3600)
    """Seconds at least between two reports of a job's progress in a chat, beside its quarters."""
    stuck_after: float = Field(900, ge=0, le=30 * 86_400)
    """Seconds that a job may run without an outcome or a checkpoint unnoticed; 0: for ever."""
    retry_limit: int = Field(3, ge=0, le=1000)
    """Attempts after one that failed, where neither action nor submission says how many."""
    retry_delay: float = Field(3, ge=0, le=3600)
    """Seconds before the second attempt, likewise; each further one waits twice as long."""
    rate_limit_delay: float = Field(60, ge=0, le=7 * 86_400)
    """Seconds to wait where a service limits requests and does not say for how long, likewise."""
    wait_timeout: float = Field(0, ge=0, le=365 * 86_400)
    """Seconds that a job may wait at a stretch before it fails, likewise; 0: no limit."""
    deadline: float = Field(0, ge=0, le=365 * 86_400)
    """Seconds from its submission within which a job has to end, likewise; 0: no limit."""


class LaneSettings(Section):
    """One `[[lanes]]` entry: a lane with other values than the usual ones."""

    name: LaneName
    concurrency: int = Field(1, ge=1, le=1000)
    """Jobs that run in it at the same time."""


SECTIONS: Final = MappingProxyType(
    {
        "jobs": Table(model=JobSettings, position=60),
        "lanes": Tables(model=LaneSettings, position=70, key="name", one="lane"),
    }
)
