"""Passwords: the rules for them, and their hashes (argon2id).

Hashing takes a tenth of a second and 19 MB, so it is never done by the supervisor: the console and
the command line do it.  The cost is what OWASP names for argon2id (19 MiB, 2 passes, 1 lane).
"""

from __future__ import annotations

import re
from typing import Final

from meshvisor.features.operators.wordings import PASSWORD
from meshvisor.shared.errors import UsageError

SHORTEST: Final = 10
LONGEST: Final = 256
"""Characters."""

_MEMORY: Final = 19 * 1024
_PASSES: Final = 2
_LANES: Final = 1

_HASH: Final = re.compile(r"\$argon2id\$[A-Za-z0-9+/=,$]{20,300}")


def check_password(password: str) -> str:
    """Return a password that is good enough.

    Raises:
        UsageError: it is too short or too long.
    """
    if SHORTEST <= len(password) <= LONGEST:
        return password
    raise UsageError(PASSWORD.said(shortest=SHORTEST, longest=LONGEST, length=len(password)))


def check_hash(text: str) -> str:
    """Return what is kept of a password.

    Raises:
        ValueError: it is none.
    """
    if _HASH.fullmatch(text):
        return text
    raise ValueError("that is no hash of a password; send what argon2id makes of it")


def make_hash(password: str) -> str:
    """Return what is kept of a password; takes long."""
    from argon2 import PasswordHasher

    hasher = PasswordHasher(time_cost=_PASSES, memory_cost=_MEMORY, parallelism=_LANES)
    return hasher.hash(password)


def fits(password: str, kept: str) -> bool:
    """Return whether a password is the one of which `kept` was made; takes long."""
    from argon2 import PasswordHasher
    from argon2.exceptions import Argon2Error, InvalidHashError

    try:
        return PasswordHasher().verify(kept, password)
    except (Argon2Error, InvalidHashError):
        return False
