"""Which database a home begins with, and whether it can be used.

Owns the choice, `config/database.json` and the conversation about a MongoDB that does not do what
it should.  Does not own trying it (`features.access.supervisor.directory.trial`).  Called by
`meshvisor init`.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from meshvisor.features.access.settings import DatabaseFileSetting, DatabaseSettings
from meshvisor.features.access.supervisor.directory.database_config import (
    MongoConfig,
    Option,
    load_database_config,
    make_config,
)
from meshvisor.features.access.supervisor.directory.trial import Trial, examine
from meshvisor.features.fleet.cli.init.questions import (
    OTHER,
    SKIP,
    STOP,
    ask_for_a_way_out,
    ask_for_another_uri,
    ask_for_uri,
    ask_to_replace,
)
from meshvisor.features.fleet.cli.init.request import InitRequest
from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.shared.errors import MeshvisorError, SettingsError, UsageError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.model import Settings

VARIABLE: Final = "MESHVISOR__DATABASE__URI"

OPTIONS: Final[dict[str, Option]] = {
    "maxPoolSize": 10,
    "minPoolSize": 2,
    "serverSelectionTimeoutMS": 5000,
    "socketTimeoutMS": 45000,
}
"""Of the driver; as in config/database.example.json."""


@dataclass(frozen=True, slots=True)
class DatabasePlan:
    """The database that will be used."""

    config: MongoConfig | None = None
    """None: SQLite."""
    path: Path | None = None
    """The file to write; None: none is written."""
    trial: Trial | None = field(default=None, repr=False)
    """What the MongoDB has shown; None: there is none, or it cannot be used."""
    problem: MeshvisorError | None = None
    """Why it cannot be used."""

    @property
    def content(self) -> bytes:
        """What the file is to hold."""
        assert self.config is not None
        data = {"uri": self.config.uri.get_secret_value(), "options": self.config.options}
        return (json.dumps(data, indent=2) + "\n").encode()


def plan_database(
    home: Home, settings: Settings, request: InitRequest, dialogue: Dialogue | None
) -> DatabasePlan:
    """Decide about the database, and try it; writes nothing.

    Args:
        home: whose.
        settings: those that will hold.
        request: what was said by options.
        dialogue: whom to ask; None: no one; then a database that cannot be used is a `problem`.

    Raises:
        UsageError: the address is none, or another one is configured and there is no one to ask.
        MeshvisorError: it cannot be used, and the user has given up.
    """
    uri = _wanted(settings, request)
    if uri is not None:
        source = "--mongodb" if request.mongodb else VARIABLE
        plan = _chosen(home, settings, make_config(uri, OPTIONS, source), request, dialogue)
    else:
        plan = _configured(home, settings, dialogue)
    return plan if plan.config is None else _tried(home, settings, plan, dialogue)


# ---- Which ---------------------------------------------------------------------------------------


def _wanted(settings: Settings, request: InitRequest) -> str | None:
    variable = os.environ.get(VARIABLE, "")
    if request.mongodb and variable and request.mongodb != variable:
        raise UsageError(
            f"--mongodb names another database than {VARIABLE}, which would win; leave one of "
            "them out"
        )
    held = settings.of(DatabaseSettings).uri.get_secret_value()
    if request.mongodb and held and request.mongodb != held:
        raise UsageError(
            "--mongodb names another database than database.uri of the settings, which would win; "
            "leave one of them out"
        )
    return request.mongodb or variable or None


def _configured(home: Home, settings: Settings, dialogue: Dialogue | None) -> DatabasePlan:
    """Return what is configured already, else what is answered, else SQLite."""
    config = load_database_config(home, settings)
    if config is None and dialogue is not None:
        uri = ask_for_uri(dialogue)
        if uri is not None:
            return DatabasePlan(_corrected(uri, dialogue), _path(home, settings))
    return DatabasePlan(config)


def _chosen(
    home: Home,
    settings: Settings,
    config: MongoConfig,
    request: InitRequest,
    dialogue: Dialogue | None,
) -> DatabasePlan:
    """Return what was wished for; a file that names it already stays."""
    path = _path(home, settings)
    there = None if request.force else load_database_config(home, _without_uri(settings))
    if there is None:
        return DatabasePlan(config, path)
    if there.uri == config.uri:
        return DatabasePlan(there)
    if dialogue is None:
        raise UsageError(
            f"{path} is there already and names another database; leave the address out, edit the "
            "file, or add --force to replace it (a copy is kept)"
        )
    if ask_to_replace(dialogue, path, default=False):
        return DatabasePlan(config, path)
    return DatabasePlan(load_database_config(home, settings))


def _corrected(uri: str, dialogue: Dialogue) -> MongoConfig:
    while True:
        try:
            return make_config(uri, OPTIONS, "That")
        except SettingsError as error:
            dialogue.say(f"{error}.")
            uri = ask_for_another_uri(dialogue)


def _path(home: Home, settings: Settings) -> Path:
    return home.below(settings.of(DatabaseFileSetting).database_config_path)


def _without_uri(settings: Settings) -> Settings:
    database = settings.of(DatabaseSettings).model_copy(update={"uri": SecretStr("")})
    return settings.replaced(database)


# ---- Trying it -----------------------------------------------------------------------------------


def _tried(
    home: Home, settings: Settings, plan: DatabasePlan, dialogue: Dialogue | None
) -> DatabasePlan:
    while True:
        assert plan.config is not None
        trial, problem = _try(plan.config, settings.of(DatabaseSettings), dialogue)
        if problem is None or dialogue is None:
            return replace(plan, trial=trial, problem=problem)
        dialogue.say(f"{problem}.")
        # What the settings or the variable name would win over the file.
        fixed = bool(settings.of(DatabaseSettings).uri.get_secret_value())
        way = ask_for_a_way_out(dialogue, can_change=not fixed)
        if way == SKIP:
            return replace(plan, problem=problem)
        if way == STOP:
            dialogue.say("Nothing was changed.")
            raise problem
        if way == OTHER:
            config = _corrected(ask_for_another_uri(dialogue), dialogue)
            plan = DatabasePlan(config, _path(home, settings))


def _try(
    config: MongoConfig, settings: DatabaseSettings, dialogue: Dialogue | None
) -> tuple[Trial | None, MeshvisorError | None]:
    if dialogue is not None:
        dialogue.say(f"Trying {config.place}, for up to {settings.timeout:g} seconds …")
    try:
        trial = asyncio.run(examine(config, settings))
    except MeshvisorError as error:
        return None, error
    if dialogue is not None:
        version = f", version {trial.version}," if trial.version else ""
        dialogue.say(f"The database{version} answers and may be written.")
    return trial, None
