"""From a chat message to a command name and its arguments.  Pure functions.

Arguments are separated by whitespace; quotes hold words together: "like this", 'like this' or
“like this”.  A quote only counts at the beginning of a word and when it is closed, so that
`say don't` and `say it's 5" wide` mean what they look like.

A prefix of signs only (`?`) touches the name; one that ends in a letter or digit (`bot`) needs a
space, or every "bottle" would be a command; any other (`bot:`) may have one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from shared.model.admin_commands import COMMAND_NAME

QUOTES: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»"}
"""Opening to closing; phones and word processors type the curly ones."""


@dataclass(frozen=True, slots=True)
class Invocation:
    """What somebody wants a command to do."""

    prefix: str
    name: str
    """As it was written, in whatever case."""
    argument_text: str
    """Everything after the name, trimmed, quotes as written."""
    args: tuple[str, ...]


class Parser:
    """Finds commands in messages.

    Args:
        prefixes: what a command begins with; of several that fit, the longest counts.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._prefixes = sorted(prefixes, key=len, reverse=True)

    def parse(self, text: str) -> Invocation | None:
        """Return the command in a message, or None when it is just talk."""
        text = text.lstrip()
        for prefix in self._prefixes:
            if text.startswith(prefix):
                return _after_prefix(prefix, text[len(prefix) :])
        return None


def split_arguments(text: str) -> tuple[str, ...]:
    """Return the words of `text`, quoted ones in one piece and without their quotes."""
    words: list[str] = []
    rest = text.strip()
    while rest:
        word, rest = _quoted(rest) or _plain(rest)
        words.append(word)
        rest = rest.lstrip()
    return tuple(words)


def _after_prefix(prefix: str, text: str) -> Invocation | None:
    if _must_touch(prefix) and text[:1].isspace():
        return None
    if prefix[-1].isalnum() and not text[:1].isspace():
        return None
    pieces = text.split(None, 1)
    # Anything else behind a prefix is mere talk ("???").
    if not pieces or not COMMAND_NAME.fullmatch(pieces[0]):
        return None
    argument_text = pieces[1].strip() if len(pieces) > 1 else ""
    return Invocation(prefix, pieces[0], argument_text, split_arguments(argument_text))


def _must_touch(prefix: str) -> bool:
    """Say whether the name has to follow at once: behind "?" it has, behind "bot:" it may."""
    return not any(character.isalnum() for character in prefix)


def _quoted(text: str) -> tuple[str, str] | None:
    closing = QUOTES.get(text[0])
    end = text.find(closing, 1) if closing else -1
    # The closing quote has to end the word: 'tis the season of o'clock.
    while end > 0 and text[end + 1 : end + 2].strip():
        assert closing is not None
        end = text.find(closing, end + 1)
    return (text[1:end], text[end + 1 :]) if end > 0 else None


def _plain(text: str) -> tuple[str, str]:
    pieces = text.split(None, 1)
    return pieces[0], pieces[1] if len(pieces) > 1 else ""
