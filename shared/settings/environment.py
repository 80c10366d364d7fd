"""Settings in environment variables: `MESHVISOR__SECTION__NAME=value`.

Where entries of a section have names, one stands between: `MESHVISOR__ACCOUNTS__IRC__PASSWORD`.

Owns their names and how text becomes a value: JSON where it is JSON, a list by commas where a
list belongs, text otherwise.  Does not own whether the value is allowed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any, Final, Literal, get_args, get_origin

from pydantic import SecretStr

from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import named_tables, settings_class
from meshvisor.shared.settings.problems import Problem

PREFIX: Final = "MESHVISOR__"


class Environment:
    """The settings among the environment variables.

    Attributes:
        values: what was set, by location.
        problems: variables that are no settings at all.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.values: dict[Location, Any] = {}
        self.problems: list[Problem] = []
        for name in sorted(environ):
            if name.startswith(PREFIX):
                self._read(name, environ[name])

    def _read(self, name: str, text: str) -> None:
        parts = name.removeprefix(PREFIX).split("__")
        location = tuple(part.lower() for part in parts)
        example = f"{PREFIX}FLEET__MAX_PROCESSES"
        depth = 3 if location[0] in named_tables() else 2
        if name != name.upper() or not all(parts) or len(parts) > depth:
            wanted = f"settings are named {PREFIX}SECTION__NAME in capitals, like {example}"
            self.problems.append(Problem(name, wanted))
        elif len(parts) == 1 and parts[0] in _tables():
            wanted = f"names a whole section; set one setting of it, like {example}"
            self.problems.append(Problem(name, wanted))
        else:
            value = _value(text, _type_of(location))
            if _is_text(value):
                self.values[location] = value
            else:
                self.problems.append(Problem(name, "is not UTF-8 text"))

    def variable(self, location: Location) -> str | None:
        """Return the variable that set `location`, or the list that it is in; None: none did."""
        for length in range(1, len(location) + 1):
            if location[:length] in self.values:
                return PREFIX + "__".join(str(part).upper() for part in location[:length])
        return None

    def variables_below(self, location: Location) -> list[str]:
        """Return the variables that set something inside of `location`."""
        return [
            PREFIX + "__".join(str(part).upper() for part in one)
            for one in self.values
            if len(one) > len(location) and one[: len(location)] == location
        ]


@cache
def _tables() -> frozenset[str]:
    return frozenset(
        name.upper()
        for name, field in settings_class().model_fields.items()
        if hasattr(field.annotation, "model_fields")
    )


def _type_of(location: Location) -> Any:
    """Return the type of a setting; None for an unknown one."""
    annotation: Any = settings_class()
    if len(location) > 2:
        entry = named_tables()[str(location[0])].model.model_fields.get(str(location[2]))
        return entry.annotation if entry else SecretStr
    for part in location:
        field = getattr(annotation, "model_fields", {}).get(part)
        annotation = field.annotation if field else None
    return annotation


def _value(text: str, annotation: Any) -> Any:
    is_list = get_origin(annotation) is tuple
    is_text = (
        annotation in (str, SecretStr)
        or get_origin(annotation) is Literal
        or str in get_args(annotation)
    )
    try:
        value = json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        value = text
    if is_list and not isinstance(value, list):
        # Quoted text is one entry, commas and all; anything else is split.
        return [value] if _is_quoted(text, value) else _split(text)
    if is_text and not _is_quoted(text, value):
        return text
    return value


def _is_quoted(text: str, value: Any) -> bool:
    return isinstance(value, str) and value != text


def _is_text(value: Any) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _split(text: str) -> list[str]:
    return [part for part in (part.strip() for part in text.split(",")) if part]


def _refuse(constant: str) -> Any:
    # NaN and Infinity are not JSON, though Python reads them.
    raise ValueError(constant)
