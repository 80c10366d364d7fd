"""Messages within messages: CTCP, such as `ACTION waves` between two marks (0x01)."""

from __future__ import annotations

from typing import Final, NamedTuple

MARK: Final = "\x01"


class Ctcp(NamedTuple):
    """One of them."""

    command: str
    """In capitals."""
    text: str


def parse(text: str) -> Ctcp | None:
    """Return the one that a text is; None: it is none.  The mark at the end may be missing."""
    if not text.startswith(MARK):
        return None
    command, _, rest = text[1:].removesuffix(MARK).partition(" ")
    return Ctcp(command.upper(), rest)


def written(command: str, text: str = "") -> str:
    """Return one as the text of a message."""
    inner = f"{command} {text}" if text else command
    return f"{MARK}{inner.replace(MARK, '')}{MARK}"
