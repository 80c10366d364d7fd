"""The items of a new job as the operator gives them: after `--items`, in a file, through a pipe.

Owns reading them and saying where one that cannot be stands.  The supervisor checks them again.
"""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from typing import Final

from meshvisor.features.jobs.model.job import MAX_ITEMS, check_key
from meshvisor.shared.errors import UsageError

STDIN: Final = "-"

MAX_LINE: Final = 64 * 1024
"""Bytes of a line, comments included; what has none at all is no list."""

COMMENT: Final = "#"


def given_items(listed: str | None, file: str | None) -> list[str] | None:
    """Return the keys in their order; None: none were given, which is another job than one of none.

    Args:
        listed: keys between commas; None: not given.
        file: name of a file with a key per line, `-` for stdin; None: not given.

    Raises:
        UsageError: one cannot be, the file cannot be read, or there are no keys or too many.
    """
    if listed is None and file is None:
        return None
    keys = [] if listed is None else _listed(listed)
    if file is not None:
        keys += _bounded(_in_file(file), len(keys))
    if not keys:
        raise UsageError("the list of items is empty; name some, or leave it out altogether")
    return keys


# Private


def _listed(text: str) -> list[str]:
    try:
        parts = (check_key(part.strip()) for part in text.split(",") if part.strip())
        return _bounded(parts, 0)
    except ValueError as error:
        raise UsageError(f"{error}.") from None


def _in_file(name: str) -> Iterator[str]:
    shown = "stdin" if name == STDIN else name
    try:
        with nullcontext(sys.stdin.buffer) if name == STDIN else open(name, "rb") as file:
            number = 0
            while line := file.readline(MAX_LINE + 1):
                number += 1
                try:
                    key = _key_in(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
                except ValueError as error:
                    raise UsageError(f"line {number} of {shown}: {error}.") from None
                if key:
                    yield key
    except OSError as error:
        raise UsageError(
            f"the items cannot be read from {shown}: {error.strerror or error}; name a file with "
            f"one key per line, or {STDIN} for stdin"
        ) from None


def _key_in(line: bytes) -> str | None:
    """Return the key in a line; None: there is none.

    Raises:
        ValueError: it cannot be one.
    """
    if len(line) > MAX_LINE:
        raise ValueError("it is too long; write one key per line")
    try:
        text = line.decode().strip()
    except UnicodeDecodeError:
        raise ValueError("it is no text in UTF-8; save it as such") from None
    return check_key(text) if text and not text.startswith(COMMENT) else None


def _bounded(keys: Iterator[str], before: int) -> list[str]:
    found = []
    for key in keys:
        found.append(key)
        # Not at the end: a pipe may never have one.
        if before + len(found) > MAX_ITEMS:
            raise UsageError(
                f"these items are too many for one job; submit up to {MAX_ITEMS:,} at a time"
            )
    return found
