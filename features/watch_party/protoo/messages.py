"""protoo 4 messages without I/O (the wire format of the npm packages protoo-server/-client 4.0.8).

One JSON object per text frame.  Request ids are numbers 0..10,000,000 per direction; an answer
may come twice or never; anything malformed is dropped by both sides, so `decode` answers None.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Final, TypeGuard

import msgspec

from meshvisor.shared.foreign_json import decode_object

SUBPROTOCOL: Final = "protoo"
MAX_ID: Final = 10_000_000
CLOSED_FOR_GOOD: Final = 4000
"""WebSocket close code: the server closed this peer on purpose; do not come back by yourself."""


@dataclass(frozen=True, slots=True)
class Request:
    """Wants exactly one answer with the same id."""

    id: int
    method: str
    data: dict[str, Any] = field(default_factory=dict)


class Success(msgspec.Struct, frozen=True):
    """The answer to a request that worked."""

    id: int
    data: dict[str, Any] = msgspec.field(default_factory=dict)


class Failure(msgspec.Struct, frozen=True):
    """The answer to a request that did not work."""

    id: int
    code: int
    reason: str


class Notification(msgspec.Struct, frozen=True):
    """Wants no answer."""

    method: str
    data: dict[str, Any] = msgspec.field(default_factory=dict)


ProtooMessage = Request | Success | Failure | Notification


def encode(message: ProtooMessage) -> str:
    """Return the text frame of a message; it can always be sent, whatever the texts in it hold."""
    match message:
        case Request(number, method, data):
            fields: dict[str, Any] = {"request": True, "id": number, "method": method, "data": data}
        case Success(number, data):
            fields = {"response": True, "id": number, "ok": True, "data": data}
        case Failure(number, code, reason):
            fields = {"response": True, "id": number, "errorCode": code, "errorReason": reason}
        case Notification(method, data):
            fields = {"notification": True, "method": method, "data": data}
    return _dumps(fields)


def decode(text: str | bytes) -> ProtooMessage | None:
    """Return the message in a text frame, or None when it is malformed."""
    fields = decode_object(text)
    if fields is None:
        return None
    if fields.get("request"):
        return _request(fields)
    if fields.get("response"):
        return _response(fields)
    if fields.get("notification"):
        method = fields.get("method")
        return Notification(method, _data(fields)) if _is_method(method) else None
    return None


def _request(fields: dict[str, Any]) -> Request | None:
    number, method = fields.get("id"), fields.get("method")
    if not _is_id(number) or not _is_method(method):
        return None
    return Request(number, method, _data(fields))


def _response(fields: dict[str, Any]) -> Success | Failure | None:
    number = fields.get("id")
    if not _is_id(number):
        return None
    if fields.get("ok"):
        return Success(number, _data(fields))
    code = fields.get("errorCode")
    reason = fields.get("errorReason")
    return Failure(number, code if type(code) is int else 500, str(reason or "")[:500])


def _data(fields: dict[str, Any]) -> dict[str, Any]:
    # Falsy data arrives as {}; a list or number is of no use to any handler, and none may crash.
    # Some servers put a bare text where an object belongs: it is found under "text".
    data = fields.get("data")
    if isinstance(data, str) and data:
        return {"text": data}
    return data if isinstance(data, dict) else {}


def _is_id(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= MAX_ID


def _is_method(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and bool(value)


def _dumps(value: object) -> str:
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
