"""Entry points of the job runner.

`run` is what the zygote calls in a fresh fork (`features.jobs.worker.main:run`); `serve` is the
same without the process around it, for `--single-process`.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any, Final

from pydantic import ValidationError

from meshvisor.features.jobs.worker.runner import Runner
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.features.jobs.worker.unwinding import Unwind
from meshvisor.shared.model.exits import ChildExit
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.worker import copies
from meshvisor.worker.child import ChildStart
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.logs.pipe import PipeWriter
from meshvisor.worker.loop import ChildLoop
from meshvisor.worker.mesh import process

DEFAULT_TIMINGS: Final = Timings()

log = bound_log(__name__)


def run(start: ChildStart) -> int:
    """Be a runner in a process of its own; return its exit code (see `ChildExit`).

    The caller has to end the process with `os._exit`: threads of actions may still run.
    """
    try:
        params = RunnerStart.model_validate(start.params)
    except ValidationError:
        return ChildExit.PROTOCOL
    writer = process.set_up(params.log_level, params.memory_limit_bytes)
    copies.watch()
    copies.keep_from_copies(start.channel)
    copies.when_copied(start.forget)
    try:
        # Neither asyncio.run nor a loop that is closed: both wait for what ignores its end.
        loop = ChildLoop()
        loop.keep_from_copies()
        with copies.only_the_original():
            return loop.run_to_the_end(_serve_alone(loop, start, params, writer))
    except MemoryError:
        return ChildExit.OUT_OF_MEMORY
    except Exception:
        log.critical("The runner crashed", exc_info=True, event="crashed")
        return ChildExit.CRASHED
    finally:
        # What was printed without a line end.
        sys.stdout.flush()
        sys.stderr.flush()
        writer.flush()


async def serve(start: ChildStart, timings: Timings = DEFAULT_TIMINGS) -> int:
    """Be a runner inside a running loop; return its exit code (see `ChildExit`).

    Process-wide state (signals, limits, output) is left as it is.  Cancelling it drops all jobs
    and closes the channel.

    Args:
        start: what the child is given; the channel belongs to this function from now on.
        timings: how long to wait for what.
    """
    params = RunnerStart.model_validate(start.params)
    return await Runner(start, params, timings, lambda: None).run()


async def _serve_alone(
    loop: asyncio.AbstractEventLoop, start: ChildStart, params: RunnerStart, writer: PipeWriter
) -> int:
    runner = Runner(start, params, DEFAULT_TIMINGS, writer.flush)

    def on_loop_error(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Unwind):
            return  # a task that nobody awaits was left at an item, as its job had to stop
        log.error("%s", context["message"], exc_info=error, event="loop_error")
        if isinstance(error, MemoryError):
            runner.out_of_memory()

    loop.set_exception_handler(on_loop_error)
    process.on_terminate(lambda: loop.call_soon_threadsafe(runner.terminate))
    return await runner.run()
