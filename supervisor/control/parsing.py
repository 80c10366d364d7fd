"""From a frame to a typed request, or to one sentence about what is wrong with it.

Owns the wording.  Does not own the requests (`shared.control.messages`) or the connection.
"""

from __future__ import annotations

import json
from typing import Any, Final, get_args

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from meshvisor.shared.control.messages import CONTROL_VERSION, ControlRequest
from meshvisor.shared.errors import UsageError
from meshvisor.shared.foreign_json import has_half_character

_ADAPTER: Final[TypeAdapter[ControlRequest]] = TypeAdapter(ControlRequest)

KINDS: Final = tuple(
    member.model_fields["type"].default for member in get_args(get_args(ControlRequest)[0])
)
"""The `type` of every request."""


class BadRequestError(UsageError):
    """A frame is no request.

    Attributes:
        request_id: what to answer to; None when not even that could be read.
    """

    def __init__(self, sentence: str, request_id: int | None) -> None:
        super().__init__(sentence)
        self.request_id = request_id


def parse(body: bytes) -> ControlRequest:
    """Return the request in one frame.

    Raises:
        BadRequestError: it is none; the sentence names the field and what is allowed.
    """
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
    if has_half_character(body) and not _can_be_stored(fields):
        raise BadRequestError(
            "A text in the request has half a character in it; send whole ones.", number
        )
    try:
        return _ADAPTER.validate_python(fields)
    except ValidationError as error:
        details = error.errors(include_url=False)[0]
        raise BadRequestError(_sentence(details), number) from None


# Private


def _can_be_stored(fields: dict[str, Any]) -> bool:
    submission = fields.get("submission")
    if isinstance(submission, dict):
        # What is wrong with the data of a job is said together with all else that can be.
        fields = {**fields, "submission": {**submission, "data": None}}
    try:
        json.dumps(fields, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True


def _sentence(details: ErrorDetails) -> str:
    if details["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        found = (details.get("ctx") or {}).get("tag", "none")
        return f"{found!r:.60} is no request; there are {', '.join(sorted(KINDS))}."
    kind, *rest = (str(part) for part in details["loc"])
    field = ".".join(rest)
    if details["type"] == "extra_forbidden":
        return f"A request {kind!r} has no field {field!r:.60}."
    if details["type"] == "missing":
        return f"A request {kind!r} needs the field {field!r}."
    message = details["msg"].removeprefix("Value error, ")
    if details["type"] == "value_error":
        return message[:1].upper() + message[1:] + "."
    # What is found in an account may be a secret.
    found = "" if field.startswith("account") else _found(details)
    return f"The field {field!r} of {kind!r} is wrong: {message}{found}."


def _found(details: ErrorDetails) -> str:
    value: Any = details.get("input")
    if isinstance(value, str | int | float):
        return f" (found {value!r:.60})"
    return ""
