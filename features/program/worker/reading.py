"""One line of a program to what it says; without I/O.

Owns the difference between what is unknown, which a newer program may say, and what is wrong.
"""

from __future__ import annotations

from typing import Any, cast

import msgspec

from meshvisor.features.program.worker.messages import FROM_PROGRAM, FromProgram
from meshvisor.shared import foreign_json


class Unknown(msgspec.Struct, frozen=True):
    """A message of a type that this version does not know."""

    type: str


class MalformedLineError(ValueError):
    """A line is no message; the text says why, without a value that may be a secret.

    Args:
        why: the text.
        kind: the type of the message; empty: it has none, or that is not what is wrong.
    """

    def __init__(self, why: str, kind: str = "") -> None:
        super().__init__(why)
        self.kind = kind


def read(line: bytes) -> FromProgram | Unknown:
    """Return what one line says.

    Raises:
        MalformedLineError: it is no JSON object with a type, or a field is missing or wrong.
    """
    try:
        value = foreign_json.decode(line)
    except foreign_json.ForeignJsonError:
        raise MalformedLineError("it is no JSON") from None
    if not isinstance(value, dict):
        raise MalformedLineError("it is no JSON object")
    kind = value.get("type")
    if not isinstance(kind, str):
        raise MalformedLineError("it has no type")
    model = FROM_PROGRAM.get(kind)
    if model is None:
        return Unknown(kind[:40])
    if b"null" in line:
        data = value.get("data")
        value = _without_nulls(value)
        if data is not None:
            value["data"] = data  # the program's own, as it is
    try:
        return cast("FromProgram", msgspec.convert(value, model))
    except (msgspec.ValidationError, RecursionError) as error:
        raise MalformedLineError(f"{kind}: {str(error)[:200]}", kind) from None


# Private


def _without_nulls(value: Any) -> Any:
    """Return a value whose objects have no fields that are null, so that these have defaults."""
    if isinstance(value, dict):
        return {name: _without_nulls(field) for name, field in value.items() if field is not None}
    return list(map(_without_nulls, value)) if isinstance(value, list) else value
