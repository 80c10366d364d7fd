"""Secrets that programs keep: of sessions, tokens and links.

Owns how they are made and what is kept of them.  Each has 256 random bits, so that a plain hash
hides it, and looking one up takes no longer for a right one than for a wrong one.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

TOKEN_PREFIX: Final = "mvt_"  # noqa: S105 - what tells such a secret from others, in logs too
"""What tokens begin with, so that programs which look for leaked secrets find them."""

_BYTES: Final = 32

_OF_THIS_PROCESS: Final = secrets.token_bytes(_BYTES)


def new_secret(prefix: str = "") -> str:
    """Return a new one."""
    return prefix + secrets.token_urlsafe(_BYTES)


def secret_for(caller: str, once: str | None, prefix: str = "") -> str:
    """Return a new one, or the one that the same request has been given before.

    Args:
        caller: who asks for it.
        once: the name of their request, which they send again when they have heard nothing; None:
            it has none.
        prefix: what it begins with.
    """
    if once is None:
        return new_secret(prefix)
    # Made by the process that answers, which others cannot look into; when it is gone, so are they.
    text = f"{prefix} {caller} {once}".encode("utf-8", "replace")
    made = hmac.digest(_OF_THIS_PROCESS, text, "sha256")
    return prefix + base64.urlsafe_b64encode(made).decode().rstrip("=")


def digest(secret: str) -> str:
    """Return the hash of a secret, which is what is stored."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
