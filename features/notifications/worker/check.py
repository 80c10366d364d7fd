"""A program of its own: which addresses of channels cannot be used, and why.

Reads a JSON object of addresses by name, and writes one of sentences about those that are wrong.
Run by `meshvisor doctor`.
"""

from __future__ import annotations

import json
import sys

from meshvisor.features.notifications.worker.services import Service, ServiceError


def main() -> None:
    """Look at all of them; nothing is sent."""
    wrong = {}
    for name, url in json.load(sys.stdin).items():
        try:
            Service(url, 1.0)
        except ServiceError as error:
            wrong[name] = str(error)
    sys.stdout.write(json.dumps(wrong))


if __name__ == "__main__":
    main()
