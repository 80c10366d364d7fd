"""Which commands exist.

Owns names and handlers.  The registry is state of the module on purpose: plug-ins are loaded
before workers are forked, and every fork inherits it.  Names are compared without case.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from meshvisor.shared.model.command_name import check_command_name
from meshvisor.shared.near_names import near_names
from meshvisor.shared.protocol.fields import one_line

BUILT_IN: Final = "built in"

ALWAYS_ADMIN: Final[set[str]] = set()
"""Keys of commands that only admins may ever use; features add theirs before they register them."""

SUMMARY: Final = 200
"""Characters of a command's summary outside its room: a worker reports all at once, in one message
of at most 1 MiB."""

CommandHandler = Callable[[Any], Awaitable[str | None] | str | None]
"""Takes a `CommandContext`.  A returned text is sent as the reply."""


class CommandCollisionError(ValueError):
    """Two handlers want the same name; the author of the second one picks another."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command."""

    name: str
    handler: CommandHandler
    help: str
    """One line for `help`; may be empty."""
    source: str
    """The module that registered it, or `BUILT_IN`."""
    admin: bool = False
    """Whether only admins may use it unless the table of permissions says otherwise."""
    usage: tuple[str, ...] = ()
    """What may follow the name, one text for each way to use it; empty: nothing has to."""
    asynchronous: bool = field(init=False)
    """Whether the handler is a coroutine function; others run in a thread."""
    key: str = field(init=False)
    """The name as tables have it: compared without case."""
    always_requires_admin: bool = field(init=False)
    """Whether only admins may use it whatever the table says."""

    def __post_init__(self) -> None:
        check_command_name(self.name)
        check_help(self.name, self.help)
        # Worked out once: they are asked for with every use of a command.
        key = self.name.casefold()
        object.__setattr__(self, "asynchronous", inspect.iscoroutinefunction(self.handler))
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "always_requires_admin", key in ALWAYS_ADMIN)

    def how(self, prefix: str) -> str:
        """Return how it is used, such as `Use: ?setperm COMMAND admin|user`."""
        ways = [f"{prefix}{self.name} {arguments}".rstrip() for arguments in self.usage or ("",)]
        return f"Use: {' or '.join(ways)}"


def check_help(name: str, text: object) -> None:
    """Refuse what every worker would fail to tell the supervisor.

    Raises:
        ValueError: it is no text that can be sent; the message is one sentence.
    """
    try:
        if isinstance(text, str):
            text.encode()
            return
    except UnicodeEncodeError:
        pass
    raise ValueError(f"the help of the command {name!r} is {text!r:.40}, which is no text")


class CommandRegistry:
    """Commands by name."""

    def __init__(self) -> None:
        self._commands: dict[str, Command] = {}

    def add(self, command: Command) -> None:
        """Register a command.

        Raises:
            CommandCollisionError: the name is taken.
        """
        taken = self._commands.get(command.key)
        if taken is not None:
            raise CommandCollisionError(
                f"the command {command.name!r} is already there ({taken.source}); "
                "choose another name"
            )
        self._commands[command.key] = command

    def find(self, name: str) -> Command | None:
        """Return the command with this name in any case, or None."""
        return self._commands.get(name.casefold())

    def unknown(self, prefix: str, name: str, usable: Callable[[Command], bool]) -> str:
        """Return the sentence about a command that does not exist.

        Args:
            prefix: what commands begin with.
            name: what was written.
            usable: which commands may be suggested to the user.
        """
        known = [command.key for command in self if usable(command)]
        close = near_names(name.casefold(), known)
        if close:
            hint = f"Did you mean {prefix}{self._commands[close[0]].name}?"
        else:
            hint = f"{prefix}help lists what I know."
        return f"I do not know {prefix}{one_line(name[:32])}. {hint}"

    def __iter__(self) -> Iterator[Command]:
        """Go through all commands in alphabetical order."""
        return iter([command for _, command in sorted(self._commands.items())])

    @property
    def summaries(self) -> dict[str, str]:
        """What commands say of themselves, by name, in one line; those that say nothing are left
        out.
        """
        summaries = {command.name: one_line(command.help[:SUMMARY]) for command in self}
        return {name: summary for name, summary in summaries.items() if summary}

    @property
    def names(self) -> tuple[str, ...]:
        """All names in alphabetical order."""
        return tuple(command.name for command in self)

    def snapshot(self) -> dict[str, Command]:
        """Return the present state for `restore`."""
        return dict(self._commands)

    def restore(self, state: dict[str, Command]) -> None:
        """Go back to a state that `snapshot` returned."""
        self._commands = dict(state)


COMMANDS: Final = CommandRegistry()


def built_in(
    name: str, help_line: str, *, admin: bool = False, usage: tuple[str, ...] = ()
) -> Callable[[CommandHandler], CommandHandler]:
    """Register the decorated function as a command that is always there."""

    def register(handler: CommandHandler) -> CommandHandler:
        COMMANDS.add(Command(name, handler, help_line, BUILT_IN, admin, usage))
        return handler

    return register
