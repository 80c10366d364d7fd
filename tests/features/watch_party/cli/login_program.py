"""A command that logs in and prints the account as JSON, in place of keeping it.

python -m tests.features.watch_party.cli.login_program URL [--email ADDRESS] [--url URL]
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

import click

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.watch_party.cli.login import LoginRequest, log_in
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.supervisor.cli.command import Command, echo
from meshvisor.supervisor.cli.main import main
from meshvisor.supervisor.cli.root import cli


@cli.command("log-in", cls=Command)
@click.argument("platform")
@click.option("--email", default="")
@click.option("--url", default="")
def log_in_here(*, platform: str, email: str, url: str) -> None:
    """Log in as the real commands do."""
    settings = PlatformSettings(url=platform, login_poll_interval=0.1)
    log_in(LoginRequest(settings, email, url), save)


def save(account: Account) -> None:
    """Show what would be kept."""
    echo(json.dumps(asdict(account), default=str))


if __name__ == "__main__":
    sys.exit(main(["log-in", *sys.argv[1:]]))
