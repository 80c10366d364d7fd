"""Frames to messages and back, without I/O.

Three things can come out of a frame: a message, an `UnknownMessage` (well formed, but of a type
that this side does not know: a newer peer), or a `CorruptFrameError` (the sender is broken).
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from meshvisor.shared.nesting import DEEPEST, are_too_deep, may_be_deep
from meshvisor.shared.protocol.directions import Direction
from meshvisor.shared.protocol.frames import frame
from meshvisor.shared.protocol.messages import Message
from meshvisor.shared.secret import Secret

HEAD_LENGTH: Final = 200
"""Bytes of a corrupt frame that reach the log."""

FRAME_LEVELS: Final = 3
"""Levels above the deepest foreign value: a message, a list in it, and an entry."""

_NO_NUMBER: Final = re.compile(rb"-?(?:NaN|Infinity)|-?[0-9][0-9.]*[eE]\+?[0-9]{3,}")
"""What most often is the reason that a frame is no JSON, to say so; a text may hold it, too."""

_REASON: Final = re.compile(r"(?P<what>.*?)(?: - at `\$\.?(?P<where>.*)`)?", re.DOTALL)
_VALUE: Final = re.compile(r"(Invalid (?:enum )?value) .*", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<field>\w+)`")


class UnknownMessage(msgspec.Struct, frozen=True):
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


class Codec:
    """Reads the messages of one direction and writes any message."""

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        self._decoder: msgspec.json.Decoder[Message] | None = None

    def prepare(self) -> None:
        """Build the decoder now: in a process that is forked, once for all children."""
        if self._decoder is None:
            self._decoder = msgspec.json.Decoder(self._direction.union(), dec_hook=_conceal)

    def decode(self, body: bytes) -> Message | UnknownMessage:
        """Return the message in one frame.

        Raises:
            CorruptFrameError: the frame is no message at all, or a known one with wrong fields.
        """
        if self._decoder is None:
            self.prepare()
            assert self._decoder is not None
        try:
            message = self._decoder.decode(body)
        except (ValueError, RecursionError) as error:
            return self._unknown_or_corrupt(body, error)
        if may_be_deep(body) and are_too_deep(message.foreign(), DEEPEST - FRAME_LEVELS):
            raise CorruptFrameError(body, f"{message.type}: it is nested too deeply")
        return message

    @staticmethod
    def encode(message: Message) -> bytes:
        """Return the message as one frame, newline included.

        Raises:
            FrameTooLongError: it does not fit.
            ValueError: something in it is not what the other side could read.
        """
        try:
            return frame(_ENCODER.encode(message))
        except (TypeError, OverflowError, RecursionError) as error:
            raise ValueError(f"{message.type}: {error}") from None

    def _unknown_or_corrupt(self, body: bytes, error: Exception) -> UnknownMessage:
        """Return a message of an unknown type, which costs more than any that is known."""
        fields = _read_object(body)
        if fields is None:
            found = _NO_NUMBER.search(body)
            which = f" ({found[0].decode()[:40]} is no number)" if found else ""
            why = _reason("", str(error))
            raise CorruptFrameError(body, f"it is no JSON object{which}: {why}") from None
        kind, number = fields.get("type"), fields.get("id")
        if isinstance(kind, str) and not self._direction.knows(kind):
            return UnknownMessage(kind[:80], number if type(number) is int else None)
        raise CorruptFrameError(
            body, _reason(kind if isinstance(kind, str) else "", str(error))
        ) from None


def without_secrets(body: bytes) -> str:
    """Return the first bytes of a frame as text, with masks for all that could be a secret."""
    from meshvisor.shared.logs.secrets import without_any_secret

    # Secrets are removed before the cut, or the cut could hide the quote that ends one.
    text = body[: 4 * HEAD_LENGTH].decode("utf-8", "backslashreplace")
    return without_any_secret(text)[:HEAD_LENGTH]


# ---- Private -------------------------------------------------------------------------------------


def _reveal(value: object) -> str:
    # The socketpair is the one place where a secret may appear as it is.
    if isinstance(value, Secret):
        return value.get_secret_value()
    raise TypeError(f"{type(value).__name__} is no JSON")


def _conceal(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("it is no text")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_reveal)
_ANYTHING: Final = msgspec.json.Decoder[Any]()


def _read_object(body: bytes) -> dict[str, Any] | None:
    try:
        fields = _ANYTHING.decode(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(fields, dict) or (may_be_deep(body) and are_too_deep((fields,))):
        return None
    return fields


def _reason(kind: str, error: str) -> str:
    """Return which field of which message is wrong, without its value."""
    found = _REASON.fullmatch(error)
    what, where = (found["what"], found["where"] or "") if found else (error, "")
    missing = _MISSING.fullmatch(what)
    if missing:
        where = f"{where}.{missing['field']}".strip(".")
    place = ".".join(part for part in (kind, where) if part)
    what = _VALUE.sub(r"\1", what)
    return f"{place}: {what}" if place else what
