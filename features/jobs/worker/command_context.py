"""What a command handler is given where there are jobs: it can submit some.

Owns how a command asks for a job.  Does not own what is asked for (`submitting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.worker.submitting import (
    SubmitError,
    Submitted,
    in_pieces,
    new_token,
    submission,
)
from meshvisor.shared.protocol.frames import FrameTooLongError
from meshvisor.worker.json_values import sendable
from meshvisor.worker.mesh.commands import context

SUBMIT_SHARE: Final = 0.9
"""Part of a command's time that the supervisor has for its answer; the rest is for saying that it
has given none."""


@dataclass(frozen=True, slots=True)
class CommandContext(context.CommandContext):
    """One use of a command."""

    async def submit(
        self,
        action: str,
        items: Iterable[str] | None = None,
        *,
        data: Mapping[str, Any] | None = None,
        priority: int | str | None = None,
        lane: str | None = None,
        key: str | None = None,
        **options: Any,
    ) -> Submitted:
        """Enqueue a job for this room; how it goes is said here (docs/jobs.md).

        Args:
            action: what it does.
            items: keys; None: it has no items.
            data: handed to the action.
            priority: 1 to 5, or its name; None: the action's.
            lane: None: the action's.
            key: idempotency key: a second job with it is the first one.
            options: `target` (to what, or on whose behalf, it is done, such as an alliance),
                `retries`, `retry_delay`, `rate_limit_delay`, `wait_timeout` and `deadline`; each
                of these that is left out, or None: the action's.

        Raises:
            SubmitError: there is no new job, because it cannot be or because who used the command
                is no admin.  Handlers need not catch it: its sentence is the reply then.
        """
        wanted = submission(
            action, items, data=data, priority=priority, lane=lane, key=key, **options
        )
        wanted, pieces = in_pieces(wanted)
        token = new_token() if pieces else None
        for keys in pieces:
            await self._ask_for_job("stage", arguments=keys, staged=token)
        result = await self._ask_for_job("submit", submission=wanted, staged=token)
        if result.job_id is None:
            raise SubmitError(result.text)
        return Submitted(
            result.job_id,
            result.text,
            result.position,
            result.duplicate,
            tuple(result.differs or ()),
        )

    async def _ask_for_job(self, command: Literal["stage", "submit"], **fields: Any) -> JobResult:
        request = JobRequest(
            mesh_id=self.mesh_id,
            command=command,
            user_id=sendable(self.user_id),
            user_name=sendable(self.user_name),
            authenticated=self.user.authenticated,
            prefix=self.prefix,
            message_id=sendable(self.message.id),
            place=sendable(self.place) or None,
            is_direct=self.is_direct,
            **fields,
        )
        try:
            result = await self.link.ask(request, JobResult, SUBMIT_SHARE * self.timeout)
        except FrameTooLongError:
            raise SubmitError("This is too much for one command; use less.") from None
        if isinstance(result, str) or not result.ok:
            raise SubmitError(result if isinstance(result, str) else result.text)
        return result


context.use(CommandContext)
