"""A room of Matrix, as `meshvisor init` is given it or asks for it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from typing import Final

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.matrix.address import check_room, check_server, is_alias
from meshvisor.features.matrix.cli.trial import TrialError, log_in
from meshvisor.features.matrix.kind import MATRIX
from meshvisor.features.matrix.login import can_log_in, login_advice
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.template import Choices

DEFAULT_SERVER: Final = "https://matrix.org"

ACCOUNT: Final = "matrix"
"""Name of the bot's account."""

LISTS: Final = ("fleet", "discovery_accounts")
"""The setting that names accounts whose rooms are meshes."""


def from_options(server: str | None, room: str | None) -> Mapping[str, str | tuple[str, ...]]:
    """Return what meshes say that are on a homeserver; nothing, where none is named.

    Raises:
        UsageError: a room is named without a server.
    """
    if server is None:
        if room is not None:
            raise UsageError(
                "--room belongs to a homeserver of Matrix; say it with --matrix SERVER"
            )
        return {}
    return _mesh(server, room or "")


def ask(dialogue: Dialogue) -> Choices:
    """Ask where it is, as whom, and in which room."""
    dialogue.say("Its homeserver is reached with TLS; http://HOST:PORT is one without.")
    server = dialogue.ask_until("Homeserver", check_matrix_server, DEFAULT_SERVER)
    dialogue.say("The bot reads no encrypted messages: its rooms must be without encryption.")
    room = dialogue.ask_until("Room (Enter: those it is invited to):", _room_or_none)
    mesh = dialogue.ask_until("Name of the mesh", check_mesh_id, name_of(room)) if room else ""
    account = {"server": server, **_ask_for_login(dialogue, server)}
    if room:
        return Choices(meshes=(mesh,), mesh_settings=_mesh(server, room), account_settings=account)
    return Choices(
        settings={LISTS: (ACCOUNT,)},
        mesh_settings={"transport": MATRIX, "account": ACCOUNT},
        account_settings=account,
    )


def check_matrix_server(text: str) -> str:
    """Return the address of a homeserver, or raise ValueError."""
    try:
        return check_server(text)
    except ValueError as error:
        raise ValueError(f"{text[:200]!r} {error}") from None


def check_matrix_room(text: str) -> str:
    """Return a room, or raise ValueError."""
    try:
        return check_room(text)
    except ValueError as error:
        raise ValueError(f"{text[:200]!r} {error}") from None


def name_of(room: str) -> str:
    """Return what the mesh of a room may be called."""
    name = room[1:].partition(":")[0].lower() if is_alias(room) else ""
    return name if re.fullmatch("[a-z0-9][a-z0-9._-]{0,63}", name) else "room"


def sign_in(home: Home, settings: Settings) -> str:
    """Return the command that opens the settings where an account has no token; empty: all have.

    A token belongs into the file and not on a command line, which other users see.
    """
    used = {mesh.account for mesh in settings.each(StaticMesh)}
    used.update(settings.of(FleetSettings).discovery_accounts)
    for name, account in settings.named(AccountSettings).items():
        if name in used and account.transport == MATRIX and not can_log_in(account.fields()):
            file = shlex.quote(str(home.settings_file))
            return f"${{EDITOR:-vi}} {file}  # {login_advice(name)}"
    return ""


# Private


def _mesh(server: str, room: str) -> Mapping[str, str | tuple[str, ...]]:
    found: dict[str, str | tuple[str, ...]] = {"transport": MATRIX, "server": server}
    if room:
        found["address"] = room
    return {**found, "account": ACCOUNT}


def _room_or_none(text: str) -> str:
    return check_matrix_room(text) if text else ""


def _ask_for_login(dialogue: Dialogue, server: str) -> dict[str, str]:
    """Return what the account holds to log in with: a token, where there is a way to one."""
    dialogue.say(
        "The bot's user and password are exchanged for a token of access, and not kept. Nothing of "
        "it is shown as you type."
    )
    while user := dialogue.ask("User of the bot (Enter: I have a token):"):
        password = dialogue.ask_secret("Password:")
        try:
            return {"token": log_in(server, user, password)}
        except TrialError as error:
            dialogue.say(f"{error}.")
            if not error.is_login:
                dialogue.say("They are kept in the settings, and tried when the bot starts.")
                return {"user": user, "password": password} if password else {}
    token = dialogue.ask_secret("Token (Enter: later):")
    return {"token": token} if token else {}
