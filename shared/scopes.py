"""What an account may do through the console: scopes such as `jobs:operate`, and roles over them.

A scope names an area, which is usually a feature, and a level.  Levels hold others: who may edit
may operate, and who may operate may view.  `*` as the area means all of them.

Owns the words and the rule.  Does not own who has which scopes (`features.operators`), nor what a
request takes (each route says so, see `console.routing`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Final

_UP_TO_EDIT: Final = frozenset(
    {"view", "execute", "operate", "create", "publish", "delete", "edit"}
)

LEVELS: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "view": frozenset({"view"}),
        "execute": frozenset({"view", "execute"}),
        "operate": frozenset({"view", "execute", "operate"}),
        "create": frozenset({"view", "create"}),
        "publish": frozenset({"view", "publish"}),
        "delete": frozenset({"view", "delete"}),
        "edit": _UP_TO_EDIT,
        "admin": _UP_TO_EDIT | {"admin"},
    }
)
"""What each holds; `view`, `operate`, `edit` and `admin` grow, the others are parts of those."""

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
    """Return whether one of the scopes `held` holds the one that is needed."""
    area, _, level = needed.partition(":")
    return level in _levels(held, area)


def covers(held: Iterable[str], scopes: Iterable[str]) -> bool:
    """Return whether an account with the scopes `held` may do all that `scopes` allow."""
    given = tuple(held)
    for scope in scopes:
        area, _, _ = scope.partition(":")
        if not _levels((scope,), area) <= _levels(given, area):
            return False
    return True


# Private


def _levels(scopes: Iterable[str], area: str) -> frozenset[str]:
    """Return all levels that scopes hold in an area."""
    found: frozenset[str] = frozenset()
    for scope in scopes:
        its_area, _, level = scope.partition(":")
        if its_area in ("*", area):
            found |= LEVELS["admin"] if level == "*" else LEVELS.get(level, frozenset())
    return found
