"""Entry points of the mesh worker.

`run` is what the zygote calls in a fresh fork (`worker.mesh.main:run`); `serve` is the same
without the process around it, for `--single-process`.  Everything that a worker needs is imported
here, at the top: the zygote imports this module once, and every fork shares the pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

import meshvisor.worker.mesh.commands.builtin  # noqa: F401 - registers the commands of every bot
from meshvisor.shared.paths import Home
from meshvisor.shared.protocol.start import MeshStart
from meshvisor.shared.transports import TransportKind, built_in, loaded
from meshvisor.worker.child import process
from meshvisor.worker.child.run import run_alone
from meshvisor.worker.child.start import ChildStart
from meshvisor.worker.locality import gather_code
from meshvisor.worker.mesh import warm_up_lives
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.worker import MeshWorker

__all__ = ["run", "serve", "warm_up"]

for _kind in built_in().values():
    # Before the warm-up, in which an import would be taken for something that workers do.
    _kind.load()
    if _kind.warm_up:
        loaded(_kind.warm_up)

WARM_UP_LIVES: Final = 9
"""Python 3.11 begins to specialise a function at its ninth call, later versions sooner; more win
nothing.  Without the last five a worker has 0.2 MB more."""

DEFAULT_TIMINGS: Final = Timings()


def run(start: ChildStart) -> int:
    """Be a mesh worker in a process of its own; return its exit code (see `ChildExit`).

    The caller has to end the process with `os._exit`: threads of handlers may still run.
    """
    return run_alone(
        start,
        MeshStart,
        MeshWorker.noun,
        lambda start, params, writer: MeshWorker(start, params, DEFAULT_TIMINGS, writer),
    )


async def serve(start: ChildStart, timings: Timings = DEFAULT_TIMINGS) -> int:
    """Be a mesh worker inside a running loop; return its exit code (see `ChildExit`).

    Process-wide state (signals, limits, output) is left as it is.  Cancelling it leaves the room
    and closes the channel.

    Args:
        start: what the child is given; the channel belongs to this function from now on.
        timings: how long to wait for what.
    """
    params = msgspec.convert(start.params, MeshStart)
    return await MeshWorker(start, params, timings, None).run()


def warm_up() -> None:
    """Do once, before any fork, what every worker would otherwise do for itself after it.

    Called by the zygote, whose folder is the home; afterwards what this process logs are records
    like a worker's.
    """
    writer = process.prepare().writer
    kinds = warm_up_lives.transports_in(Home(Path.cwd()).settings_file)
    # What is logged in a warm-up is of no use, but logging is part of what is warmed up.
    with open("/dev/null", "wb") as nowhere:
        writer.attach(nowhere.fileno())
    try:
        # All of them at once: what one moves after another has been moved leaves gaps.
        gather_code(lambda: _live(kinds, 1), warm_up_lives.stage(kinds))
        _live(kinds, WARM_UP_LIVES)
    finally:
        writer.detach()


def _live(kinds: Sequence[TransportKind], lives: int) -> None:
    for kind in kinds:
        warm_up_lives.warm_up(serve, kind, lives)
