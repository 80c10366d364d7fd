"""What zones and groups may be called, and how users are written."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.model.realm import check_realm, within
from meshvisor.shared.model.user_id import check_user_id

LONGEST_NAME: Final = 64
"""Characters of a zone's or a group's name."""


def check_name(text: str) -> str:
    """Return the name of a zone or a group.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    name = text.strip()
    if 0 < len(name) <= LONGEST_NAME and name.isprintable() and "/" not in name:
        return name
    raise ValueError(
        f"{text[:LONGEST_NAME]!r} is no name: 1 to {LONGEST_NAME} visible characters without a "
        "slash, such as harbour"
    )


def check_user(text: str) -> str:
    """Return a user as the event log spells one: `12345`, or `irc/ann` of another realm.

    Raises:
        ValueError: it is none; the message is one sentence.
    """
    realm, slash, user_id = text.strip().partition("/")
    if not slash:
        return check_user_id(realm)
    return within(check_realm(realm), check_user_id(user_id, realm))
