"""Frames to messages and back, without I/O.

Three things can come out of a frame: a message, an `UnknownMessage` (well formed, but of a type
that this side does not know: a newer peer), or a `CorruptFrameError` (the sender is broken).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from pydantic import TypeAdapter, ValidationError

from meshvisor.shared import foreign_json
from meshvisor.shared.protocol.frames import frame
from meshvisor.shared.protocol.messages import Message

M = TypeVar("M")

HEAD_LENGTH: Final = 200
"""Bytes of a corrupt frame that reach the log."""


@dataclass(frozen=True, slots=True)
class UnknownMessage:
    """A well-formed message of a type that this side does not know."""

    type: str
    id: int | None


class CorruptFrameError(Exception):
    """A frame is no JSON or fails validation.

    Attributes:
        head: its beginning with secrets removed, safe to log.
    """

    def __init__(self, body: bytes, reason: str) -> None:
        super().__init__(reason)
        self.head = without_secrets(body)


class Codec(Generic[M]):
    """Reads one direction's union and writes any message."""

    def __init__(self, union: Any) -> None:
        self._adapter: TypeAdapter[M] = TypeAdapter(union)

    def decode(self, body: bytes) -> M | UnknownMessage:
        """Return the message in one frame.

        Raises:
            CorruptFrameError: the frame is no message at all, or a known one with wrong fields.
        """
        try:
            foreign_json.check_finite(body)
            return self._adapter.validate_json(body)
        except foreign_json.ForeignJsonError as error:
            raise CorruptFrameError(body, str(error)) from None
        except ValidationError as error:
            details = error.errors(include_url=False, include_input=False)
        if details[0]["type"] == "union_tag_invalid":
            fields = foreign_json.decode_object(body)
            if fields is not None and isinstance(fields["type"], str):
                number = fields.get("id")
                return UnknownMessage(fields["type"][:80], number if type(number) is int else None)
        where = ".".join(str(part) for part in details[0]["loc"])
        raise CorruptFrameError(
            body, f"{where}: {details[0]['msg']}" if where else details[0]["msg"]
        )

    @staticmethod
    def encode(message: Message) -> bytes:
        """Return the message as one frame, newline included."""
        return frame(message.model_dump_json(exclude_none=True).encode())


def without_secrets(body: bytes) -> str:
    """Return the first bytes of a frame as text, with masks for all that could be a secret."""
    from meshvisor.shared.logs.secrets import without_any_secret

    # Secrets are removed before the cut, or the cut could hide the quote that ends one.
    text = body[: 4 * HEAD_LENGTH].decode("utf-8", "backslashreplace")
    return without_any_secret(text)[:HEAD_LENGTH]
