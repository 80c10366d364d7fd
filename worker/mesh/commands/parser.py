"""From a chat message to a command name and its arguments.  Pure functions.

Arguments are separated by whitespace; quotes hold words together: "like this", 'like this' or
“like this”.  A quote only counts at the beginning of a word and when it is closed, so that
`say don't` and `say it's 5" wide` mean what they look like.

A prefix of signs only (`?`) touches the name; one that ends in a letter or digit (`bot`) needs a
space, or every "bottle" would be a command; any other (`bot:`) may have one.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from meshvisor.shared.model.command_name import COMMAND_NAME

QUOTES: Final = {'"': '"', "'": "'", "“": "”", "„": "“", "«": "»"}
"""Opening to closing; phones and word processors type the curly ones."""

LONGEST_COMMAND: Final = 16 * 1024
"""Characters of a command; more than a room carries in one message, and less than would keep a
worker busy."""

_CLOSING: Final = re.compile(rf"[{''.join(set(QUOTES.values()))}](?!\S)")
_WORD: Final = re.compile(r"\S+")


class Invocation(msgspec.Struct, frozen=True):
    """What a user wants a command to do."""

    prefix: str
    name: str
    """As it was written, in whatever case."""
    argument_text: str
    """Everything after the name, trimmed, quotes as written."""
    args: tuple[str, ...]
    too_long: bool = False
    """Whether it has more than `LONGEST_COMMAND`; its arguments were not looked at then."""


class Parser:
    """Finds commands in messages.

    Args:
        prefixes: what a command begins with; of several that fit, the longest counts.
    """

    def __init__(self, prefixes: Iterable[str]) -> None:
        self._prefixes = sorted(prefixes, key=len, reverse=True)

    def asked(self, text: str) -> Invocation | None:
        """Return the command in a text without a prefix, as if it had the first one."""
        prefix = self._prefixes[0]
        return _after_prefix(prefix, text if _must_touch(prefix) else f" {text}")

    def parse(self, text: str) -> Invocation | None:
        """Return the command in a message, or None when it is just talk."""
        text = text.lstrip()
        for prefix in self._prefixes:
            if text.startswith(prefix):
                return _after_prefix(prefix, text[len(prefix) :])
        return None


def split_arguments(text: str) -> tuple[str, ...]:
    """Return the words of `text`, quoted ones in one piece and without their quotes.

    Goes through the text once, whatever quotes are in it.
    """
    ends = _word_ends(text)
    words: list[str] = []
    position = 0
    while word := _WORD.search(text, position):
        start = word.start()
        end = _next(ends.get(QUOTES.get(text[start], ""), ()), start)
        words.append(word[0] if end is None else text[start + 1 : end])
        position = word.end() if end is None else end + 1
    return tuple(words)


def _after_prefix(prefix: str, text: str) -> Invocation | None:
    if _must_touch(prefix) and text[:1].isspace():
        return None
    if prefix[-1].isalnum() and not text[:1].isspace():
        return None
    too_long = len(text) > LONGEST_COMMAND
    pieces = text[:LONGEST_COMMAND].split(None, 1)
    # Anything else behind a prefix is mere talk ("???").
    if not pieces or not COMMAND_NAME.fullmatch(pieces[0]):
        return None
    if too_long:
        return Invocation(prefix, pieces[0], "", (), too_long=True)
    argument_text = pieces[1].strip() if len(pieces) > 1 else ""
    return Invocation(prefix, pieces[0], argument_text, split_arguments(argument_text))


def _must_touch(prefix: str) -> bool:
    """Say whether the name has to follow at once: behind "?" it has, behind "bot:" it may."""
    return not any(character.isalnum() for character in prefix)


def _word_ends(text: str) -> dict[str, list[int]]:
    """Return where each closing quote ends a word: 'tis the season of o'clock has none."""
    ends: dict[str, list[int]] = {}
    for found in _CLOSING.finditer(text):
        ends.setdefault(found[0], []).append(found.start())
    return ends


def _next(positions: Sequence[int], after: int) -> int | None:
    """Return the first of these sorted positions behind another one."""
    index = bisect_right(positions, after)
    return positions[index] if index < len(positions) else None
