"""What is said to log in: SASL PLAIN and EXTERNAL in pieces of 400 bytes (IRCv3 SASL 3.1)."""

from __future__ import annotations

import base64
from typing import Final

PIECE: Final = 400
"""Characters of base64 in one AUTHENTICATE."""

PLAIN: Final = "PLAIN"
EXTERNAL: Final = "EXTERNAL"


def plain(account: str, password: str) -> bytes:
    """Return what PLAIN says (RFC 4616): whom to act as, who that is, and the password."""
    return b"\0".join(part.encode() for part in (account, account, password))


def external(account: str) -> bytes:
    """Return what EXTERNAL says (RFC 4422): whom to act as; empty: the owner of the certificate."""
    return account.encode()


def pieces(answer: bytes) -> list[str]:
    """Return the parameters of the AUTHENTICATEs that carry an answer."""
    text = base64.b64encode(answer).decode()
    found = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    if not found or len(found[-1]) == PIECE:
        found.append("+")  # nothing more comes
    return found
