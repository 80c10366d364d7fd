"""What jobs add to the API of plug-ins: actions, and submitting jobs from commands.

Owns the decorator; everything else here is defined elsewhere and re-exported.  Plug-ins import all
of it from `meshvisor`.

    @action("addplayer", priority=2, lane="game-api")
    async def add_player(job: JobContext) -> None:
        async for item in job.items():
            await item.done(await fetch(item.key))
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TypeVar

from meshvisor.features.jobs.model.action import DEFAULT_ITEM_TIMEOUT, ActionSpec
from meshvisor.features.jobs.model.job import DEFAULT_LANE, read_priority
from meshvisor.features.jobs.worker.actions import (
    ACTIONS,
    Action,
    ActionCollisionError,
    ActionFunction,
)
from meshvisor.features.jobs.worker.cancellation import GiveUp, RateLimited
from meshvisor.features.jobs.worker.command_context import CommandContext
from meshvisor.features.jobs.worker.context import JobContext, JobError, NotSaidError
from meshvisor.features.jobs.worker.items import JobItem, OutcomeError
from meshvisor.features.jobs.worker.submitting import SubmitError, Submitted
from meshvisor.shared.inputs import Input, InputType, read_inputs

__all__ = [
    "ActionCollisionError",
    "CommandContext",
    "GiveUp",
    "Input",
    "JobContext",
    "JobError",
    "JobItem",
    "NotSaidError",
    "OutcomeError",
    "RateLimited",
    "SubmitError",
    "Submitted",
    "action",
]

A = TypeVar("A", bound=ActionFunction)


def action(  # noqa: PLR0913 - each stands for itself, and people write them by name
    name: str,
    *,
    priority: int | str | None = None,
    lane: str = DEFAULT_LANE,
    retries: int | None = None,
    retry_delay: float | None = None,
    timeout: float | None = None,
    item_timeout: float = DEFAULT_ITEM_TIMEOUT,
    rate_limit: str | None = None,
    rate_limit_delay: float | None = None,
    wait_timeout: float | None = None,
    deadline: float | None = None,
    needs_mesh: bool = True,
    dry_run: bool = False,
    description: str | None = None,
    items: str | None = None,
    inputs: Mapping[str, Input | InputType] | None = None,
) -> Callable[[A], A]:
    """Register the decorated function as an action that jobs can do (docs/jobs.md).

    It is called with a `JobContext`, in a runner process.  A plain function runs in a thread.

    Args:
        name: 1 to 64 small letters, digits, `_`, `.` or `-`.
        priority: 1 (most urgent) to 5, or its name, such as `refresh`; None: the default of the
            action's name.
        lane: jobs of one lane run one after another, unless the settings say otherwise.
        retries: tries after one that failed; 0: none; None: the setting `jobs.retry_limit`.
        retry_delay: seconds before the second try; each further one waits twice as long; None: the
            setting.
        timeout: seconds for one try; None: no limit.
        item_timeout: seconds for one item.
        rate_limit: actions with the same one wait together after a rate limit; None: its name.
        rate_limit_delay: seconds to wait where a service does not say how long; None: the setting.
        wait_timeout: seconds that a job may wait at a stretch before it fails; None: the setting.
        deadline: seconds from its submission within which a job has to end; None: the setting.
        needs_mesh: whether its jobs are about a mesh; otherwise they may be about none, and
            `job.mesh_id` is `-` then.
        dry_run: whether it looks at `job.dry_run`; others refuse such jobs.
        description: what it does, in one sentence for people; None: the first line of the
            function's docstring.
        items: what its items are, in a few words for people, such as "numbers of players"; empty:
            it takes none; None: it does not say.
        inputs: what its jobs may be given as `job.data`: an `Input` by each name, or its type
            alone, such as `{"code": {"type": "text", "required": True}, "hours": "number"}`.  What
            does not fit is refused, and defaults are filled in, when a job is submitted; `{}`: it
            takes nothing; None: it does not say, and takes anything.

    Raises:
        ActionCollisionError: the name is taken.
        ValueError: one of the values cannot be, or the function does not take one argument.
    """

    def register(function: A) -> A:
        spec = ActionSpec(
            name=name,
            priority=0 if priority is None else read_priority(priority),
            lane=lane,
            retries=retries,
            retry_delay=retry_delay,
            timeout=timeout,
            item_timeout=item_timeout,
            rate_limit=rate_limit or "",
            rate_limit_delay=rate_limit_delay,
            wait_timeout=wait_timeout,
            deadline=deadline,
            needs_mesh=needs_mesh,
            dry_run=dry_run,
            description=_first_line(function) if description is None else description,
            items=items,
            inputs=None if inputs is None else read_inputs(inputs),
            source=function.__module__,
        )
        ACTIONS.add(Action(spec, function))
        return function

    return register


# Private


def _first_line(function: ActionFunction) -> str:
    return (inspect.getdoc(function) or "").partition("\n")[0]
