"""`meshvisor credentials show|keep`: the bot's account, with and without a supervisor."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import clean

_FACTS: Final = {
    "email": "e-mail",
    "user_id": "user id",
    "peer_id": "peer id",
    "device_id": "device id",
    "ssaid": "ssaid",
    "parse_id": "parse id",
    "parse_token": "parse token",
    "auth_token": "auth token",
}


@click.group(
    cls=Group,
    examples=(
        "credentials show",
        "credentials keep file",
    ),
)
def credentials() -> None:
    """The bot's account on the mesh platform."""


@credentials.command(cls=Command, examples=("credentials show",))
@pass_invocation
def show(invocation: Invocation) -> None:
    """Show the account; secrets are masked."""
    invocation.show(ask(invocation, "credentials_show"), _view)


@credentials.command(cls=Command, examples=("credentials keep directory",))
@click.argument("copy_of", metavar="file|directory", type=click.Choice(["file", "directory"]))
@pass_invocation
def keep(invocation: Invocation, *, copy_of: str) -> None:
    """Settle which copy counts when both are of the same moment.

    The other one is replaced.
    """
    invocation.show(ask(invocation, "credentials_keep", copy_of=copy_of), _view)


# Private


def _view(account: dict[str, Any]) -> str:
    width = max(map(len, _FACTS.values()))
    lines = [f"{word:<{width}}  {clean(account[key] or '-')}" for key, word in _FACTS.items()]
    lines.append(f"{'updated':<{width}}  {moment(account['updated_at'])}")
    if account["problem"]:
        lines.append(f"! {clean(account['problem'])}")
    return "\n".join(lines)
