"""A storm of alerts, by several clients in a process of its own: beside the one that measures they
would share its interpreter, and what is measured would be their turns.

    python -m benchmarks.alert_storm HOME ALERTS
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from meshvisor.shared.control.client import ControlClient

SENDERS: Final = 4


def main(argv: Sequence[str]) -> None:
    """Create alerts, one behind the other from each client."""
    home, count = Path(argv[0]), int(argv[1])

    def send(part: int) -> None:
        with ControlClient(home) as client:
            for number in range(part, count, SENDERS):
                client.request("alert_create", title=f"storm {number}", severity="info")

    with ThreadPoolExecutor(SENDERS) as pool:
        list(pool.map(send, range(SENDERS)))


if __name__ == "__main__":
    main(sys.argv[1:])
