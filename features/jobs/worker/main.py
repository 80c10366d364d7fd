"""Entry points of the job runner.

`run` is what the zygote calls in a fresh fork (`features.jobs.worker.main:run`); `serve` is the
same without the process around it, for `--single-process`.
"""

from __future__ import annotations

from typing import Final

import msgspec

from meshvisor.features.jobs.worker.outbox import CODEC
from meshvisor.features.jobs.worker.runner import Runner
from meshvisor.features.jobs.worker.timings import Timings
from meshvisor.shared.protocol.start import RunnerStart
from meshvisor.worker.child.run import run_alone
from meshvisor.worker.child.start import ChildStart

DEFAULT_TIMINGS: Final = Timings()


def run(start: ChildStart) -> int:
    """Be a runner in a process of its own; return its exit code (see `ChildExit`).

    The caller has to end the process with `os._exit`: threads of actions may still run.
    """
    return run_alone(
        start,
        RunnerStart,
        Runner.noun,
        lambda start, params, writer: Runner(start, params, DEFAULT_TIMINGS, writer),
    )


async def serve(start: ChildStart, timings: Timings = DEFAULT_TIMINGS) -> int:
    """Be a runner inside a running loop; return its exit code (see `ChildExit`).

    Process-wide state (signals, limits, output) is left as it is.  Cancelling it drops all jobs
    and closes the channel.

    Args:
        start: what the child is given; the channel belongs to this function from now on.
        timings: how long to wait for what.
    """
    params = msgspec.convert(start.params, RunnerStart)
    return await Runner(start, params, timings, None).run()


def warm_up() -> None:
    """Do once, before any fork, what every runner would otherwise do for itself after it.

    Called by the zygote.
    """
    CODEC.prepare()
