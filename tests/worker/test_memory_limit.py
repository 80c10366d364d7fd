from __future__ import annotations

import subprocess
import sys

PROGRAM = """
import threading
from meshvisor.worker import memory_limit

threading.stack_size(memory_limit.STACK)
memory_limit.set_limit(32 * 1024 * 1024)
over = threading.Event()
for _ in range(60):
    memory_limit.make_room()
    threading.Thread(target=over.wait, daemon=True).start()
print(threading.active_count())
try:
    bytearray(512 * 1024 * 1024)
except MemoryError:
    print("limited")
over.set()
"""


def test_threads_that_only_wait_use_nothing_up() -> None:
    """Their stacks, which hardly have a page, come on top of the limit; it holds all the same."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.split() == ["61", "limited"]
