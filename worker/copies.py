"""Forked copies of a child: what `os.fork` in code of a plug-in makes, and how they end.

A copy has the code, the event loop and the connections of its original.  Left alone it would go on
as a second worker or runner on the same channel, as soon as the code of the plug-in returns, raises
or waits.  So a copy is cut off from everything that belongs to the original, and ends when it gets
back into our code.  Copies that end by themselves (`multiprocessing`, `os._exit`, `exec`) notice
nothing.

Owns what happens in a copy.  Called where code of plug-ins is called (`only_the_original`), by the
loop (`worker.loop`), and by code that opens what no copy may use (`keep_from_copies`,
`when_copied`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Final, NoReturn, Protocol

from meshvisor.worker.logs.bound import bound_log

log = bound_log(__name__)

FAILED: Final = 1
"""Exit code of a copy that has raised, as Python's own."""


ENDING: Final = frozenset({signal.SIGTERM, signal.SIGINT})
"""Signals by which a copy is ended, and which do something else in its original."""


class HasDescriptor(Protocol):
    """A socket, a file, or a selector."""

    def fileno(self) -> int:
        """Return the descriptor; once it is closed negative, or a ValueError as of files."""
        ...


_kept: list[HasDescriptor] = []

_reactions: list[Callable[[], object]] = []

_is_watched = False

_before_fork = threading.local()
"""The signal mask of a thread that just forks."""


def watch() -> None:
    """Cut off the copies that are made of this process from now on; idempotent.

    Called in a child, never before: the zygote's own forks are no copies.
    """
    global _is_watched  # noqa: PLW0603 - there is no way back from `register_at_fork`
    if not _is_watched:
        _is_watched = True
        os.register_at_fork(
            before=_block_signals, after_in_parent=_let_signals_come, after_in_child=_cut_off
        )


def keep_from_copies(owner: HasDescriptor) -> None:
    """Have copies find nothing behind this descriptor, until it is closed."""
    _kept[:] = [one for one in _kept if _descriptor(one) is not None]
    _kept.append(owner)


def when_copied(react: Callable[[], object]) -> None:
    """Have `react` called in each copy, right after the fork; it must not block."""
    _reactions.append(react)


class only_the_original:  # noqa: N801 - reads as what it says: with only_the_original():
    """What is done in here may fork; a copy that leaves it, in whatever way, ends.

    A copy that raises is logged with its traceback, as nothing else would ever say why it is gone.
    """

    __slots__ = ("_pid",)

    def __enter__(self) -> None:
        self._pid = os.getpid()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if os.getpid() != self._pid:
            end(error)


def end(error: BaseException | None = None) -> NoReturn:
    """End this process, which is a copy, as Python would: by what it has raised."""
    code = 0
    try:
        if isinstance(error, SystemExit):
            code = _exit_code(error.code)
        elif error is not None:
            code = FAILED
            log.error("A forked copy ended with an error", exc_info=error, event="copy_failed")
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def _exit_code(wanted: Any) -> int:
    if wanted is None:
        return 0
    if isinstance(wanted, int):
        return wanted & 0xFF
    # As Python does with the text of `sys.exit("text")`.
    log.error("A forked copy ended: %s", wanted, event="copy_failed")
    return FAILED


def _block_signals() -> None:
    """Have a signal that is meant for the copy wait until it does in there what it should.

    Else `Process.terminate` right after `start` would be lost: our handler of the original takes
    the signal, and Python forgets what came before a fork was over.
    """
    _before_fork.mask = signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)


def _let_signals_come() -> None:
    signal.pthread_sigmask(signal.SIG_SETMASK, _before_fork.mask)


def _cut_off() -> None:
    """Take from this copy what belongs to its original."""
    for react in _reactions:
        with contextlib.suppress(Exception):
            react()
    with contextlib.suppress(ValueError):  # only the main thread of a process may
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Not closed: the number would be given to a file of the plug-in, and an object that still
    # thinks that it is its own would close that, or write into it.
    with contextlib.suppress(OSError):
        nothing = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
        for owner in _kept:
            descriptor = _descriptor(owner)
            if descriptor is not None:
                os.dup2(nothing, descriptor, inheritable=False)
        os.close(nothing)
    _let_signals_come()


def _descriptor(owner: HasDescriptor) -> int | None:
    try:
        descriptor = owner.fileno()
    except ValueError:
        return None
    return descriptor if descriptor >= 0 else None
