"""Settings that nobody else may see: which they are, and how they stay out of messages and files.

Owns what follows from a setting being a secret.  Which ones are is said by their type in the model
(`SecretStr`).  Called by `shared.settings.load`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from pydantic import SecretStr

from meshvisor.shared.settings.location import Location, find
from meshvisor.shared.settings.model import Settings, settings_class
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


def masked(data: Any) -> Any:
    """Return settings as they were written, with a mask for each secret.

    One in the wrong place is masked, too: `[[platform]]` is soon written for `[platform]`.
    """
    if isinstance(data, dict):
        names = {name for _, name in places_of_secrets()}
        return {key: MASK if key in names else masked(value) for key, value in data.items()}
    return [masked(entry) for entry in data] if isinstance(data, list) else data


def exposed(data: dict[str, Any], mode: int) -> Location | None:
    """Return the first secret in a settings file that others may read; None: there is none.

    Args:
        data: what stands in the file.
        mode: its permission bits.
    """
    if not for_others(mode):
        return None
    for location in places_of_secrets():
        where, value = find(data, location)
        if where == location and isinstance(value, str) and value:
            return location
    return None
