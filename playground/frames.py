"""WebSocket frames of a server, encoded once and written to any number of peers.

aiohttp encodes per connection and waits for slow readers; a room must do neither.  Called by
connections and faults.
"""

from __future__ import annotations

from websockets.frames import Close, Frame, Opcode

from meshvisor.features.watch_party.protoo.messages import ProtooMessage, encode


def message_frame(message: ProtooMessage) -> bytes:
    """Return the frame of a protoo message."""
    return text_frame(encode(message))


def text_frame(text: str) -> bytes:
    """Return one text frame."""
    return Frame(Opcode.TEXT, text.encode()).serialize(mask=False)


def binary_frame(data: bytes) -> bytes:
    """Return one binary frame."""
    return Frame(Opcode.BINARY, data).serialize(mask=False)


def ping_frame() -> bytes:
    """Return a ping without payload."""
    return Frame(Opcode.PING, b"").serialize(mask=False)


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping."""
    return Frame(Opcode.PONG, payload).serialize(mask=False)


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame; `reason` has at most 123 bytes."""
    return Frame(Opcode.CLOSE, Close(code, reason).serialize()).serialize(mask=False)
