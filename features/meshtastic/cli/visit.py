"""One short visit to a radio: whether it answers like one, and what it says of itself."""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable
from typing import Final

from meshvisor.features.meshtastic.address import Endpoint
from meshvisor.features.meshtastic.radio.state import RadioState
from meshvisor.features.meshtastic.serial_port import BusyError, open_port
from meshvisor.features.meshtastic.wire.client_api import from_radio, goodbye, want_config
from meshvisor.features.meshtastic.wire.frames import WAKE, FrameReader, framed
from meshvisor.features.meshtastic.wire.protobuf import WireError
from meshvisor.shared.errors import MeshvisorError

CONNECT: Final = 5.0
"""Seconds; an operator waits for the answer."""

WHOLE: Final = 10.0
"""Seconds until it has said all: a busy radio on a serial port takes some."""

READ: Final = 4096

NUMBER: Final = 1
"""With which the radio ends what it says."""


class VisitError(MeshvisorError):
    """A visit has failed; the message is one sentence without a stop.

    Attributes:
        advice: what to do, in the same form.
    """

    def __init__(self, message: str, advice: str) -> None:
        super().__init__(message)
        self.advice = advice


def visit(radio: Endpoint) -> tuple[RadioState, float]:
    """Return what a radio says of itself, and after how many seconds it had said all.

    Raises:
        VisitError: there is no way to it, or it is none.
    """
    try:
        if radio.device:
            with open_port(radio.device) as port:
                return _talk(radio, port.fileno(), lambda data: _write(port.fileno(), data))
        with socket.create_connection((radio.host, radio.port), CONNECT) as connection:
            return _talk(radio, connection.fileno(), connection.sendall)
    except BusyError:
        raise VisitError(
            f"another program uses {radio}", "close it; a radio has one client at a time"
        ) from None
    except PermissionError:
        raise VisitError(
            f"{radio} may not be opened", f"usermod -a -G GROUP USER, as ls -l {radio} names it"
        ) from None
    except (OSError, UnicodeError) as error:
        reason = (getattr(error, "strerror", None) or str(error)).lower()
        advice = (
            "is it plugged in? ls /dev/serial/by-id"
            if radio.device
            else "is it on, and its Wi-Fi or Ethernet switched on?"
        )
        raise VisitError(f"{radio} cannot be reached: {reason}", advice) from None


# Private


def _talk(
    radio: Endpoint, descriptor: int, send: Callable[[bytes], object]
) -> tuple[RadioState, float]:
    state, frames, begin = RadioState(NUMBER), FrameReader(), time.monotonic()
    send(WAKE + framed(want_config(NUMBER)))
    while (left := begin + WHOLE - time.monotonic()) > 0:
        readable, _, _ = select.select([descriptor], [], [], left)
        data = os.read(descriptor, READ) if readable else b""
        if not data:
            break
        for message in frames.feed(data):
            try:
                said = from_radio(message)
            except WireError:
                continue
            if said is not None and state.take(said):
                send(framed(goodbye()))
                return state, time.monotonic() - begin
    raise VisitError(
        f"{radio} does not answer like a radio", "correct server; the port of radios is 4403"
    )


def _write(descriptor: int, data: bytes) -> None:
    while data:
        select.select([], [descriptor], [], CONNECT)
        data = data[os.write(descriptor, data) :]
