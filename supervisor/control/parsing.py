"""From a frame to a typed request, or to one sentence about what is wrong with it.

Owns the wording.  Does not own the requests (`registry`) or the connection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from meshvisor.shared.control.request import CONTROL_VERSION, Request
from meshvisor.shared.errors import UsageError
from meshvisor.shared.foreign_json import has_half_character
from meshvisor.supervisor.control.handling import Handler


class BadRequestError(UsageError):
    """A frame is no request.

    Attributes:
        request_id: what to answer to; None when not even that could be read.
    """

    def __init__(self, sentence: str, request_id: int | None) -> None:
        super().__init__(sentence)
        self.request_id = request_id


def parse(body: bytes, handlers: Mapping[str, Handler]) -> tuple[Handler, Request]:
    """Return the request in one frame, and what answers it.

    Args:
        body: the frame.
        handlers: by the type of their requests; no other type is one.

    Raises:
        BadRequestError: it is none; the sentence names the field and what is allowed.
    """
    fields, number = _fields(body)
    kind = fields.get("type", "none")
    handler = handlers.get(kind) if isinstance(kind, str) else None
    kept = fields if handler is None else handler.request.texts(fields)
    if has_half_character(body) and not _can_be_stored(kept):
        raise BadRequestError(
            "A text in the request has half a character in it; send whole ones.", number
        )
    if handler is None:
        _refuse_kind(kind, handlers, number)
    try:
        return handler, handler.request.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        raise BadRequestError(_sentence(handler, details), number) from None


# Private


def _fields(body: bytes) -> tuple[dict[str, Any], int]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise BadRequestError("The request is no JSON.", None) from None
    number = fields.get("id") if isinstance(fields, dict) else None
    if not isinstance(number, int) or isinstance(number, bool) or number < 0:
        raise BadRequestError("A request is a JSON object with a whole number as 'id'.", None)
    if fields.get("v", CONTROL_VERSION) != CONTROL_VERSION:
        raise BadRequestError(
            f"This supervisor speaks version {CONTROL_VERSION} of the control protocol, "
            f"not {fields['v']!r:.40}; use a command of the same release.",
            number,
        )
    return fields, number


def _can_be_stored(fields: Mapping[str, Any]) -> bool:
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _refuse_kind(kind: object, handlers: Mapping[str, Handler], number: int) -> NoReturn:
    there = ", ".join(sorted(handlers))
    raise BadRequestError(f"{str(kind)!r:.60} is no request; there are {there}.", number)


def _sentence(handler: Handler, details: ErrorDetails) -> str:
    kind = handler.kind
    names = [str(part) for part in details["loc"]]
    field = ".".join(names)
    if details["type"] == "extra_forbidden":
        return f"A request {kind!r} has no field {field!r:.60}."
    if details["type"] == "missing":
        return f"A request {kind!r} needs the field {field!r}."
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error":
        return message[:1].upper() + message[1:] + "."
    told = names and handler.request.model_fields[names[0]].repr
    found = _found(details) if told else ""
    return f"The field {field!r} of {kind!r} is wrong: {message}{found}."


def _found(details: ErrorDetails) -> str:
    value: Any = details.get("input")
    if isinstance(value, str | int | float):
        return f" (found {value!r:.60})"
    return ""
