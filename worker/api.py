"""What plug-ins import, and the only thing they import.

    from meshvisor import CommandContext, JoinEvent, command, event

    @command("greet", help="Say hello")
    async def greet(ctx: CommandContext) -> None:
        await ctx.reply(f"Hello {ctx.user_name}!")

    @event("join")
    async def welcome(joined: JoinEvent) -> None:
        await joined.mesh.send(f"Welcome, {joined.user.name}!")

Owns two decorators; everything else here is defined elsewhere and re-exported.  Features add to it
(`plug_in_names`).  Handlers are registered when a plug-in is imported, before workers are
forked: what a plug-in keeps in module variables is copied to every worker and shared with none.

`@command("wipe", admin=True)` is for admins, unless one of them opens it with `?setperm`.

A handler is a coroutine function, or a plain function, which then runs in a thread of its own
and answers by returning a text.  It may fail: that costs a short reply, an `error` report and a
traceback in the log, and nothing else.

| event | class | when |
| --- | --- | --- |
| `connected` | `ConnectedEvent` | the bot has come into the room, also again |
| `disconnected` | `DisconnectedEvent` | the bot has lost or left the room |
| `join` | `JoinEvent` | a user has come into the room |
| `leave` | `LeaveEvent` | a user has left the room |
| `message` | `MessageEvent` | a user has said something, a command or not |
| `command` | `CommandEvent` | a user has used a command, and may |
| `typing` | `TypingEvent` | a user has begun or stopped to write |
| `observed` | `ObservedEvent` | the network tells of something else: a node, a position |
| `delivery` | `DeliveryEvent` | the network tells what became of a message of the bot |
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar

from meshvisor.shared.feature import parts
from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import (
    COMMANDS,
    Command,
    CommandCollisionError,
    CommandHandler,
)
from meshvisor.worker.mesh.events import (
    HANDLERS,
    CommandEvent,
    ConnectedEvent,
    DeliveryEvent,
    DisconnectedEvent,
    EventHandler,
    EventName,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    ObservedEvent,
    Subscription,
    TypingEvent,
)
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.outgoing import OutgoingFullError
from meshvisor.worker.mesh.transport import (
    CannotEditError,
    NoSuchPlaceError,
    NotInMeshError,
    NotSentError,
    User,
)

NotInRoomError = NotInMeshError
"""Its name in plug-ins that were written while rooms were all there was."""

__all__ = [
    "CannotEditError",
    "CommandCollisionError",
    "CommandContext",
    "CommandEvent",
    "ConnectedEvent",
    "DeliveryEvent",
    "DisconnectedEvent",
    "JoinEvent",
    "LeaveEvent",
    "Mesh",
    "MessageEvent",
    "NoSuchPlaceError",
    "NotInMeshError",
    "NotInRoomError",
    "NotSentError",
    "ObservedEvent",
    "OutgoingFullError",
    "TypingEvent",
    "User",
    "command",
    "event",
]

H = TypeVar("H", bound=CommandHandler)
E = TypeVar("E", bound=EventHandler)


def command(
    name: str,
    *,
    help: str = "",  # noqa: A002 - the word that plug-ins use
    admin: bool = False,
) -> Callable[[H], H]:
    """Register the decorated function as a chat command.

    It is called with a `CommandContext`.  A text that it returns is sent as the reply; None says
    nothing.

    Args:
        name: 1 to 32 letters, digits, `_` or `-`; used without regard to case.
        help: one line for `?help`.
        admin: only admins may use it, unless an admin decides otherwise with `?setperm`.

    Raises:
        CommandCollisionError: the name is taken, by a built-in command or another plug-in.
        ValueError: the name is none.
    """

    def register(handler: H) -> H:
        COMMANDS.add(Command(name, handler, help, handler.__module__, admin))
        return handler

    return register


def event(name: EventName) -> Callable[[E], E]:
    """Register the decorated function as a handler of an event; see the table above.

    It is called with the event's class.  Handlers of one event run side by side, in no order.

    Raises:
        ValueError: there is no such event.
    """

    def register(handler: E) -> E:
        HANDLERS.add(Subscription(name, handler, handler.__module__))
        return handler

    return register


@cache
def plug_in_names() -> dict[str, Any]:
    """Return what plug-ins may import from `meshvisor`: these names, and those that features add.

    A feature may put a class that can do more in the place of the kernel's: the later name holds.
    """
    found = {name: globals()[name] for name in __all__}
    for _, module in parts("api"):
        found |= {name: getattr(module, name) for name in module.__all__}
    return found
