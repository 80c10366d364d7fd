"""Doing one thing to several jobs and saying what became of each.

Shared by `jobs pause`, `resume`, `cancel`, `retry` and `recovery`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from meshvisor.features.jobs.requests.limits import MAX_MARKED
from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.human import with_local_times
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import RED, clean, has_colours, paint


def change(invocation: Invocation, kind: str, job_ids: Sequence[int], **arguments: Any) -> int:
    """Do it, show what became of each job and return the exit code."""
    outcomes: list[dict[str, Any]] = []
    for first in range(0, len(job_ids), MAX_MARKED):
        some = job_ids[first : first + MAX_MARKED]
        outcomes += ask(invocation, kind, job_ids=some, **arguments)["jobs"]
    return show(invocation, {"jobs": outcomes})


def change_items(
    invocation: Invocation, kind: str, job_id: int, keys: Sequence[str], **arguments: Any
) -> int:
    """Do it to items of a job, some at a time, show what became of it and return the exit code."""
    outcomes: list[dict[str, Any]] = []
    for first in range(0, len(keys), MAX_MARKED):
        some = keys[first : first + MAX_MARKED]
        if kind == "jobs_retry_items":
            arguments["more"] = first + MAX_MARKED < len(keys)
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
