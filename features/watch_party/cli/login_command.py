"""`meshvisor login`: log the bot in with a link, and have the fleet use the account.

Owns which platform is meant and where the account goes.  Does not own the conversation
(`features.watch_party.cli.login`).
"""

from __future__ import annotations

import os

import click

from meshvisor.features.access.supervisor.directory.credentials_file import (
    CredentialsFile,
    write_fields,
)
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.watch_party.cli.login import LoginRequest, log_in
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.errors import NotRunningError
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask, require


@click.command(
    cls=Command,
    examples=(
        "login",
        "login --email bot@example.org",
    ),
    short_help="Log the bot in by a link in a mail.",
)
@click.option(
    "--email", default="", help="Of the bot (default: as before; at first you are asked)."
)
@click.option("--url", default="", help="Base of the login's addresses, instead of the settings'.")
@pass_invocation
def login(invocation: Invocation, *, email: str, url: str) -> None:
    """Log the bot in: a link is sent to its e-mail address, and a click on it says yes.

    The account is kept in config/credentials.json and in the directory.  A running fleet uses it
    at its next connects; 'meshvisor relogin' has all bots join their rooms again right away.
    """
    log_in_and_save(invocation, email=email, url=url)


def log_in_and_save(invocation: Invocation, *, email: str = "", url: str = "") -> None:
    """Log in and keep the account.

    Raises:
        MeshvisorError: it did not work; the account is as before.
        KeyboardInterrupt: the operator would rather not.
    """
    require(invocation.home)  # before a link is sent

    def save(account: Account) -> None:
        ask(invocation, "credentials_save", account=write_fields(account))

    known = CredentialsFile(invocation.home.credentials_file).read()
    platform = _platform(invocation)
    log_in(LoginRequest(platform, email or (known.email if known else ""), url, known), save)


# Private


def _platform(invocation: Invocation) -> PlatformSettings:
    """Return the platform of the settings; without one, the playground of a running fleet."""
    platform = load_settings(invocation.home, os.environ).of(PlatformSettings)
    if platform.url or platform.login_url:
        return platform
    try:
        report = invocation.request("platform")
    except NotRunningError:
        return platform
    return platform.model_copy(update={"url": report["url"], "server": report["server"]})
