"""Fields that several requests about jobs have."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from pydantic import BeforeValidator, Field

from meshvisor.features.jobs.model.job import (
    MAX_ERROR,
    MAX_KEY,
    check_action_name,
    check_job_mesh,
    check_lane,
    read_priority,
)
from meshvisor.features.jobs.requests.limits import MAX_LISTED, MAX_MARKED


def _checked(check: Callable[[str], str]) -> BeforeValidator:
    return BeforeValidator(lambda value: check(str(value)))


JobMesh = Annotated[str, BeforeValidator(check_job_mesh)]
ActionName = Annotated[str, _checked(check_action_name)]
LaneName = Annotated[str, _checked(check_lane)]
Priority = Annotated[int, BeforeValidator(read_priority)]
JobId = Annotated[int, Field(ge=1, le=2**53)]
JobIds = Annotated[tuple[JobId, ...], Field(min_length=1, max_length=MAX_LISTED)]
ItemKeys = Annotated[tuple[str, ...], Field(min_length=1, max_length=MAX_MARKED)]
Reason = Annotated[str, Field(min_length=1, max_length=MAX_ERROR)]
HoldName = Annotated[str, Field(max_length=MAX_KEY)]
