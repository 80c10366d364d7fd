"""Which settings a home begins with.

Owns whether `config/meshvisor.toml` is written, and that settings which an operator has made are
not lost.  Called by `meshvisor init`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass

from meshvisor.features.fleet.cli.init.questions import ask_for_choices, ask_to_replace
from meshvisor.features.fleet.cli.init.request import InitRequest
from meshvisor.features.fleet.cli.init.setup import setups
from meshvisor.features.fleet.cli.init.terminal import Dialogue
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.errors import SettingsError, UsageError
from meshvisor.shared.home_files import read_file, unreadable
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings, preview_settings
from meshvisor.shared.settings.model import Settings
from meshvisor.shared.settings.template import Choices, filled, template
from meshvisor.shared.settings.toml_file import MAX_SIZE


@dataclass(frozen=True, slots=True)
class SettingsPlan:
    """The settings that will hold."""

    settings: Settings
    text: str | None = None
    """The whole file; None: it stays as it is."""


def plan_settings(home: Home, request: InitRequest, dialogue: Dialogue | None) -> SettingsPlan:
    """Decide about the settings file; writes nothing.

    Args:
        home: whose.
        request: what was said by options.
        dialogue: whom to ask; None: no one.

    Raises:
        UsageError: there is a file that says something else, and there is no one to ask.
        SettingsError: it, or a variable, is wrong.
    """
    there = _read(home)
    # As it is delivered it holds no settings of an operator, and what is asked next is asking
    # enough.
    untouched = dialogue is not None and there == template()
    if there is None or untouched or request.force:
        return _new(home, request, dialogue, there)
    held = _held(home, dialogue)
    wanted = request.choices
    if held is not None and (wanted is None or _holds(held, wanted, request)):
        if wanted is not None or dialogue is None:
            return SettingsPlan(held)
        if not ask_to_replace(dialogue, home.settings_file, default=False):
            return SettingsPlan(held)
    elif dialogue is None:
        raise UsageError(
            f"{home.settings_file} is there already and says something else; leave out what "
            "concerns it, edit it, or add --force to replace it (a copy is kept)"
        )
    elif not ask_to_replace(dialogue, home.settings_file, default=False):
        return SettingsPlan(load_settings(home, os.environ))
    return _new(home, request, dialogue, there)


# Private


def _new(
    home: Home, request: InitRequest, dialogue: Dialogue | None, there: str | None
) -> SettingsPlan:
    # A wrong variable is reported before anything is asked.
    preview_settings(home, "", os.environ)
    choices = request.choices
    if choices is None:
        choices = Choices() if dialogue is None else ask_for_choices(dialogue)
    text = filled(choices)
    settings = preview_settings(home, text, os.environ)
    return SettingsPlan(settings, None if text == there else text)


def _read(home: Home) -> str | None:
    try:
        return read_file(home.settings_file, MAX_SIZE).data.decode("utf-8", "replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unreadable(home.settings_file, error) from error


def _held(home: Home, dialogue: Dialogue | None) -> Settings | None:
    try:
        return load_settings(home, os.environ)
    except SettingsError as error:
        if dialogue is None:
            raise
        for line in str(error).splitlines():
            dialogue.say(line)
        return None


def _holds(held: Settings, wanted: Choices, request: InitRequest) -> bool:
    """Whether settings say already what is wanted."""
    return (
        all(setup.holds(held, request.added) for setup in setups())
        and {mesh.id for mesh in held.each(StaticMesh)} == set(wanted.meshes)
        and all(_says(mesh, wanted.mesh_settings) for mesh in held.each(StaticMesh))
    )


def _says(mesh: StaticMesh, wanted: Mapping[str, object]) -> bool:
    said = {
        "transport": mesh.transport,
        "account": mesh.account,
        "server": mesh.server,
        "address": mesh.address,
        **mesh.own_settings(),
    }
    plain = {
        name: list(value) if isinstance(value, tuple) else value for name, value in wanted.items()
    }
    return all(said.get(name) == value for name, value in plain.items())
