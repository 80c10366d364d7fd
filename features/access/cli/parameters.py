"""Kinds of arguments of the commands about admins and permissions."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import CompletionItem

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.command_name import check_command_name
from meshvisor.shared.model.realm import check_realm
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.parameters import COMPLETION_TIMEOUT, CheckedType
from meshvisor.supervisor.cli.terminal import clean


class ChatCommandType(CheckedType):
    """The name of a chat command; Tab offers those that the bots have."""

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the known names that begin like `incomplete`; nothing when no supervisor
        answers.
        """
        invocation = ctx.find_object(Invocation) or Invocation()
        try:
            with ControlClient(invocation.home.root, COMPLETION_TIMEOUT) as client:
                found = client.request("perm_list")
        except MeshvisorError:
            return []
        return [
            CompletionItem(name, help=level)
            for level in ("admin", "user")
            for name in found[f"{level}_commands"]
            if name.startswith(incomplete) and name not in ADMIN_COMMANDS
        ]


COMMAND: Final = ChatCommandType("command", check_command_name)
REALM: Final = CheckedType("realm", check_realm)


def user_of(user_id: str, realm: str) -> str:
    """Return a user id as it is meant in a realm.

    Raises:
        click.BadParameter: it is none there.
    """
    try:
        return check_user_id(user_id, realm)
    except ValueError as error:
        hint = "" if realm else "; elsewhere: --realm REALM"
        raise click.BadParameter(f"{error}{hint}", param_hint="'USER_ID'") from None


def in_realm(realm: str) -> dict[str, str]:
    """Return the field of a request that names a realm; none for the platform's."""
    return {"realm": realm} if realm else {}


def everywhere(realm: str) -> str:
    """Return in which meshes something holds that is decided about a realm, in words."""
    return f"in every mesh of {clean(realm)}" if realm else "in every mesh"
