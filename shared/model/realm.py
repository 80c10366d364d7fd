"""Realms: where a user id means one person.

`12345` on one network and `12345` on another are two people, so a user is a realm and an id.  The
platform's realm has no name, and where there is no other people never see one (docs/accounts.md).

Owns what a realm may be called, and how a user or thing of a realm is written.
"""

from __future__ import annotations

import re
from typing import Final

DEFAULT: Final = ""
"""The platform's."""

LONGEST: Final = 32
"""Characters."""

_NAME: Final = re.compile(r"[a-z0-9]+([_-][a-z0-9]+)*")
"""Lower case, for it stands in names of environment variables, which have no case; neither `__`,
which parts those, nor `/`, which ends a realm."""


def is_name(text: str) -> bool:
    """Say whether a realm, or an account, may be called this."""
    return len(text) <= LONGEST and _NAME.fullmatch(text) is not None


def check_realm(text: str) -> str:
    """Return a realm's name as it is meant; an empty one is that of the platform's.

    Raises:
        ValueError: there can be none of this name; the message is one sentence.
    """
    name = text.strip()
    if name == DEFAULT or is_name(name):
        return name
    raise ValueError(
        f"{text[:LONGEST]!r} names no realm: {WHAT_NAMES_ARE}, such as irc; or empty: the "
        "platform's own"
    )


WHAT_NAMES_ARE: Final = f"1 to {LONGEST} small letters (a-z) and digits, with single - or _ between"


def named_within(realm: str, written: str) -> str | None:
    """Return the name that is written within a realm, as by `within`; None: it is not."""
    if not realm:
        return written
    return written.removeprefix(f"{realm}/") if written.startswith(f"{realm}/") else None


def within(realm: str, name: str) -> str:
    """Return how something of a realm is written: `irc/ann`; in the platform's it is the name.

    No two are written alike: neither the ids of the platform's users nor commands have a slash.
    """
    return f"{realm}/{name}" if realm else name
