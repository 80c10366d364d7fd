"""Kinds of arguments of the commands about admins and permissions."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import CompletionItem

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.model.command_name import check_command_name
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.parameters import COMPLETION_TIMEOUT, CheckedType


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
