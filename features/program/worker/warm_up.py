"""A program for the warm-up of the zygote: a few lines of shell that let the bot in.

Owns what it says.  Called by `worker.mesh.warm_up_lives` as `TransportKind.warm_up`.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from meshvisor.worker.mesh.warm_up_room import WarmUp, WarmUpRoom

SHELL: Final = "/bin/sh"

PROGRAM: Final = """\
read -r join
echo '{"type":"joined","self":{"id":"bot","name":"bot"},"users":[{"id":"somebody"}]}'
echo '{"type":"message","id":"1","user":{"id":"somebody","name":"Some Body"},"text":"?ping"}'
while read -r line; do
    case $line in *'"leave"'*) exit;; esac
done
"""
"""Nothing but what the shell itself can do, for a life is to last milliseconds."""


@asynccontextmanager
async def program() -> AsyncIterator[WarmUpRoom]:
    """Yield the settings of a mesh whose program is that shell.

    Raises:
        OSError: there is no shell.
    """
    if not os.access(SHELL, os.X_OK):
        raise FileNotFoundError(SHELL)
    yield WarmUpRoom(
        settings={
            "command": [SHELL, "-c", PROGRAM],
            "folder": "",
            "environment": {},
            "options": {},
            "join_timeout": 1.0,
        }
    )


WARM_UP: Final = WarmUp(program)
