"""The commands about jobs: `jobs`, `job`, `pause`, `resume`, `cancel`.

One table and one handler, because the supervisor does what they are about and words the answers.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from meshvisor.features.access.worker.chat import ANSWER_SHARE
from meshvisor.features.jobs.messages.requests import JobRequest, JobResult
from meshvisor.features.jobs.worker.command_context import CommandContext
from meshvisor.worker.json_values import sendable
from meshvisor.worker.mesh.commands.registry import COMMANDS, built_in


class JobCommand(msgspec.Struct, frozen=True):
    """The differences between these commands."""

    name: Literal["jobs", "job", "pause", "resume", "cancel"]
    help: str
    usage: tuple[str, ...] = ("NUMBER",)
    """See `Command.usage`."""
    takes_duration: bool = False
    """Whether one may follow, such as `10m`; its unit tells it from another number."""

    def is_used_well(self, words: Sequence[str]) -> bool:
        """Say whether as many words follow as may."""
        if self.takes_duration and len(words) == 2:
            return words[1][-1:].isalpha()
        return not self.usage or len(words) == 1


TABLE: Final = (
    JobCommand("cancel", "End a job for good"),
    JobCommand("job", "Show one job and what it waits for"),
    JobCommand("jobs", "List the open jobs of this room", ()),
    JobCommand(
        "pause",
        "Let a job wait until it is resumed, or for a while",
        ("NUMBER", "NUMBER 10m"),
        takes_duration=True,
    ),
    JobCommand("resume", "Let a paused or interrupted job go on"),
)
"""Who may do what with a job is for the supervisor to say: its creator may, admin or not."""


async def ask(this: JobCommand, ctx: CommandContext) -> str:
    """Let the supervisor answer."""
    if not this.is_used_well(ctx.args):
        command = COMMANDS.find(this.name)
        assert command is not None
        return command.how(ctx.prefix)
    request = JobRequest(
        mesh_id=ctx.mesh_id,
        command=this.name,
        arguments=tuple(map(sendable, ctx.args)),
        user_id=sendable(ctx.user_id),
        user_name=sendable(ctx.user_name),
        authenticated=ctx.user.authenticated,
        prefix=ctx.prefix,
        message_id=sendable(ctx.message.id),
        is_direct=ctx.is_direct,
    )
    result = await ctx.link.ask(request, JobResult, ANSWER_SHARE * ctx.timeout)
    return result if isinstance(result, str) else result.text


for _command in TABLE:
    built_in(_command.name, _command.help, usage=_command.usage)(functools.partial(ask, _command))
