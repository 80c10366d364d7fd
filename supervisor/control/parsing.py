"""From a frame to a typed request, or to one sentence about what is wrong with it.

Owns the wording.  Does not own the requests (`registry`) or the connection.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from meshvisor.shared.control.request import CONTROL_VERSION, Envelope, Request
from meshvisor.shared.errors import UsageError
from meshvisor.shared.foreign_json import has_half_character
from meshvisor.supervisor.control.handling import Handler

_ENVELOPE: Final = frozenset(Envelope.model_fields)


class Asked(NamedTuple):
    """What a frame asks for."""

    envelope: Envelope
    handler: Handler
    """What answers it."""
    request: Request


class BadRequestError(UsageError):
    """A frame is no request.

    Attributes:
        request_id: what to answer to; None when not even that could be read.
    """

    def __init__(self, sentence: str, request_id: int | None) -> None:
        super().__init__(sentence)
        self.request_id = request_id


def parse(body: bytes, handlers: Mapping[str, Handler]) -> Asked:
    """Return the request in one frame, its envelope, and what answers it.

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
        _refuse_half_characters(number)
    if handler is None:
        _refuse_kind(kind, handlers, number)
    outside = {name: value for name, value in fields.items() if name in _ENVELOPE}
    inside = {name: value for name, value in fields.items() if name not in _ENVELOPE}
    envelope = _validated(Envelope, outside, handler.kind, number)
    request = _validated(handler.request, inside, handler.kind, number)
    return Asked(envelope, handler, request)


def request_of(handler: Handler, fields: Mapping[str, Any]) -> Request:
    """Return a request that comes from no frame.

    Args:
        handler: what answers it.
        fields: of the request; `type` may be left out.

    Raises:
        BadRequestError: it is none, as with `parse`.
    """
    kept = handler.request.texts(fields)
    if not _can_be_stored(kept):
        _refuse_half_characters(None)
    return _validated(handler.request, fields, handler.kind, None)


# Private

_Model = TypeVar("_Model", bound=BaseModel)


def _validated(
    model: type[_Model], fields: Mapping[str, Any], kind: str, number: int | None
) -> _Model:
    try:
        return model.model_validate(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        raise BadRequestError(_sentence(model, kind, details), number) from None


def _refuse_half_characters(number: int | None) -> NoReturn:
    raise BadRequestError(
        "A text in the request has half a character in it; send whole ones.", number
    )


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


def _sentence(model: type[BaseModel], kind: str, details: ErrorDetails) -> str:
    names = [str(part) for part in details["loc"]]
    field = ".".join(names)
    if details["type"] == "extra_forbidden":
        return f"A request {kind!r} has no field {field!r:.60}."
    if details["type"] == "missing":
        return f"A request {kind!r} needs the field {field!r}."
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error":
        return message[:1].upper() + message[1:] + "."
    is_shown = names and model.model_fields[names[0]].repr
    found = _found(details) if is_shown else ""
    return f"The field {field!r} of {kind!r} is wrong: {message}{found}."


def _found(details: ErrorDetails) -> str:
    value: Any = details.get("input")
    if isinstance(value, str | int | float):
        return f" (found {value!r:.60})"
    return ""
