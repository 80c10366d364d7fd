"""`jobs_submit`: a new job."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json

from meshvisor.features.jobs.requests.api import JobsApi
from meshvisor.features.jobs.requests.models import SubmitJob
from meshvisor.features.jobs.results import SubmittedJob
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.audit.log import Actor


async def handle(request: SubmitJob, jobs: JobsApi, actor: Actor) -> SubmittedJob:
    """Enqueue it; under a key that is known the job that is there already is the answer."""
    _check_data(request.submission.data)
    return await jobs.submit(
        request.mesh_id, request.submission, actor, request.staged, request.created_by
    )


def _check_data(data: Mapping[str, Any]) -> None:
    """Refuse what a request may say but a runner could not be told.

    Python reads escapes of half a character, NaN and a thousand brackets in a row; the channel to
    a runner takes none of them.
    """
    try:
        # Within the frame of a start the data is a few brackets further in.
        from_json(to_json([[[[data]]]]), allow_inf_nan=False)
    except ValueError:
        raise UsageError(
            "the data of the job is no JSON that an action could be given: it has half a "
            "character, NaN, Infinity or too many brackets within each other"
        ) from None
