"""Settings that are secret: which they are, and how they stay out of messages and files.

Owns what follows from a setting being a secret.  Which ones are is said by their type in the model
(`SecretStr`).  Called by `shared.settings.load`.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from functools import cache
from typing import Any, Final

from pydantic import SecretStr

from meshvisor.shared.settings.location import Location, find
from meshvisor.shared.settings.model import Settings, named_tables, settings_class
from meshvisor.shared.settings.section import Section
from meshvisor.shared.single_user import for_others

MASK: Final = "********"
"""Stands for a secret wherever people look."""


@cache
def places_of_secrets() -> tuple[Location, ...]:
    """Return where a secret may stand."""
    return tuple(
        (section, name)
        for section, table in settings_class().model_fields.items()
        for name, field in getattr(table.annotation, "model_fields", {}).items()
        if field.annotation is SecretStr
    )


def secrets_of(settings: Settings) -> Iterator[SecretStr]:
    """Yield all secrets of settings that have a value."""
    for section, name in places_of_secrets():
        value = getattr(getattr(settings, str(section)), str(name))
        if isinstance(value, SecretStr) and value.get_secret_value():
            yield value
    for section in named_tables():
        for entry in getattr(settings, section).values():
            held = (value for _, value in entry if isinstance(value, SecretStr))
            yield from (value for value in held if value.get_secret_value())


def masked(data: Any) -> Any:
    """Return settings as they were written, with a mask for each secret.

    One in the wrong place is masked, too: `[[platform]]` is soon written for `[platform]`.
    """
    if isinstance(data, dict):
        names, named = {name for _, name in places_of_secrets()}, named_tables()
        return {
            key: MASK
            if key in names
            else _all_masked(value, _public(named[key].model))
            if key in named
            else masked(value)
            for key, value in data.items()
        }
    return [masked(entry) for entry in data] if isinstance(data, list) else data


def _all_masked(data: Any, but: Container[str]) -> Any:
    """Return tables whose settings are secret but for some."""
    if isinstance(data, dict):
        return {
            key: value
            if key in but and isinstance(value, str | int | float)
            else _all_masked(value, but)
            for key, value in data.items()
        }
    return [_all_masked(entry, but) for entry in data] if isinstance(data, list) else MASK


def exposed(data: dict[str, Any], mode: int) -> Location | None:
    """Return the first secret in a settings file that others may read; None: there is none.

    Args:
        data: what stands in the file.
        mode: its permission bits.
    """
    if not for_others(mode):
        return None
    for location in (*places_of_secrets(), *_named_secrets(data)):
        where, value = find(data, location)
        if where == location and isinstance(value, str) and value:
            return location
    return None


def _public(model: type[Section]) -> Container[str]:
    """Return the settings of an entry with a name that are no secrets."""
    fields = model.model_fields.items()
    return {name for name, field in fields if field.annotation is not SecretStr}


def _named_secrets(data: dict[str, Any]) -> Iterator[Location]:
    for section, declared in named_tables().items():
        entries = data.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            for key in entry if isinstance(entry, dict) else ():
                if key not in _public(declared.model):
                    yield section, name, key
