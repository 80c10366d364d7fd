"""Loading the settings: the file, over it the environment, checked as a whole.

Owns the order of the sources and that every problem is reported at once, with its place.  Does
not own the settings themselves (`shared.settings.model`).  Called once per start, by `meshvisor
config` and on SIGHUP.  pydantic-settings would do half of this for 180 ms of every start, and
cannot name the line of a wrong setting.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from meshvisor.shared.errors import SettingsError
from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.entry_settings import EntryError
from meshvisor.shared.settings.environment import Environment
from meshvisor.shared.settings.location import MISSING, Location, find, name_of
from meshvisor.shared.settings.model import Settings, declared_sections, settings_class
from meshvisor.shared.settings.problems import Problem, describe
from meshvisor.shared.settings.secrets import exposed, masked, secrets_of
from meshvisor.shared.settings.section import Table
from meshvisor.shared.settings.toml_file import SettingsFileError, TomlFile


def load_settings(home: Home, environ: Mapping[str, str]) -> Settings:
    """Return the settings of a home.

    Args:
        home: its `config/meshvisor.toml` is read; a missing one counts as empty.
        environ: variables named MESHVISOR__SECTION__NAME win over the file.

    Raises:
        SettingsError: something is wrong; one line of its message for each problem says where
            (file and line, or variable), what was found and what is allowed.
        MissingError: the file is there and cannot be read.
    """
    try:
        file, problems = TomlFile.read(home.settings_file), []
    except SettingsFileError as error:
        # The variables are checked even so: the author of the file learns all at once.
        file, problems = TomlFile(home.settings_file, ""), [error.problem]
    return _checked(file, Environment(environ), problems)


def preview_settings(home: Home, text: str, environ: Mapping[str, str]) -> Settings:
    """Return the settings as they would be with `text`, which is valid TOML, as the file of a home.

    Raises:
        SettingsError: something is wrong, as from `load_settings`.
    """
    return _checked(TomlFile(home.settings_file, text), Environment(environ), [])


def diff(old: Settings, new: Settings) -> tuple[str, ...]:
    """Return the names of the settings that differ, in the model's order.

    Settings of a section are named like `fleet.max_processes`, lists as a whole: `meshes`.
    """
    return tuple(_changes(old, new, ""))


def _checked(file: TomlFile, environment: Environment, problems: list[Problem]) -> Settings:
    problems = [*environment.problems, *problems]
    if (secret := exposed(file.data, file.mode)) is not None:
        problems.append(_exposure(file, secret))
    data = _merge(file.data, environment.values)
    try:
        # By way of JSON, whose strict mode takes the lists and tables of TOML as they are, but
        # neither "3" nor true for a number.
        settings = settings_class().model_validate_json(_as_json(data), strict=True)
        problems += _misfits(settings, file, environment)
    except ValidationError as error:
        problems += _explain(error, data, file, environment)
    if problems:
        problems.sort(key=lambda p: (p.source != str(file.path), p.line or 0, p.source))
        raise SettingsError("\n".join(str(problem) for problem in problems))
    remember(secrets_of(settings))
    return settings


def _changes(old: BaseModel, new: BaseModel, prefix: str) -> Iterator[str]:
    for name in type(old).model_fields:
        before, after = getattr(old, name), getattr(new, name)
        if isinstance(before, BaseModel):
            yield from _changes(before, after, f"{prefix}{name}.")
        elif before != after:
            yield prefix + name


def _merge(data: dict[str, Any], values: Mapping[Location, Any]) -> dict[str, Any]:
    merged = dict(data)
    for location, value in values.items():
        _put(merged, location, value)
    return merged


def _put(table: dict[str, Any], location: Location, value: Any) -> None:
    name = str(location[0])
    if not location[1:]:
        table[name] = value
    elif isinstance(inner := table.get(name, {}), dict):
        table[name] = inner = dict(inner)
        _put(inner, location[1:], value)


def _as_json(data: dict[str, Any]) -> str:
    # TOML has dates, which no setting takes; as tables they are refused wherever they stand.
    return json.dumps(data, default=lambda value: {"date": str(value)})


def _exposure(file: TomlFile, secret: Location) -> Problem:
    text = (
        f"{name_of(secret)} is a secret, and others may use the file (mode {file.mode:04o}); "
        f"run: chmod 600 {file.path}"
    )
    return Problem(str(file.path), text, file.line_of(secret))


def _misfits(settings: Settings, file: TomlFile, environment: Environment) -> Iterator[Problem]:
    """Return what is right by itself and does not fit other sections."""
    for _, _, section in declared_sections():
        if isinstance(section, Table) or section.check is None:
            continue
        for location, text in section.check(settings):
            variable = environment.variable(location)
            line = None if variable else file.line_of(location)
            yield Problem(variable or str(file.path), text, line)


def _explain(
    error: ValidationError, data: dict[str, Any], file: TomlFile, environment: Environment
) -> Iterator[Problem]:
    data = masked(data)
    found = {details["loc"]: details for details in error.errors(include_url=False)}
    for place, details in found.items():
        # A list whose entries are wrong counts as too short as well; saying it once is enough.
        if any(other[: len(place)] == place for other in found if other != place):
            continue
        location, _ = find(data, place)
        variable = environment.variable(location)
        text = describe(details, data)
        # A section that there is not, is all that is said about what stands in it.
        inside = environment.variables_below(location) if _is_unknown(details) else []
        for name in (variable, *inside):
            if name:
                yield Problem(name, text)
        if not variable and (not inside or find(file.data, location)[1] is not MISSING):
            # What belongs to a transport is checked behind the entry that it is in.
            cause = details.get("ctx", {}).get("error")
            inner = cause.location if isinstance(cause, EntryError) else ()
            yield Problem(str(file.path), text, file.line_of((*location, *inner)))


def _is_unknown(details: ErrorDetails) -> bool:
    return details["type"] == "extra_forbidden"
