"""Setting up the process of a worker that has one to itself.

Owns signals, output and where stacks go; has the memory limit set (`worker.memory_limit`).  Not
used by `--single-process`, whose process belongs to the supervisor.

In two steps, because every page that a worker writes to is a page it does not share: `prepare`
once in the process that forks workers, and `set_up` in each.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import Final

from meshvisor.worker import memory_limit
from meshvisor.worker.copies import when_copied
from meshvisor.worker.logs.capture import capture_output, set_level
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.logs.printing import PrintStream

STDOUT: Final = 1
STDERR: Final = 2

WITHOUT_EFFECT: Final = (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ)
"""Signals that do nothing in a child: Ctrl+C, because the supervisor stops its children, and what
Python ignores in favour of an OSError.  They have a handler instead of being ignored: that would be
inherited by every program that a plug-in starts, and a handler is not (signal(7))."""


@dataclass(slots=True)
class Prepared:
    """What a process that was forked for a worker finds ready."""

    writer: PipeWriter
    on_terminate: Callable[[], object] | None = None
    """Called for each SIGTERM; None: the signal ends the process, as it does by default."""


_prepared: Prepared | None = None


def prepare() -> Prepared:
    """Prepare this process and all that are forked from it; idempotent.

    From now on everything that is logged or printed goes through one writer, to standard error.
    """
    global _prepared  # noqa: PLW0603 - state of the process, inherited by its forks
    if _prepared is None:
        writer = PipeWriter()
        capture_output(writer)
        # Stacks on SIGUSR1, and on a crash of native code.
        faulthandler.enable(file=STDERR)
        faulthandler.register(signal.SIGUSR1, file=STDERR, all_threads=True)
        threading.stack_size(memory_limit.STACK)
        for number in WITHOUT_EFFECT:
            signal.signal(number, _no_effect)
        # Installed once, instead of `add_signal_handler` in each loop: 0.2 MB less per worker.
        signal.signal(signal.SIGTERM, _terminated)
        _prepared = Prepared(writer)
    return _prepared


def set_up(log_level: str, memory_limit_bytes: int) -> PipeWriter:
    """Make this process that of one worker; return the writer of its log.

    Its standard output and standard error are the pipe of its log.

    Args:
        log_level: a level name in any case.
        memory_limit_bytes: see `MeshStart`; 0: no limit.
    """
    writer = prepare().writer
    writer.attach(STDOUT)
    set_level(log_level)
    memory_limit.set_limit(memory_limit_bytes)
    when_copied(writer.become_copy)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, PrintStream):
            when_copied(stream.become_copy)
    return writer


def on_terminate(react: Callable[[], object]) -> None:
    """Call `react` in the main thread, between any two steps of it, for each SIGTERM."""
    prepare().on_terminate = react


def _no_effect(_number: int, _frame: FrameType | None) -> None:
    """Take a signal in the place of the kernel, and do nothing about it."""


def _terminated(number: int, _frame: FrameType | None) -> None:
    if _prepared is not None and _prepared.on_terminate is not None:
        _prepared.on_terminate()
        return
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)
