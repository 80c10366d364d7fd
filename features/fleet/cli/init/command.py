"""`meshvisor init`: settings, database and first admin of a new home, asked for or given.

Owns the order.  Everything is decided first, then written at once, and only then the directory: a
user who leaves before that has changed nothing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from meshvisor.features.access.cli.parameters import REALM, in_realm
from meshvisor.features.access.settings import DatabaseFileSetting, DatabaseSettings
from meshvisor.features.fleet.cli.init.setup import setups
from meshvisor.shared.clock import SystemClock
from meshvisor.shared.errors import MeshvisorError, MissingError, NotRunningError, UsageError
from meshvisor.supervisor.cli.added_options import add_options, given
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import MESH, CheckedType

if TYPE_CHECKING:
    from meshvisor.features.access.supervisor.directory.model import Snapshot
    from meshvisor.features.fleet.cli.init.database import DatabasePlan
    from meshvisor.features.fleet.cli.init.files import NewFile
    from meshvisor.features.fleet.cli.init.request import InitRequest
    from meshvisor.features.fleet.cli.init.result import Result
    from meshvisor.features.fleet.cli.init.settings import SettingsPlan
    from meshvisor.features.fleet.cli.init.terminal import Dialogue
    from meshvisor.shared.paths import Home


def _transport(text: str) -> str:
    # Not before it is needed: `meshvisor --help` loads this module, and pydantic takes its time.
    from meshvisor.shared.transports import transport_kind

    return transport_kind(text).name


def _account(text: str) -> str:
    from meshvisor.shared.model.realm import WHAT_NAMES_ARE, is_name

    if not is_name(text):
        raise ValueError(f"{text[:80]!r} is no name of an account; allowed: {WHAT_NAMES_ARE}")
    return text


def _command(text: str) -> str:
    from meshvisor.features.fleet.cli.init.request import check_command

    check_command(text)
    return text


TRANSPORT: Final = CheckedType("transport", _transport)
COMMAND: Final = CheckedType("command", _command)
ACCOUNT: Final = CheckedType("account", _account)


@dataclass(frozen=True, slots=True)
class _Plan:
    """Everything that was decided."""

    settings: SettingsPlan
    database: DatabasePlan
    admin: str | None
    realm: str
    """Whose user id that is."""
    copied: Snapshot | None
    """What is copied from SQLite to MongoDB; None: nothing."""


@click.command(
    cls=Command,
    short_help="Set up a home: settings file, database, first admin.",
)
@click.option("-y", "--yes", is_flag=True, help="Ask nothing: options count, else the defaults.")
@click.option("--mesh", "meshes", metavar="ID", type=MESH, multiple=True, help="A mesh by hand.")
@click.option("--transport", metavar="NAME", type=TRANSPORT, help="What carries their messages.")
@click.option(
    "--command", metavar="COMMAND", type=COMMAND, help="A program that does, with its arguments."
)
@click.option("--account", metavar="NAME", type=ACCOUNT, help="The bot's account there.")
@click.option("--mongodb", metavar="URI", help="Use MongoDB (better: MESHVISOR__DATABASE__URI).")
@click.option("--admin", metavar="USER_ID", help="The first admin.")
@click.option(
    "--realm", metavar="REALM", type=REALM, help="Where that is their id (default: of the meshes)."
)
@click.option("--copy", is_flag=True, help="Copy var/meshvisor.db to a MongoDB without admins.")
@click.option("--force", is_flag=True, help="Replace files; copies of them are kept.")
@pass_invocation
def init(invocation: Invocation, /, *, yes: bool, **options: Any) -> int:
    """Set up a home: a commented settings file, the database, and the first admin.

    On a terminal it asks for what no option says.
    """
    from meshvisor.features.fleet.cli.init.request import InitRequest
    from meshvisor.features.fleet.cli.init.result import view
    from meshvisor.features.fleet.cli.init.terminal import Dialogue

    dialogue = Dialogue()
    if not yes and not dialogue.is_interactive:
        raise UsageError(
            "init asks what it needs to know, and there is no terminal to ask at; add "
            "--yes and what differs from the defaults, such as --mesh ID"
        )
    added = {name: options.pop(name) for setup in setups() for name in setup.names}
    plan = _decide(invocation.home, InitRequest(given(added), **options), None if yes else dialogue)
    result = _carry_out(invocation, plan)
    if not yes:
        dialogue.say()
    invocation.show(result.to_json() if invocation.as_json else result, view)
    return MissingError.exit_code if result.problem else 0


init.examples = add_options(
    init,
    (
        "init",
        "init --home /srv/meshvisor",
        "init --yes --mesh bridge --transport program --command 'python3 bridge.py'",
    ),
    "setup",
    at=1,
)


# ---- Deciding ------------------------------------------------------------------------------------


def _decide(home: Home, request: InitRequest, dialogue: Dialogue | None) -> _Plan:
    from meshvisor.features.access.supervisor.directory.model import Snapshot
    from meshvisor.features.fleet.cli.init.database import plan_database
    from meshvisor.features.fleet.cli.init.realm import checked_admin, usual_realm
    from meshvisor.features.fleet.cli.init.settings import plan_settings

    if home.root.exists() and not home.root.is_dir():
        raise UsageError(f"{home.root} is no folder; choose another --home")
    try:
        if dialogue is not None:
            dialogue.say(f"Setting up {home.root}. Enter takes what stands in brackets.")
        settings = plan_settings(home, request, dialogue)
        database = plan_database(home, settings.settings, request, dialogue)
        asked_about = dialogue is not None or request.copy
        local = _read_local(home) if asked_about and home.database.exists() else Snapshot()
        copied = local if _wants_copy(home, database, local, request, dialogue) else None
        realm = usual_realm(settings.settings) if request.realm is None else request.realm
        admin = None if request.admin is None else checked_admin(request.admin, realm)
        if admin is None and dialogue is not None:
            admin = _ask_for_admin(database, copied, local, dialogue, realm)
    except KeyboardInterrupt:
        if dialogue is not None:
            dialogue.say()
            dialogue.say("Nothing was changed.")
        raise
    return _Plan(settings, database, admin, realm, copied)


def _read_local(home: Home) -> Snapshot:
    from meshvisor.features.access.supervisor.directory.trial import read_file

    return asyncio.run(read_file(home.database))


def _wants_copy(
    home: Home,
    database: DatabasePlan,
    local: Snapshot,
    request: InitRequest,
    dialogue: Dialogue | None,
) -> bool:
    from meshvisor.features.fleet.cli.init.questions import ask_to_copy

    trial = database.trial
    if trial is None or trial.snapshot.admins or trial.snapshot.permissions:
        return False
    counts = len(local.admins), len(local.permissions)
    if not any(counts) or request.copy or dialogue is None:
        return any(counts) and request.copy
    return ask_to_copy(dialogue, home.database, *counts)


def _ask_for_admin(
    database: DatabasePlan,
    copied: Snapshot | None,
    local: Snapshot,
    dialogue: Dialogue,
    realm: str,
) -> str | None:
    from meshvisor.features.fleet.cli.init.questions import ask_for_admin

    held = local if database.config is None else copied
    if held is None and database.trial is not None:
        held = database.trial.snapshot
    known = sum(admin.is_active for admin in held.admins) if held else 0
    return ask_for_admin(dialogue, known, realm)


# ---- Carrying it out -----------------------------------------------------------------------------


def _carry_out(invocation: Invocation, plan: _Plan) -> Result:
    from meshvisor.features.fleet.cli.init.files import write_all
    from meshvisor.features.fleet.cli.init.result import Result, next_commands

    home, config = invocation.home, plan.database.config
    files, kept = _files(home, plan)
    written = write_all(home, files, SystemClock())
    result = Result(
        home,
        plan.settings.settings,
        backend="mongodb" if config else "sqlite",
        place=config.place if config else str(home.database),
        written=written.files,
        kept=kept,
        old=written.old,
        problem=str(plan.database.problem) if plan.database.problem else None,
        wanted_admin=plan.admin,
        realm=plan.realm,
        is_running=_is_running(invocation),
    )
    # The address of its database is what a running supervisor cannot take over.
    result.needs_restart = result.is_running and plan.database.path in written.files
    if result.problem is None:
        _tell_directory(invocation, plan, result)
    result.next = next_commands(result)
    return result


def _files(home: Home, plan: _Plan) -> tuple[list[NewFile], tuple[Path, ...]]:
    """Return what has to be written, and which files are there and stay as they are."""
    from meshvisor.features.fleet.cli.init.files import NewFile

    wanted = []
    if plan.settings.text is not None:
        wanted.append(NewFile(home.settings_file, plan.settings.text.encode()))
    if plan.database.path is not None:
        wanted.append(NewFile(plan.database.path, plan.database.content))
    files = [file for file in wanted if not file.is_there]
    settled = {file.path for file in files}
    database_file = home.below(plan.settings.settings.of(DatabaseFileSetting).database_config_path)
    ours = (home.settings_file, database_file)
    return files, tuple(path for path in ours if path not in settled and path.exists())


def _is_running(invocation: Invocation) -> bool:
    try:
        invocation.request("version")
    except NotRunningError:
        return False
    return True


def _tell_directory(invocation: Invocation, plan: _Plan, result: Result) -> None:
    """Copy, make the admin, and see at the same time that the directory works."""
    from meshvisor.features.access.supervisor.directory.trial import copy_decisions

    config = plan.database.config
    try:
        if config is not None and plan.copied is not None:
            database = plan.settings.settings.of(DatabaseSettings)
            copied = asyncio.run(copy_decisions(plan.copied, config, database))
            result.copied = {"admins": copied.admins, "permissions": copied.permissions}
        if plan.admin is not None:
            fields = {"user_id": plan.admin, **in_realm(plan.realm)}
            result.admin = ask(invocation, "admin_add", **fields)["user_id"]
        admins = ask(invocation, "admin_list")["admins"]
        result.admins = sum(admin["is_active"] for admin in admins)
    except MeshvisorError as error:
        result.problem = str(error)
