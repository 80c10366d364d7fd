"""What somebody may do through the console: scopes such as `jobs:operate`, and roles over them.

A scope names an area, which is usually a feature, and a level.  Levels are ordered: who may edit
may operate, and who may operate may view.  `*` as the area means all of them.

Owns the words and the rule.  Does not own who has which scopes (`features.operators`), nor what a
request takes (each route says so, see `console.routing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

LEVELS: Final[Mapping[str, int]] = MappingProxyType(
    {"view": 1, "operate": 2, "execute": 2, "edit": 3, "create": 3, "admin": 4}
)
"""How far each reaches; `execute` and `create` are words of the scopes `processes:…`."""

ROLES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {"viewer": ("*:view",), "operator": ("*:operate",), "admin": ("*:edit",), "owner": ("*:admin",)}
)
"""The scopes of each role, from the least to the most."""

OWNER: Final = "owner"

_SCOPE: Final = re.compile(r"(\*|[a-z][a-z_]{0,31}):([a-z]+|\*)")


def check_scope(text: str) -> str:
    """Return a scope.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    match = _SCOPE.fullmatch(text)
    if match is None or match[2] not in (*LEVELS, "*"):
        raise ValueError(
            f"{text[:60]!r} is no scope; name an area and one of {', '.join(LEVELS)}, such as "
            "jobs:operate, or *:view for all areas"
        )
    return text


def check_role(name: str) -> str:
    """Return a role.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    if name in ROLES:
        return name
    raise ValueError(f"{name[:40]!r} is no role; choose one of {', '.join(ROLES)}")


def allows(held: Iterable[str], needed: str) -> bool:
    """Return whether one of the scopes `held` reaches as far as the one that is needed."""
    area, _, level = needed.partition(":")
    return any(_reaches(scope, area, LEVELS[level]) for scope in held)


def covers(held: Iterable[str], scopes: Iterable[str]) -> bool:
    """Return whether somebody with the scopes `held` may do all that `scopes` allow."""
    given = tuple(held)
    return all(_is_covered(given, scope) for scope in scopes)


# Private


def _reaches(scope: str, area: str, level: int) -> bool:
    its_area, _, its_level = scope.partition(":")
    return its_area in ("*", area) and _height(its_level) >= level


def _is_covered(held: tuple[str, ...], scope: str) -> bool:
    area, _, level = scope.partition(":")
    return any(_reaches(one, area, _height(level)) for one in held)


def _height(level: str) -> int:
    return max(LEVELS.values()) if level == "*" else LEVELS.get(level, 0)
