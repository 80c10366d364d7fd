"""Being a child in a process of its own: what surrounds its life.

Owns the set-up of the process, its event loop, and what becomes of errors that nothing handles.
Called by the entry points of the kinds of children, which the zygote calls in a fresh fork.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import msgspec

from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.start import StartParams
from meshvisor.worker import copies
from meshvisor.worker.child import process
from meshvisor.worker.child.child import Child
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.loop import ChildLoop

log = bound_log(__name__)


P = TypeVar("P", bound=StartParams)


def run_alone(
    start: ChildStart,
    model: type[P],
    noun: str,
    make: Callable[[ChildStart, P, PipeWriter], Child],
) -> int:
    """Be a child in a process of its own; return its exit code (see `ChildExit`).

    The caller has to end the process with `os._exit`: threads of plug-ins may still run.

    Args:
        start: what the child is given.
        model: of its parameters.
        noun: what a child of this kind is called in sentences.
        make: makes it, inside its event loop; its log goes through the writer.
    """
    try:
        params = msgspec.convert(start.params, model)
    except msgspec.ValidationError:
        return ChildExit.PROTOCOL
    writer = process.set_up(params.log_level, params.memory_limit_bytes)
    copies.watch()
    copies.keep_from_copies(start.channel)
    copies.when_copied(start.forget)
    try:
        return _run_loop(lambda: make(start, params, writer))
    except MemoryError:
        return ChildExit.OUT_OF_MEMORY
    except Exception:
        log.critical("The %s crashed", noun, exc_info=True, event="crashed")
        return ChildExit.CRASHED
    finally:
        # What was printed without a line end.
        sys.stdout.flush()
        sys.stderr.flush()
        writer.flush()


def _run_loop(make: Callable[[], Child]) -> int:
    # Neither asyncio.run nor a loop that is closed: both wait for handlers that ignore their
    # cancellation and for threads, and the process is about to end anyway.
    loop = ChildLoop()
    loop.keep_from_copies()
    with copies.only_the_original():
        return loop.run_to_the_end(_live(loop, make))


async def _live(loop: asyncio.AbstractEventLoop, make: Callable[[], Child]) -> int:
    child = make()

    def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if error is not None and child.is_expected(error):
            return
        log.error("%s", context["message"], exc_info=error, event="loop_error")
        if isinstance(error, MemoryError):
            child.out_of_memory()

    loop.set_exception_handler(on_loop_error)
    process.on_terminate(lambda: loop.call_soon_threadsafe(child.terminate))
    return await child.run()
