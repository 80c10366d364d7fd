"""What a command handler is given.

Owns nothing but convenience: everything is in the event, the invocation and the mesh.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
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
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.parser import Invocation
from meshvisor.worker.mesh.commands.registry import Command
from meshvisor.worker.mesh.events import MessageEvent
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.transports.base import User

SUBMIT_SHARE: Final = 0.9
"""Part of a command's time that the supervisor has for its answer; the rest is for saying that it
has given none."""


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One use of a command."""

    command: str
    """The command's name as it was registered."""
    invocation: Invocation
    """What was written: prefix, name, arguments."""
    message: MessageEvent
    """The chat message."""
    access: CommandAccess = field(repr=False)
    """Who may use what; for built-in commands, plug-ins have `is_admin`."""
    link: Link = field(repr=False)
    """To the supervisor; for built-in commands."""
    timeout: float
    """Seconds after which the handler is stopped, counted from its start."""

    # Who and where

    @property
    def mesh(self) -> Mesh:
        """The mesh: its users, and a way to say more than a reply."""
        return self.message.mesh

    @property
    def mesh_id(self) -> str:
        """Id of the mesh."""
        return self.message.mesh.id

    @property
    def user(self) -> User:
        """Who used the command."""
        return self.message.user

    @property
    def user_id(self) -> str:
        """Id of who used the command."""
        return self.message.user.id

    @property
    def user_name(self) -> str:
        """Name of who used the command; the id where the mesh tells no name."""
        return self.message.user.name

    @property
    def is_admin(self) -> bool:
        """Whether who used the command is an admin at this moment."""
        return self.access.is_admin(self.user_id)

    def may_use(self, command: Command) -> bool:
        """Say whether who used this command may use another one."""
        return self.access.allows(command, self.user_id)

    # What was said

    @property
    def text(self) -> str:
        """The whole chat message."""
        return self.message.text

    @property
    def prefix(self) -> str:
        """The prefix that was used, such as `?`."""
        return self.invocation.prefix

    @property
    def args(self) -> tuple[str, ...]:
        """The arguments; what was in quotes is one."""
        return self.invocation.args

    @property
    def argument_text(self) -> str:
        """Everything after the command's name, as it was written."""
        return self.invocation.argument_text

    @property
    def mentions(self) -> tuple[User, ...]:
        """Users that the message mentions."""
        return self.message.mentions

    # Answers

    async def reply(self, text: str) -> None:
        """Answer the message; long texts are split.

        Raises:
            NotInRoomError: the bot has lost the room meanwhile.  Handlers need not catch it.
        """
        await self.message.reply(text)

    async def send(self, text: str) -> None:
        """Say something that is no answer; otherwise like `reply`."""
        await self.mesh.send(text)

    # Jobs

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
        """Enqueue a job for this room; how it goes is told here (docs/jobs.md).

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
            prefix=self.prefix,
            message_id=sendable(self.message.id),
            **fields,
        )
        try:
            result = await self.link.ask_about_jobs(request, SUBMIT_SHARE * self.timeout)
        except FrameTooLongError:
            raise SubmitError("This is too much for one command; use less.") from None
        if isinstance(result, str) or not result.ok:
            raise SubmitError(result if isinstance(result, str) else result.text)
        return result

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that the bot is writing: `async with ctx.typing(): …`."""
        return self.mesh.typing()
