"""The words, numbers and dates of a report's page, in the language of its reader.

Owns the choice and the form.  The English sentence is the key, as with gettext; `de.json` and its
like beside this have it in others, one file per language.  What a file lacks is said in English.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date
from pathlib import Path
from typing import Any, Final

ENGLISH: Final = "en"

LANGUAGES: Final = (ENGLISH, *sorted(path.stem for path in Path(__file__).parent.glob("*.json")))

# Chosen once for a page, and read in each of its words: not an argument of forty functions.
_PRESENT: Final[ContextVar[str]] = ContextVar("language of the report", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Have what is said within in a language; an unknown one is English."""
    token = _PRESENT.set(language if language in LANGUAGES else ENGLISH)
    try:
        yield
    finally:
        _PRESENT.reset(token)


def present() -> str:
    """Return the code of the language that is spoken."""
    return _PRESENT.get()


def say(text: str, **fields: Any) -> str:
    """Return a text of ours in the language that is spoken, with its blanks filled in."""
    words: str = _catalogue(_PRESENT.get()).get(text, text)
    return words.format(**fields) if fields else words


def counted(value: int, one: str, many: str) -> str:
    """Return a number with what is counted: both have the blank `count`."""
    return say(one if value == 1 else many, count=number(value))


def number(value: float, places: int = 0) -> str:
    """Return a number with separators."""
    text = f"{value:,.{places}f}"
    if not _catalogue(_PRESENT.get()).get("decimal comma"):
        return text
    return text.translate({ord(","): ".", ord("."): ","})


def short_day(day: date) -> str:
    """Return a day without its year: `2 Mar`."""
    return say("{day} {month}", day=day.day, month=_month(day))


def long_day(day: date) -> str:
    """Return a day with its name: `Mon 2 Mar 2026`."""
    weekday = say(f"{day:%a}")
    fields = {"weekday": weekday, "day": day.day, "month": _month(day), "year": day.year}
    return say("{weekday} {day} {month} {year}", **fields)


def month_of(day: date) -> str:
    """Return a month: `Mar 2026`."""
    return f"{_month(day)} {day.year}"


# Private


def _month(day: date) -> str:
    return say(f"{day:%b}")


@functools.cache
def _catalogue(language: str) -> Mapping[str, Any]:
    if language == ENGLISH:
        return {}
    path = Path(__file__).with_name(f"{language}.json")
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
