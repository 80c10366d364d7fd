"""Sentences that people read, each with a code, so that others can say them in other words.

    NO_JOB: Final = Wording("jobs.unknown", "there is no job {job_id}; …")

    reasons.append(NO_JOB(job_id=7))
    raise UnknownError(NO_JOB.said(job_id=7))

The first is the sentence.  The second is one that knows its code: an error carries that through the
control socket to `problem+json`.  What is kept as text, such as why a schedule has skipped a time,
is recognized by its wording.  The pages of the console say both in the language of
their reader (docs/decisions/0048-wordings.md), and the sentence itself where they know no other.

Owns how a sentence is made.  Does not own the sentences: each stands beside the code that says it.
`console.wordings` collects them for the pages and for the test that none lacks a translation.

Imported by the client of the control socket: nothing is loaded here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Self

Fields = Mapping[str, str | int | float | None]

_NONE: Fields = MappingProxyType({})


class Worded(str):
    """A sentence with the code and values that it was made of.

    Only for errors, which take it apart: what writes messages knows no text but `str` itself.

    Attributes:
        code: of its wording, such as `jobs.unknown`.
        fields: what it fills in, as JSON has it.
    """

    __slots__ = ("code", "fields")

    code: str
    fields: Fields

    def __new__(cls, text: str, code: str = "", fields: Fields = _NONE) -> Self:
        """Return the sentence `text`."""
        worded = super().__new__(cls, text)
        worded.code = code
        worded.fields = fields
        return worded


class Wording:
    """A sentence with blanks.

    Args:
        code: its name for programs, which stays when the words change: an area and a word,
            `jobs.unknown`.
        text: the sentence, with `{name}` for what is filled in, as `str.format` takes it.
    """

    __slots__ = ("code", "text")

    def __init__(self, code: str, text: str) -> None:
        self.code = code
        self.text = text

    def __call__(self, **fields: Any) -> str:
        """Return the sentence with its blanks filled in."""
        return self.text.format(**fields)

    def said(self, **fields: Any) -> Worded:
        """Return the same for an error, which keeps the code and the fields."""
        return Worded(self(**fields), self.code, _plain(fields))


def code_of(text: str | None) -> dict[str, Any]:
    """Return `code` and `fields` of a sentence; nothing where it has none."""
    if not isinstance(text, Worded) or not text.code:
        return {}
    return {"code": text.code, "fields": dict(text.fields)}


def _plain(fields: Mapping[str, Any]) -> Fields:
    """Return values that JSON knows; of others what the sentence says."""
    return {
        name: value if value is None or type(value) in (str, int, float) else str(value)
        for name, value in fields.items()
    }
