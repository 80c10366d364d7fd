"""From a chat message to a command that runs, within all limits.

Steps for each message: is it a command at all; are commands answered where it was said; has its
user waited long enough; does the command exist; may the user use it; is there room for one more;
wait for a slot; may the user still use it; run it; say what came of it.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from meshvisor.worker.logs.bound import bound_log, notable
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.asked import AskedMessage
from meshvisor.worker.mesh.commands.concurrency import MAX_OF_ONE_USER, Admission, Slots
from meshvisor.worker.mesh.commands.context import CommandContext, CommandError, kind_in_use
from meshvisor.worker.mesh.commands.cooldown import Cooldown, Verdict
from meshvisor.worker.mesh.commands.parser import LONGEST_COMMAND, Invocation, Parser
from meshvisor.worker.mesh.commands.registry import COMMANDS, Command
from meshvisor.worker.mesh.events import CommandEvent, MessageEvent
from meshvisor.worker.mesh.handling import HandlerTimeoutError, Handling
from meshvisor.worker.mesh.link import Link
from meshvisor.worker.mesh.transport import NotInMeshError, NotSentError, User
from meshvisor.worker.mesh.usage import Counting

MAX_NOTICES: Final = 50
"""Answers to commands that do not run which may wait to be said.  Behind a server that reads slowly
others are left out: who floods a room needs no answer to each line."""

MAX_WARNED: Final = 1000
"""Users remembered who know already that they have too many commands under way."""

_Who = tuple[str, bool]

log = bound_log(__name__)


class Limits(msgspec.Struct, frozen=True):
    """What commands may take; see `MeshStart`."""

    prefixes: tuple[str, ...]
    timeout: float
    concurrency: int
    cooldown: float
    max_age: float
    """Seconds; 0: messages of any age."""
    places: frozenset[str] | None = None
    """Where commands are answered, beside what is said to the bot alone; None: everywhere."""


class Dispatcher:
    """Runs the commands of one mesh."""

    def __init__(
        self,
        limits: Limits,
        handling: Handling,
        access: CommandAccess,
        link: Link,
        counting: Counting,
    ) -> None:
        self._limits = limits
        self._handling = handling
        self._access = access
        self._link = link
        self._tally, self._usage, self._counts = counting
        self._parser = Parser(limits.prefixes)
        self._cooldown = Cooldown(limits.cooldown, asyncio.get_running_loop().time)
        self._slots = Slots(limits.concurrency)
        self._running: set[asyncio.Task[None]] = set()
        self._notices: set[asyncio.Task[None]] = set()
        self._refused = 0
        self._warned: set[_Who] = set()
        """Users who were warned that they have too many; one answer to each flood."""
        self._has_warned_of_full = False
        self._accepting = True

    def stop(self) -> None:
        """Take no further commands; running ones go on."""
        self._accepting = False

    async def settle(self, patience: float) -> None:
        """Return when all present commands have ended, but after `patience` seconds at most."""
        if self._running:
            await asyncio.wait(set(self._running), timeout=patience)

    def take(self, message: MessageEvent) -> CommandEvent | None:
        """Start the command in a message, if there is one; never blocks.

        Returns:
            What was begun; None: nothing.
        """
        invocation = self._parser.parse(message.text) if self._accepting else None
        if invocation is None or self._is_old(message) or not self._is_heard(message):
            return None
        match self._cooldown.check(_who(message.user)):
            case Verdict.IGNORE:
                pass
            case Verdict.NOTICE:
                seconds = math.ceil(self._cooldown.left(_who(message.user)))
                self._remark(message, f"One at a time, please: wait {seconds} s.")
            case Verdict.RUN:
                return self._dispatch(message, invocation)
        return None

    async def run_asked(self, message: AskedMessage) -> str:
        """Run the command that a program asks for, within the limits of its user.

        Args:
            message: stands for one of that user, without a prefix; has the answers then.

        Returns:
            Why it has not run, or has failed; empty: neither.
        """
        invocation = self._parser.asked(message.text)
        command = None if invocation is None else COMMANDS.find(invocation.name)
        if invocation is None or command is None:
            return f"there is no command {message.text.partition(' ')[0][:40]!r}"
        if not self._access.allows(command, message.user):
            return f"only admins may use {command.name}"
        if self._slots.admit(_who(message.user)) is not Admission.ADMITTED:
            return "too many commands are under way"
        self._tally.commands += 1
        self._usage.count(command.name)
        context = kind_in_use()(
            command.name, invocation, message, self._access, self._link, self._limits.timeout
        )
        async with self._slots.slot(_who(message.user)):
            try:
                reply = await self._handling.call(command.handler, context, self._limits.timeout)
                if isinstance(reply, str):
                    await context.reply(reply)
            except (NotInMeshError, NotSentError, CommandError) as error:
                return str(error)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
                self._failed(command, context, error)
                took_long = isinstance(error, HandlerTimeoutError)
                return f"{command.name} {error}" if took_long else f"{command.name} has failed"
        return ""

    def _is_old(self, message: MessageEvent) -> bool:
        """Say whether a message was said so long ago that an answer would surprise people."""
        limit = self._limits.max_age
        return message.at is not None and 0 < limit < time.time() - message.at

    def _is_heard(self, message: MessageEvent) -> bool:
        """Say whether commands are answered where a message was said."""
        places = self._limits.places
        return places is None or message.is_direct or message.place in places

    def _dispatch(self, message: MessageEvent, invocation: Invocation) -> CommandEvent | None:
        command = COMMANDS.find(invocation.name)
        if command is None:
            self._remark(message, self._unknown(message, invocation))
        elif not self._access.allows(command, message.user):
            self._say(message, _for_admins(invocation.prefix, command, message.user))
        elif invocation.too_long:
            most = f"{LONGEST_COMMAND} characters"
            self._say(message, f"That is too long: a command may have {most}, arguments included.")
        elif (admission := self._slots.admit(_who(message.user))) is not Admission.ADMITTED:
            self._refuse(command, message, admission)
        else:
            self._warned.discard(_who(message.user))
            self._has_warned_of_full = False
            self._tally.commands += 1
            self._usage.count(command.name)
            self._counts.count("command", message.user.id, command.name, message.at)
            context = kind_in_use()(
                command.name, invocation, message, self._access, self._link, self._limits.timeout
            )
            self._handling.start(
                self._run(command, context), f"command {command.name}", self._running
            )
            return CommandEvent(message.mesh, command.name, invocation.argument_text, message)
        return None

    def _unknown(self, message: MessageEvent, invocation: Invocation) -> str:
        def usable(command: Command) -> bool:
            return self._access.allows(command, message.user)

        return COMMANDS.unknown(invocation.prefix, invocation.name, usable)

    async def _run(self, command: Command, context: CommandContext) -> None:
        async with self._slots.slot(_who(context.user)):
            # Who was an admin when the command came may have been removed meanwhile.
            if context.may_use(command):
                await self._run_now(command, context)
            else:
                await _answer(context.reply, _for_admins(context.prefix, command, context.user))

    async def _run_now(self, command: Command, context: CommandContext) -> None:
        written = context.prefix + command.name
        try:
            reply = await self._handling.call(command.handler, context, self._limits.timeout)
            if isinstance(reply, str):
                await context.reply(reply)
        except (NotInMeshError, NotSentError) as error:
            log.info("A reply was lost: %s", error, event="reply_lost", command=command.name)
        except CommandError as error:
            # No mistake of the plug-in: the user may not, or asked for what cannot be.
            await _answer(context.reply, str(error))
        except HandlerTimeoutError as error:
            self._failed(command, context, error)
            await _answer(context.reply, f"Sorry, {written} {error} and was stopped.")
        except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
            self._failed(command, context, error)
            await _answer(context.reply, f"Sorry, {written} failed. It has been reported.")

    def _refuse(self, command: Command, message: MessageEvent, why: Admission) -> None:
        if why is Admission.FULL:
            if not self._has_warned_of_full:
                self._has_warned_of_full = True
                self._remark(message, "Too many commands are waiting. Try again in a minute.")
        elif _who(message.user) not in self._warned:
            if len(self._warned) >= MAX_WARNED:
                self._warned.clear()
            self._warned.add(_who(message.user))
            self._remark(
                message,
                f"You have {MAX_OF_ONE_USER} commands under way already. Wait until one is done.",
            )
        self._refused += 1
        if notable(self._refused):
            log.warning(
                "Too many commands wait: further ones are refused",
                event="command_refused",
                command=command.name,
                count=self._refused,
            )

    def _failed(self, command: Command, context: CommandContext, error: BaseException) -> None:
        self._tally.command_errors += 1
        self._counts.count("error", context.user.id, command.name)
        self._handling.failed(error, f"command:{command.name}")

    def _remark(self, message: MessageEvent, text: str) -> None:
        """Say what is better left unsaid where the air is precious."""
        if not message.mesh.manners.is_quiet:
            self._say(message, text)

    def _say(self, message: MessageEvent, text: str) -> None:
        if len(self._notices) < MAX_NOTICES:
            self._handling.start(_answer(message.reply, text), "notice", self._notices)


def _who(user: User) -> _Who:
    """Return whose limits a message counts against.

    A user who only calls themselves like an admin must not use up what the admin may do.
    """
    return user.id, user.authenticated


def _for_admins(prefix: str, command: Command, user: User) -> str:
    only = f"Only admins may use {prefix}{command.name}"
    if user.authenticated:
        return f"{only}."
    # An admin who is not logged in learns why; said to all alike, it does not reveal who is one.
    return f"{only}, and the network does not say who you are: log in to your account there first."


async def _answer(reply: Callable[[str], Awaitable[object]], text: str) -> None:
    try:
        await reply(text)
    except (NotInMeshError, NotSentError) as error:
        log.info("A reply was lost: %s", error, event="reply_lost")
