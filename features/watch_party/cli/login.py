"""Logging the bot in from a terminal or a script: the address, the link, and waiting for the click.

Owns the conversation.  Does not own what goes on between us and the platform
(`features.watch_party.supervisor.login.login`) nor where the account is kept, which the caller
says.

    account = log_in(LoginRequest(settings.of(PlatformSettings), email=email), save)
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError

from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.watch_party.cli.login_terminal import LoginTerminal
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.features.watch_party.supervisor.login.errors import LinkExpiredError
from meshvisor.features.watch_party.supervisor.login.login import Login
from meshvisor.features.watch_party.supervisor.login.options import Identity, LoginOptions
from meshvisor.shared.errors import UsageError
from meshvisor.shared.settings.values import WebAddress

_LONGEST_ADDRESS: Final = 254
"""Characters of an e-mail address (RFC 5321: a path of 256 with its brackets)."""

_ADDRESS: Final = re.compile(r"[^@\s]+@[^@\s]+")
"""What can be an address at all; which of them exist is for the platform to say."""


@dataclass(frozen=True, slots=True)
class LoginRequest:
    """What the operator has said by options."""

    platform: PlatformSettings
    """Where, unless `url` says otherwise, and with which keys."""
    email: str = ""
    """Of the bot; empty: the operator is asked at the terminal."""
    url: str = ""
    """Base of the login's addresses, instead of the settings'."""
    known: Account | None = None
    """The account so far, whose device is kept; None: there is none."""


def log_in(
    request: LoginRequest, save: Callable[[Account], None], terminal: LoginTerminal | None = None
) -> Account:
    """Log in, have the account saved, and return it.

    Blocks until the link was clicked.  Uses an event loop of its own, so there must be
    none yet, and Ctrl+C has to raise KeyboardInterrupt as it does by default.

    Args:
        request: see there.
        save: keeps the account; what it raises comes back, and the account is lost.
        terminal: whom to ask; None: stdin and stderr.

    Raises:
        UsageError: the address is none, there is no platform, or there is no one to ask.
        LoginError: it did not work; nothing was changed.
        KeyboardInterrupt: the operator would rather not; nothing was changed, and that was
            said.
    """
    terminal = terminal or LoginTerminal()
    try:
        options = LoginOptions.of(request.platform, _checked_url(request.url))
        identity = Identity.of(_address(request, terminal), request.known)
        account = _by_link(options, identity, terminal)
    except KeyboardInterrupt:
        terminal.say("Nothing was changed.")
        raise
    save(account)
    terminal.say(f"Logged in as {account.email}, user {account.user_id}.")
    return account


# Private


def _checked_url(url: str) -> str:
    try:
        checked: str = TypeAdapter(WebAddress).validate_python(url)
    except ValidationError as error:
        reason = error.errors()[0]["ctx"]["error"]
        raise UsageError(f"--url is {url!r}; it {reason}.") from None
    return checked


def _address(request: LoginRequest, terminal: LoginTerminal) -> str:
    if request.email:
        if not _is_address(request.email):
            raise UsageError(
                f"--email is {request.email!r}; it must be an address like bot@example.org."
            )
        return request.email
    if not terminal.is_interactive:
        raise UsageError(
            "The bot's e-mail address is needed, and there is no terminal to ask at; "
            "add --email ADDRESS."
        )
    known = request.known.email if request.known else ""
    question = f"E-mail address of the bot [{known}]:" if known else "E-mail address of the bot:"
    while not _is_address(address := terminal.ask(question) or known):
        terminal.say("That is no e-mail address; it must be one like bot@example.org.")
    return address


def _is_address(text: str) -> bool:
    is_whole = _ADDRESS.fullmatch(text) is not None
    return is_whole and text.isprintable() and len(text) <= _LONGEST_ADDRESS


def _by_link(options: LoginOptions, identity: Identity, terminal: LoginTerminal) -> Account:
    login = Login(options)
    while True:
        try:
            return asyncio.run(_wait_for_click(login, options, identity, terminal))
        except LinkExpiredError as error:
            if not terminal.is_interactive or not _wants_another(identity, terminal):
                raise error from None


def _wants_another(identity: Identity, terminal: LoginTerminal) -> bool:
    question = f"The link for {identity.email} has expired. Send another one? [Y/n]"
    return terminal.ask(question).lower() in {"", "y", "yes"}


async def _wait_for_click(
    login: Login, options: LoginOptions, identity: Identity, terminal: LoginTerminal
) -> Account:
    sent = await login.request_link(identity)
    terminal.say(
        f"A link is on its way to {identity.email} from {options.url}; click it on any device, "
        "and this goes on by itself."
    )
    if sent.link:
        terminal.say(f"This server hands the link out right here: {sent.link}")
    timeout = options.platform.login_timeout
    with terminal.counting_down(min(timeout, sent.expires_in or timeout)):
        jwt = await login.wait_until_clicked(identity, sent, terminal.notify)
        return await login.complete(identity, jwt, terminal.notify)
