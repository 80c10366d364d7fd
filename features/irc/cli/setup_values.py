"""A network of IRC, as `meshvisor init` is given it or asks for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.irc.address import check_server, endpoint
from meshvisor.features.irc.kind import IRC
from meshvisor.features.irc.wire.names import check_channel, is_nick
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.settings.template import Choices

DEFAULT_SERVER: Final = "irc.libera.chat"

DEFAULT_NICK: Final = "meshvisor"

ACCOUNT: Final = "irc"
"""Name of the account of a bot that logs in."""


def from_options(
    server: str | None, channels: str | None, nick: str | None
) -> Mapping[str, str | tuple[str, ...]]:
    """Return what meshes say that are on a server; nothing, where none is named.

    Raises:
        UsageError: channels or a nick are named without a server.
    """
    if server is None:
        for option, value in (("--channels", channels), ("--nick", nick)):
            if value is not None:
                raise UsageError(f"{option} belongs to an IRC server; say which, with --irc SERVER")
        return {}
    return _mesh(server, channels, nick or "")


def ask(dialogue: Dialogue) -> Choices:
    """Ask where it is, as whom, and in which channels."""
    dialogue.say("Its server is reached with TLS; irc://HOST:PORT is one without.")
    server = dialogue.ask_until("Server", check_irc_server, DEFAULT_SERVER)
    dialogue.say("The channels, with commas between them; the bot is at home in the first.")
    channels = dialogue.ask_until("Channels:", check_channels)
    nick = dialogue.ask_until("Nick of the bot", check_nick, DEFAULT_NICK)
    mesh = dialogue.ask_until("Name of the mesh", check_mesh_id, name_of(server))
    dialogue.say(
        "A bot with an account of the network's services logs in with its password, which is not "
        "shown as you type."
    )
    account = dialogue.ask_until("Account (Enter: none):", _check_account)
    said = dict(_mesh(server, channels, nick))
    if not account:
        return Choices(meshes=(mesh,), mesh_settings=said)
    password = dialogue.ask_secret("Password:")
    fields = {"account": account, **({"password": password} if password else {})}
    return Choices(
        meshes=(mesh,), mesh_settings={**said, "account": ACCOUNT}, account_settings=fields
    )


def check_irc_server(text: str) -> str:
    """Return the address of a server, or raise ValueError."""
    try:
        return check_server(text)
    except ValueError as error:
        raise ValueError(f"{text[:200]!r} {error}") from None


def check_channels(text: str) -> str:
    """Return channels with commas between them, or raise ValueError."""
    names = [name for name in re.split(r"[\s,]+", text) if name]
    if not names:
        raise ValueError("At least one channel is needed, such as #lobby")
    try:
        return ",".join(dict.fromkeys(check_channel(name) for name in names))
    except ValueError as error:
        raise ValueError(f"A channel {error}") from None


def check_nick(text: str) -> str:
    """Return a nick, or raise ValueError."""
    if not is_nick(text):
        raise ValueError(
            f"{text[:80]!r} is no nick; it may have letters, digits and -[]\\`_^{{|}}, and begins "
            "with no digit or hyphen"
        )
    return text


def name_of(server: str) -> str:
    """Return what a mesh on a server may be called: the part of its name that tells it apart."""
    words = [word for word in endpoint(server).host.split(".") if word not in {"irc", "www"}]
    name = words[0] if words else ""
    return name if re.fullmatch("[a-z][a-z0-9-]*", name) else "irc"


# Private


def _mesh(server: str, channels: str | None, nick: str) -> Mapping[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {"transport": IRC, "server": server}
    if channels:
        first, *rest = channels.split(",")
        found["address"] = first
        if rest:
            found["channels"] = tuple(rest)
    if nick:
        found["nick"] = nick
    return found


def _check_account(text: str) -> str:
    if " " in text:
        raise ValueError("An account has no blanks")
    return text
