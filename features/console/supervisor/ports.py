"""The port of the console over restarts of the supervisor: open pages look for it where it was.

Another home of the machine may have given up an earlier port meanwhile; the first that is free
would move the console away from its pages.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from meshvisor.shared.files import write_atomically

PORT_FILE: Final = "console.port"
"""Its name in the folder of what runs."""

log = logging.getLogger(__name__)


def in_order(ports: Sequence[int], opened_port: Path) -> tuple[int, ...]:
    """Return the ports to try, the one of the last console first if it is among them."""
    try:
        last = int(opened_port.read_text())
    except (OSError, ValueError):
        return tuple(ports)
    return tuple(sorted(ports, key=lambda port: port != last))


def remember(opened_port: Path, port: int) -> None:
    """Write down on which port the console listens; where that cannot be, it does not matter."""
    try:
        write_atomically(opened_port, f"{port}\n".encode())
    except OSError as error:
        log.debug("the port of the console is not written down: %s", error)
