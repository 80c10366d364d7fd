"""Telling systemd how the supervisor is: the sd_notify(3) protocol.

Owns the socket and the watchdog's rhythm.  Does nothing when no service manager listens.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Mapping

log = logging.getLogger(__name__)


class Notifier:
    """Sends states to the service manager that started this process.

    Args:
        environ: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are read from it.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._address = _address(environ.get("NOTIFY_SOCKET", ""))
        self._watchdog = _watchdog_seconds(environ)
        self._socket: socket.socket | None = None
        self._last_status = ""
        if self._address is not None:
            self._socket = socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )

    def ready(self, status: str) -> None:
        """Say that everything is up; also after `reloading`."""
        self._last_status = status
        self._send("READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        """Show one line in `systemctl status`; the same line again is not sent."""
        if text != self._last_status:
            self._last_status = text
            self._send(f"STATUS={text}")

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` ends it."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the stop has begun."""
        self._send("STOPPING=1")

    async def feed_watchdog(self) -> None:
        """Say for ever that the loop which runs this still runs; waits for ever if nobody asks.

        It is part of the supervisor's own loop on purpose: when that hangs, systemd is to
        notice.
        """
        if self._watchdog is None:
            await asyncio.get_running_loop().create_future()
            return
        while True:
            self._send("WATCHDOG=1")
            await asyncio.sleep(self._watchdog / 2)

    def close(self) -> None:
        """Close the socket; idempotent."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, *lines: str) -> None:
        if self._socket is None or self._address is None:
            return
        text = "\n".join(line.replace("\n", " ") for line in lines)
        try:
            self._socket.sendto(text.encode(), self._address)
        except OSError as error:
            log.debug("systemd could not be told %r: %s", lines[0], error.strerror)


def _address(text: str) -> str | None:
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _watchdog_seconds(environ: Mapping[str, str]) -> float | None:
    if environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
        return None
    microseconds = environ.get("WATCHDOG_USEC", "")
    return int(microseconds) / 1e6 if microseconds.isdigit() and int(microseconds) > 0 else None
