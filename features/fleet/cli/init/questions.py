"""What `meshvisor init` asks where nothing was said by an option.

Owns the questions.  Does not own how they are shown (`terminal`) nor what follows from the
answers.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from meshvisor.features.fleet.cli.init.request import (
    PROGRAM,
    check_command,
    has_password,
    lacks_password,
    mesh_settings,
    with_password,
    without_password,
)
from meshvisor.features.fleet.cli.init.setup import MeshSource, setups
from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.shared.model.mesh_id import check_mesh_id
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.shared.settings.template import Choices
from meshvisor.supervisor.cli.human import number

LOCAL_DATABASE: Final = "mongodb://localhost:27017/meshvisor"
"""Where MongoDB listens by default."""

AGAIN, OTHER, SKIP, STOP = range(4)
"""What may be done about a database that cannot be used."""

_WAYS_OUT: Final = (
    "Try again",
    "Use another address",
    "Go on with it all the same",
    "Stop; nothing is changed",
)


def ask_for_choices(dialogue: Dialogue) -> Choices:
    """Return where the bots live."""
    program = MeshSource(
        position=30,
        text="On another network, which a program of mine speaks to",
        ask=_ask_for_program,
    )
    sources = [program, *(source for setup in setups() for source in setup.mesh_sources)]
    sources.sort(key=lambda source: source.position)
    if len(sources) == 1:
        return program.ask(dialogue)
    chosen = dialogue.choose("Where do your bots live?", [source.text for source in sources])
    return sources[chosen].ask(dialogue)


def ask_to_replace(dialogue: Dialogue, path: Path, default: bool) -> bool:
    """Return whether a file may be replaced."""
    dialogue.say(f"There is {path} already.")
    return dialogue.confirm("Replace it (a copy is kept)?", default)


def ask_for_uri(dialogue: Dialogue) -> str | None:
    """Return the URI of a MongoDB; None: none is wanted."""
    dialogue.say("Where are admins, permissions and the bot's account kept?", headline=True)
    dialogue.say("In a file of this home, unless you have a MongoDB for them.")
    return ask_for_another_uri(dialogue) if dialogue.confirm("Use MongoDB?", False) else None


def ask_for_another_uri(dialogue: Dialogue) -> str:
    """Return the URI of a MongoDB; its password is not shown."""
    dialogue.say("Leave a password out of its URI: it is asked for, and not shown as you type.")
    question = "URI"
    uri = dialogue.ask(question, LOCAL_DATABASE)
    if has_password(uri):
        dialogue.cover(question, LOCAL_DATABASE, uri, without_password(uri))
    elif lacks_password(uri):
        password = dialogue.ask_secret("Password (Enter: none):")
        return with_password(uri, password) if password else uri
    return uri


def ask_for_a_way_out(dialogue: Dialogue, can_change: bool) -> int:
    """Return what to do about a database that cannot be used.

    Args:
        dialogue: whom to ask.
        can_change: whether another address may be given here.
    """
    ways = [AGAIN, OTHER, SKIP, STOP] if can_change else [AGAIN, SKIP, STOP]
    return ways[dialogue.choose("What now?", [_WAYS_OUT[way] for way in ways])]


def ask_for_admin(dialogue: Dialogue, known: int, realm: str = "") -> str | None:
    """Return the user id of an admin; None: later.

    Args:
        dialogue: whom to ask.
        known: how many admins there are already.
        realm: whose user id it is.
    """
    dialogue.say("Who may administer the bots from any chat?", headline=True)
    if known:
        dialogue.say(f"So far: {number(known, 'admin', 'admins')}.")
    else:
        whose, where = (realm, f" --realm {realm}") if realm else ("the platform", "")
        dialogue.say(f"A user id, as {whose} has it; or later: meshvisor admin add USER_ID{where}")
    return (
        dialogue.ask_until("User id (Enter: nobody):", partial(_user_id_or_nothing, realm)) or None
    )


def ask_to_copy(dialogue: Dialogue, path: Path, admins: int, permissions: int) -> bool:
    """Return whether the decisions of a file are to be copied to the MongoDB."""
    dialogue.say(
        f"{path} holds {number(admins, 'admin', 'admins')} and "
        f"{number(permissions, 'permission', 'permissions')}, and the MongoDB none."
    )
    return dialogue.confirm("Copy them?", True)


# Private


def _ask_for_program(dialogue: Dialogue) -> Choices:
    dialogue.say("It speaks JSON lines on its standard input and output (docs/program.md).")
    mesh = dialogue.ask_until("Name of the mesh:", check_mesh_id, "bridge")
    command = dialogue.ask_until("Command:", _command)
    return Choices(meshes=(mesh,), mesh_settings=mesh_settings(PROGRAM, command))


def _command(text: str) -> str:
    check_command(text)
    return text


def _user_id_or_nothing(realm: str, text: str) -> str:
    return check_user_id(text, realm) if text else ""
