"""Doing one thing to several jobs and saying what became of each.

Shared by `jobs pause`, `resume`, `cancel`, `retry` and `recovery`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from meshvisor.features.jobs.cli.asking import ask
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.human import with_local_times
from meshvisor.supervisor.cli.terminal import RED, clean, has_colours, paint

AT_ONCE: Final = 1000
"""Jobs or items in one request, `features.jobs.requests.models.MAX_LISTED` and `MAX_MARKED`."""


def change(invocation: Invocation, kind: str, job_ids: Sequence[int], **arguments: Any) -> int:
    """Do it, show what became of each job and return the exit code."""
    outcomes: list[dict[str, Any]] = []
    for first in range(0, len(job_ids), AT_ONCE):
        some = job_ids[first : first + AT_ONCE]
        outcomes += ask(invocation, kind, job_ids=some, **arguments)["jobs"]
    return show(invocation, {"jobs": outcomes})


def change_items(
    invocation: Invocation, kind: str, job_id: int, keys: Sequence[str], **arguments: Any
) -> int:
    """Do it to items of a job, some at a time, show what became of it and return the exit code."""
    outcomes: list[dict[str, Any]] = []
    for first in range(0, len(keys), AT_ONCE):
        some = keys[first : first + AT_ONCE]
        if kind == "jobs_retry_items":
            arguments["more"] = first + AT_ONCE < len(keys)
        outcomes += ask(invocation, kind, job_id=job_id, keys=some, **arguments)["jobs"]
        if not outcomes[-1]["ok"]:
            break
    return show(invocation, {"jobs": outcomes})


def show(invocation: Invocation, result: dict[str, Any]) -> int:
    """Show what became of each job and return the exit code: 1 when any could not be changed."""
    invocation.show(result, _view)
    return 0 if all(job["ok"] for job in result["jobs"]) else MeshvisorError.exit_code


def _view(result: dict[str, Any]) -> str:
    colours = has_colours()
    said = [(with_local_times(clean(job["text"])), job["ok"]) for job in result["jobs"]]
    return "\n".join(text if ok else paint(text, RED, colours) for text, ok in said)
