"""Where the routes of jobs are, and the parameters that several have."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from pydantic import Field

from meshvisor.console.fields import Body
from meshvisor.console.routing import FeatureRoutes
from meshvisor.features.jobs.requests.limits import MAX_LISTED

ROUTES: Final = FeatureRoutes("jobs", about="Durable work: submitting, watching and deciding.")

LARGEST_ID: Final = 2**53

JobNumber = Annotated[int, Path(ge=1, le=LARGEST_ID, examples=[42])]

JobNumbers = Annotated[
    list[Annotated[int, Field(ge=1, le=LARGEST_ID)]],
    Field(min_length=1, max_length=MAX_LISTED, examples=[[42, 43]]),
]


class SomeJobs(Body):
    """Jobs that something is decided about."""

    job_ids: JobNumbers
