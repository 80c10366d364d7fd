"""What a command handler is given.

Owns nothing but convenience: everything is in the event, the invocation and the mesh.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.parser import Invocation
from meshvisor.worker.mesh.commands.registry import Command
from meshvisor.worker.mesh.events import MessageEvent
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.transport import User
from meshvisor.worker.mesh.waiting import Urgency


@dataclass(frozen=True, slots=True)
class CommandContext:
    """One use of a command; features may extend it (`use`)."""

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
        return self.access.is_admin(self.user)

    def may_use(self, command: Command) -> bool:
        """Say whether the user of this command may use another one."""
        return self.access.allows(command, self.user)

    @property
    def place(self) -> str:
        """Where the command was used: a channel, a thread, a user's direct messages; empty: the
        mesh's own room.
        """
        return self.message.place

    @property
    def is_direct(self) -> bool:
        """Whether the command was said to the bot alone."""
        return self.message.is_direct

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

    async def reply(self, text: str) -> tuple[str, ...]:
        """Answer the message; long texts are split.

        Returns:
            The ids of the messages; see `Mesh.send`.

        Raises:
            NotInMeshError: the bot has lost the room meanwhile, or too much waits to be said there.
                Handlers need not catch it.
        """
        return await self.message.reply(text)

    async def send(self, text: str) -> tuple[str, ...]:
        """Say something in the same place that is no answer; otherwise like `reply`."""
        return await self.mesh.say(text, Urgency.ANSWER, self.place)

    # Signs of life

    def typing(self) -> AbstractAsyncContextManager[None]:
        """Show that the bot is writing: `async with ctx.typing(): …`."""
        return self.mesh.typing(self.place)


class CommandError(Exception):
    """A command cannot be done; the text is one sentence for who used it.

    Handlers need not catch it: its text is the reply then.
    """


def use(kind: type[CommandContext]) -> None:
    """Have handlers given another context from now on, one that can do more.

    Called by features when they are loaded.

    Raises:
        TypeError: it does not extend the one that is used already.
    """
    global _kind  # noqa: PLW0603 - like the registry of commands, it is inherited by every fork
    if not issubclass(kind, _kind):
        raise TypeError(f"{kind.__name__} does not extend {_kind.__module__}.{_kind.__name__}")
    _kind = kind


def kind_in_use() -> type[CommandContext]:
    """Return the class of what handlers are given."""
    return _kind


# Private

_kind: type[CommandContext] = CommandContext
