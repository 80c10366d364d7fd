"""Entry points of the mesh worker.

`run` is what the zygote calls in a fresh fork (`worker.mesh.main:run`); `serve` is the same
without the process around it, for `--single-process`.  Everything that a worker needs is imported
here, at the top: the zygote imports this module once, and every fork shares the pages.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from pydantic import ValidationError

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - registers the commands of every bot
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.worker import copies
from meshvisor.worker.child import ChildStart
from meshvisor.worker.locality import gather_code
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.loop import ChildLoop
from meshvisor.worker.mesh import process, rehearsal
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.worker import MeshWorker

__all__ = ["rehearse", "run", "serve"]

REHEARSED_LIVES: Final = 4
"""Specialisation begins when a function has run a few times; beyond four nothing more is won."""

DEFAULT_TIMINGS: Final = Timings()

log = bound_log(__name__)


def run(start: ChildStart) -> int:
    """Be a mesh worker in a process of its own; return its exit code (see `ChildExit`).

    The caller has to end the process with `os._exit`: threads of handlers may still run.
    """
    try:
        params = MeshStart.model_validate(start.params)
    except ValidationError:
        return ChildExit.PROTOCOL
    writer = process.set_up(params.log_level, params.memory_limit_bytes)
    copies.watch()
    copies.keep_from_copies(start.channel)
    copies.when_copied(start.forget)
    try:
        return _run_loop(start, params, writer)
    except MemoryError:
        return ChildExit.OUT_OF_MEMORY
    except Exception:
        log.critical("The worker crashed", exc_info=True, event="crashed")
        return ChildExit.CRASHED
    finally:
        # What was printed without a line end.
        sys.stdout.flush()
        sys.stderr.flush()
        writer.flush()


async def serve(start: ChildStart, timings: Timings = DEFAULT_TIMINGS) -> int:
    """Be a mesh worker inside a running loop; return its exit code (see `ChildExit`).

    Process-wide state (signals, limits, output) is left as it is.  Cancelling it leaves the room
    and closes the channel.

    Args:
        start: what the child is given; the channel belongs to this function from now on.
        timings: how long to wait for what.
    """
    params = MeshStart.model_validate(start.params)
    return await MeshWorker(start, params, timings, None).run()


def rehearse() -> None:
    """Do once, before any fork, what every worker would otherwise do for itself after it.

    Called by the zygote; afterwards what this process logs are records like a worker's.
    """
    writer = process.prepare().writer
    # What is said in a rehearsal concerns nobody, but saying it is part of what is rehearsed.
    with open("/dev/null", "wb") as nowhere:
        writer.attach(nowhere.fileno())
    try:
        gather_code(lambda: rehearsal.rehearse(serve, lives=1))
        rehearsal.rehearse(serve, lives=REHEARSED_LIVES)
    finally:
        writer.detach()


def _run_loop(start: ChildStart, params: MeshStart, writer: PipeWriter) -> int:
    # Neither asyncio.run nor a loop that is closed: both wait for handlers that ignore their
    # cancellation and for threads, and the process is about to end anyway.
    loop = ChildLoop()
    loop.keep_from_copies()
    with copies.only_the_original():
        return loop.run_to_the_end(_serve_alone(loop, start, params, writer))


async def _serve_alone(
    loop: asyncio.AbstractEventLoop, start: ChildStart, params: MeshStart, writer: PipeWriter
) -> int:
    mesh_worker = MeshWorker(start, params, DEFAULT_TIMINGS, writer)

    def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        log.error("%s", context["message"], exc_info=error, event="loop_error")
        if isinstance(error, MemoryError):
            mesh_worker.out_of_memory()

    loop.set_exception_handler(on_loop_error)
    process.on_terminate(lambda: loop.call_soon_threadsafe(mesh_worker.terminate))
    return await mesh_worker.run()
