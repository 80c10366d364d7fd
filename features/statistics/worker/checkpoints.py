"""Letting a job be stopped wherever it would tell of progress."""

from __future__ import annotations

from collections.abc import Callable

from meshvisor.features.jobs.worker.context import JobContext


def checkpoints(job: JobContext) -> Callable[[float, str], None]:
    """Return the callback for progress: a job that has to stop is left there."""

    def pass_one(_percent: float, _task: str) -> None:
        job.checkpoint()

    return pass_one
