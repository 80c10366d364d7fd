"""Secrets that programs keep: of sessions, tokens and links.

Owns how they are made and what is kept of them.  Each has 256 random bits, so that a plain hash
hides it, and looking one up takes no longer for a right one than for a wrong one.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

TOKEN_PREFIX: Final = "mvt_"  # noqa: S105 - what tells such a secret from others, in logs too
"""What tokens begin with, so that programs which look for leaked secrets find them."""

_BYTES: Final = 32


def new_secret(prefix: str = "") -> str:
    """Return a new one."""
    return prefix + secrets.token_urlsafe(_BYTES)


def digest(secret: str) -> str:
    """Return what is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
