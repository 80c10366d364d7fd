"""What plug-ins import, and the only thing they import.

    from meshvisor import (CommandContext, JobContext, JoinEvent, action, command, event)

    @command("greet", help="Say hello")
    async def greet(ctx: CommandContext) -> None:
        await ctx.reply(f"Hello {ctx.user_name}!")

    @event("join")
    async def welcome(joined: JoinEvent) -> None:
        await joined.mesh.send(f"Welcome, {joined.user.name}!")

Owns the three decorators; everything else here is defined elsewhere and re-exported.  Handlers are
registered when a plug-in is imported, before workers are forked: what a plug-in keeps in module
variables is copied to every worker and shared with none.

    @action("addplayer", priority=2, lane="game-api")
    async def add_player(job: JobContext) -> None:
        async for item in job.items():
            await item.done(await fetch(item.key))

`@command("wipe", admin=True)` is for admins, unless one of them opens it with `?setperm`.

A handler is a coroutine function, or a plain function, which then runs in a thread of its own
and answers by returning a text.  It may fail: that costs a short reply, an `error` report and a
traceback in the log, and nothing else.

| event | class | when |
| --- | --- | --- |
| `connected` | `ConnectedEvent` | the bot has come into the room, also again |
| `disconnected` | `DisconnectedEvent` | the bot has lost or left the room |
| `join` | `JoinEvent` | somebody has come into the room |
| `leave` | `LeaveEvent` | somebody has left the room |
| `message` | `MessageEvent` | somebody else has said something, a command or not |
| `typing` | `TypingEvent` | somebody has begun or stopped to write |
"""

from __future__ import annotations

from collections.abc import Callable
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
from meshvisor.features.jobs.worker.context import JobContext, JobError, NotSaidError
from meshvisor.features.jobs.worker.items import JobItem, OutcomeError
from meshvisor.features.jobs.worker.submitting import SubmitError, Submitted
from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.registry import (
    COMMANDS,
    Command,
    CommandCollisionError,
    CommandHandler,
)
from meshvisor.worker.mesh.events import (
    HANDLERS,
    ConnectedEvent,
    DisconnectedEvent,
    EventHandler,
    EventName,
    JoinEvent,
    LeaveEvent,
    MessageEvent,
    Subscription,
    TypingEvent,
)
from meshvisor.worker.mesh.mesh import Mesh
from meshvisor.worker.mesh.transports.base import NotInRoomError, User

__all__ = [
    "ActionCollisionError",
    "CommandCollisionError",
    "CommandContext",
    "ConnectedEvent",
    "DisconnectedEvent",
    "GiveUp",
    "JobContext",
    "JobError",
    "JobItem",
    "JoinEvent",
    "LeaveEvent",
    "Mesh",
    "MessageEvent",
    "NotInRoomError",
    "NotSaidError",
    "OutcomeError",
    "RateLimited",
    "SubmitError",
    "Submitted",
    "TypingEvent",
    "User",
    "action",
    "command",
    "event",
]

H = TypeVar("H", bound=CommandHandler)
E = TypeVar("E", bound=EventHandler)
A = TypeVar("A", bound=ActionFunction)


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
        admin: only admins may use it, unless somebody decides otherwise with `?setperm`.

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
            source=function.__module__,
        )
        ACTIONS.add(Action(spec, function))
        return function

    return register
