"""Telling systemd how the supervisor is: the sd_notify(3) protocol.

Owns the socket and the watchdog's rhythm.  Does nothing when no service manager listens.
One of the services of `supervisor.composition`, which starts it first and stops it last.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import MutableMapping
from typing import Final

from meshvisor.supervisor.service_contract import QuietService, Stopping

log = logging.getLogger(__name__)

RETRY: Final = 0.1
"""Seconds until a message that found the service manager's queue full is sent again."""


class Notifier(QuietService):
    """Sends states to the service manager that started this process.

    Use it inside a running event loop.  No method but `start` waits or raises: what the service
    manager cannot take at once is sent as soon as it can.  Before `start` and after `stop` nothing
    is sent.

    Args:
        environ: NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID are taken out of it: they are
            meant for this process, and whatever a plug-in starts must not answer for it.
    """

    def __init__(self, environ: MutableMapping[str, str]) -> None:
        self._address = _address(environ.pop("NOTIFY_SOCKET", ""))
        self._watchdog = _watchdog_seconds(
            environ.pop("WATCHDOG_USEC", ""), environ.pop("WATCHDOG_PID", "")
        )
        self._socket: socket.socket | None = None
        self._waiting: dict[str, str] = {}
        self._last_status = ""
        self._retry: asyncio.TimerHandle | None = None

    async def start(self) -> None:
        """Open the socket.

        Raises:
            OSError: the machine has no descriptor for it.
        """
        if self._address is not None:
            self._socket = socket.socket(
                socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC
            )

    def ready(self, status: str) -> None:
        """Say that everything is up; also after `reloading`."""
        self._last_status = status
        self._send("state", "READY=1", f"STATUS={status}")

    def status(self, text: str) -> None:
        """Show one line in `systemctl status`; the same line again is not sent."""
        if text != self._last_status:
            self._last_status = text
            self._send("status", f"STATUS={text}")

    def reloading(self) -> None:
        """Say that the settings are being read again; `ready` ends it."""
        self._send("state", "RELOADING=1", f"MONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """Say that the stop has begun."""
        self._send("state", "STOPPING=1")

    async def run(self) -> None:
        """Notify systemd for ever that this loop runs; only wait if it does not ask for that.

        It is part of the supervisor's own loop on purpose: when that hangs, systemd is to
        notice.
        """
        if self._watchdog is None:
            await asyncio.get_running_loop().create_future()
            return
        while True:
            self._send("watchdog", "WATCHDOG=1")
            # Twice as often as it has to be, as sd_watchdog_enabled(3) recommends.
            await asyncio.sleep(self._watchdog / 2)

    async def stop(self, _stopping: Stopping) -> None:
        """Close the socket; idempotent."""
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    # ---- Private -----------------------------------------------------------------------------

    def _send(self, kind: str, *lines: str) -> None:
        """Send one message; of each kind only the newest waits for the service manager."""
        if self._socket is None:
            return
        # Moved to the end: what was said last must also arrive last.
        self._waiting.pop(kind, None)
        self._waiting[kind] = "\n".join(line.replace("\n", " ") for line in lines)
        self._flush()

    def _flush(self) -> None:
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        while self._waiting and self._socket is not None and self._address is not None:
            kind = next(iter(self._waiting))
            try:
                self._socket.sendto(self._waiting[kind].encode(), self._address)
            except BlockingIOError:
                loop = asyncio.get_running_loop()
                self._retry = loop.call_later(RETRY, self._flush)
                return
            except OSError as error:
                log.debug("systemd could not be told %s: %s", kind, error.strerror)
            del self._waiting[kind]


def _address(text: str) -> str | None:
    if text.startswith("@"):
        return "\0" + text[1:]
    return text if text.startswith("/") else None


def _watchdog_seconds(microseconds: str, pid: str) -> float | None:
    if pid and pid != str(os.getpid()):
        return None
    is_number = microseconds.isascii() and microseconds.isdigit()
    return int(microseconds) / 1e6 if is_number and int(microseconds) > 0 else None
