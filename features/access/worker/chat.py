"""The commands that administer the whole fleet from one chat: `admin`, `setperm` and the others.

One table and one handler, because the supervisor does what they are about.  Here it is only
found out who and which command is meant: the supervisor knows neither the people of a room nor
the commands of plug-ins.
"""

from __future__ import annotations

import functools
from typing import Final, Literal

import msgspec

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.shared.protocol.from_worker import AdminRequest, Person
from meshvisor.worker.mesh.commands.context import CommandContext
from meshvisor.worker.mesh.commands.parser import split_arguments
from meshvisor.worker.mesh.commands.people import UnclearPersonError, check_not_a_name, find_people
from meshvisor.worker.mesh.commands.registry import ALWAYS_ADMIN, COMMANDS, built_in
from meshvisor.worker.mesh.transport import User

ANSWER_SHARE: Final = 0.9
"""Part of a command's time that the supervisor has for its answer.  The rest is for saying that
it has given none; the sentence about a command that was stopped would say less."""

MAX_ARGUMENTS: Final = 1000
"""Characters; more than a few names and words are a mistake."""

REMOVE: Final = "remove"
"""After a user: take it back."""


class AdminCommand(msgspec.Struct, frozen=True):
    """The differences between these commands."""

    name: str
    help: str
    names: Literal["nothing", "people", "command"] = "nothing"
    """What its arguments name."""
    usage: tuple[str, ...] = ()
    """See `Command.usage`; a command that has some says so when it is used without arguments."""


TABLE: Final = (
    AdminCommand(
        "admin",
        "Make a user an admin of all bots, or take it back",
        names="people",
        usage=("@user [remove]", "USER_ID [remove]"),
    ),
    AdminCommand("listperms", "Show how many admins there are and who may use what"),
    AdminCommand("refresh", "Read credentials, admins and permissions anew"),
    AdminCommand("relogin", "Let all bots join their rooms anew with the newest credentials"),
    AdminCommand(
        "removeperm",
        "Take back what setperm has decided about a command",
        names="command",
        usage=("COMMAND",),
    ),
    AdminCommand(
        "setperm",
        "Decide who may use a command",
        names="command",
        usage=("COMMAND admin|user",),
    ),
)


async def administer(this: AdminCommand, ctx: CommandContext) -> str:
    """Let the supervisor carry out a command; answer with what it says."""
    if this.usage and not ctx.args:
        command = COMMANDS.find(this.name)
        assert command is not None
        return command.how(ctx.prefix)
    if len(ctx.argument_text) > MAX_ARGUMENTS:
        return f"That is too long: {ctx.prefix}{this.name} takes a few words."
    try:
        request = _request(this, ctx)
    except UnclearPersonError as error:
        return str(error)
    return await ctx.link.administer(request, ANSWER_SHARE * ctx.timeout)


ALWAYS_ADMIN.update(ADMIN_COMMANDS)
for _command in TABLE:
    built_in(_command.name, _command.help, admin=True, usage=_command.usage)(
        functools.partial(administer, _command)
    )


# Private


def _request(this: AdminCommand, ctx: CommandContext) -> AdminRequest:
    arguments, known = ctx.args, False
    people: tuple[User, ...] = ()
    match this.names:
        case "people":
            here = ctx.mesh.users.values()
            named = find_people(ctx.argument_text, ctx.mentions, here, {REMOVE}, ctx.mesh.own_id)
            arguments, people = split_arguments(named.rest), named.people
            # Only where the supervisor would take the first word for an id.
            if arguments and not people and arguments[0].casefold() != REMOVE:
                check_not_a_name(named.rest, here)
        case "command":
            arguments, known = _canonical(ctx)
    return AdminRequest(
        mesh_id=ctx.mesh_id,
        command=this.name,
        arguments=tuple(map(_sendable, arguments)),
        user_id=_sendable(ctx.user_id),
        user_name=_sendable(ctx.user_name),
        mentions=tuple(_person(user, ctx) for user in people),
        prefix=ctx.prefix,
        own_user_id=ctx.mesh.own_id,
        known=known,
        authenticated=ctx.user.authenticated,
    )


def _canonical(ctx: CommandContext) -> tuple[tuple[str, ...], bool]:
    """Return the arguments, the first as the name of a command, and whether there is such a one."""
    first, *others = ctx.args
    name = first.removeprefix(ctx.prefix) or first
    command = COMMANDS.find(name)
    return (name if command is None else command.name, *others), command is not None


def _person(user: User, ctx: CommandContext) -> Person:
    # A mention may come without a name; the room knows more.
    if user.name == user.id:
        user = ctx.mesh.users.get(user.id, user)
    return Person(user_id=_sendable(user.id), name=_sendable(user.name))


def _sendable(text: str) -> str:
    """Return text that JSON can carry: a chat may quote half a character."""
    return text.encode("utf-8", "replace").decode()
