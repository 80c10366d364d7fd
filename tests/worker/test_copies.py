"""What a forked copy of a child cannot reach; with plug-ins that fork, see `tests.faults`."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

FORKS: Final = """
import os, select, socket
from meshvisor.worker import copies

copies.watch()
read, write = os.pipe()
kept = os.fdopen(write, "wb", buffering=0)
owners = [open(os.devnull, "wb", buffering=0), select.epoll(), socket.socket()]
for owner in owners:
    copies.keep_from_copies(owner)
for owner in owners:
    owner.close()
copies.keep_from_copies(kept)
late = open(os.devnull, "wb", buffering=0)
copies.keep_from_copies(late)
late.close()
pid = os.fork()
kept.write(b"original" if pid else b"copy")
if pid:
    os.waitpid(pid, 0)
    print(os.read(read, 100).decode())
"""


def test_owners_that_are_closed() -> None:
    """Files, selectors and sockets may be closed before or after: the others are kept."""
    done = subprocess.run([sys.executable, "-c", FORKS], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("original\n", "")
