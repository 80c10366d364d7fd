"""A real MQTT broker (Mosquitto), on the loopback interface."""

from __future__ import annotations

import socket
import subprocess
import time
from pathlib import Path
from typing import Final, Self

PATIENCE: Final = 60.0
"""Seconds until it listens, which takes some hundredths."""


class Mosquitto:
    """One broker.

    Args:
        folder: for its settings.
        port: to listen on.
        password_file: of its users; None: all may connect.
    """

    def __init__(self, folder: Path, port: int, password_file: Path | None = None) -> None:
        self.port = port
        self._config = folder / "mosquitto.conf"
        lines = [f"listener {port} 127.0.0.1", "persistence false"]
        lines.append("allow_anonymous true" if password_file is None else "allow_anonymous false")
        if password_file is not None:
            # Root would become another user, who may not read the file; others stay what they are.
            lines += [f"password_file {password_file}", "user root"]
        self._config.write_text("\n".join(lines) + "\n")
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self.stop()

    def start(self) -> None:
        """Start, and return when it listens."""
        self._process = subprocess.Popen(
            ["mosquitto", "-c", str(self._config)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
            except ConnectionRefusedError:
                assert self._process.poll() is None, "the broker has ended"
                assert time.monotonic() < end, "the broker does not listen"
                time.sleep(0.01)
            else:
                return

    def stop(self) -> None:
        """End at once; idempotent."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
