"""The engine of workflows as a child of the supervisor.

Owns what it is started with.  Does not own when that is (`children.kept_program`).  One that hangs
is found by its answers (`services`).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Final

from meshvisor.features.workflows.wordings import (
    ENGINE_ENDED,
    ENGINE_NOT_STARTED,
    ENGINE_NOT_UP,
)
from meshvisor.supervisor.children.kept_program import KeptProgram, ProgramKind, Sentences

KIND: Final = ProgramKind(
    name="workflows",
    title="the engine of workflows",
    sentences=Sentences(ENGINE_NOT_STARTED, ENGINE_ENDED, ENGINE_NOT_UP),
    module="meshvisor.features.workflows.engine",
    event="workflows.engine_ended",
    first_pause=0.1,
    # What should happen by itself waits for it.
    longest_pause=10.0,
)


def engine(
    home: Path,
    keep_days: float,
    since: Callable[[], int],
    attach_log: Callable[[str, int], None],
    ended: Callable[[], None],
) -> KeptProgram:
    """Return what keeps an engine running.

    Args:
        home: the folder of the home.
        keep_days: days that executions are kept that have ended; 0: for ever.
        since: asked once, before the first start, for the number of the event behind which one
            begins that has never been here.
        attach_log: given a name and the read end of a pipe with its output.
        ended: called when one has ended.
    """
    begin = cache(since)  # one that ends before it has noted where it is begins there again

    def arguments() -> tuple[str, ...]:
        known = ("--home", str(home), "--keep-days", str(keep_days))
        return (*known, "--since", str(begin()))

    return KeptProgram(KIND, arguments, attach_log, lambda _process: None, ended)
