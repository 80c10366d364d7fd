"""Setting up the process of a worker that has one to itself.

Owns signals, the memory limit and where stacks go.  Not used by `--single-process`, whose
process belongs to the supervisor.
"""

from __future__ import annotations

import faulthandler
import resource
import signal
import time
from pathlib import Path

from worker.log import PipeWriter, install


def set_up(log_level: str, memory_limit_bytes: int) -> PipeWriter:
    """Prepare the process; return the writer of its log.

    Steps: log to the pipe, show stacks on SIGUSR1 and on a crash of native code, leave Ctrl+C to
    the supervisor, and limit memory.

    Args:
        log_level: a level name in any case.
        memory_limit_bytes: see `MeshStart`; 0: no limit.
    """
    writer = install(log_level, time.time)
    # To the descriptor that never blocks: a stack is asked for when something is already wrong.
    faulthandler.enable(file=writer.fileno())
    faulthandler.register(signal.SIGUSR1, file=writer.fileno(), all_threads=True)
    # On a terminal Ctrl+C reaches the whole process group; the supervisor stops its workers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory_limit_bytes:
        limit_memory(memory_limit_bytes)
    return writer


def limit_memory(more_bytes: int) -> None:
    """Let this process have `more_bytes` of private memory beyond what it has now.

    RLIMIT_DATA and not RLIMIT_AS: the latter counts mappings that are shared with all workers.
    Beyond the limit Python raises MemoryError.
    """
    limit = private_data_bytes() + more_bytes
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def private_data_bytes() -> int:
    """Return what the kernel counts against RLIMIT_DATA (`VmData`)."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmData:"):
            return int(line.split()[1]) * 1024
    raise OSError("/proc/self/status has no VmData")
