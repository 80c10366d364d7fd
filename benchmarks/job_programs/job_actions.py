"""The plug-in whose actions the rows of jobs run; each notes what it does by CLOCK_MONOTONIC.

Owns the notes: a file of fixed records beside the plug-in's home, which `read_notes` reads.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from meshvisor import JobContext, action

NOTES: Final = "job-notes"
START: Final = -1
"""In place of an item's position: the handler has begun."""
ITEM_SECONDS: Final = 0.001
"""What an item of `patient` takes."""
NOTE: Final = struct.Struct("qqQ")
"""Job, position or `START`, CLOCK_MONOTONIC in nanoseconds."""

_path = Path(__file__).resolve().parents[2] / NOTES
_file = -1


def install(home: Path) -> None:
    """Put the plug-in into a home."""
    plugins = home / "config" / "plugins"
    plugins.mkdir(parents=True, exist_ok=True, mode=0o700)
    shutil.copy(__file__, plugins / "job_actions.py")
    (plugins / "job_actions.py").chmod(0o600)
    (home / NOTES).touch(mode=0o600)


def read_notes(home: Path) -> Iterator[tuple[int, int, int]]:
    """Yield job, position (or `START`) and moment of each note."""
    content = (home / NOTES).read_bytes()
    yield from NOTE.iter_unpack(content[: len(content) // NOTE.size * NOTE.size])


def _note(job: int, position: int) -> None:
    global _file  # noqa: PLW0603 - opened by the process that notes, after it was forked
    if _file < 0:
        _file = os.open(_path, os.O_WRONLY | os.O_APPEND)
    os.write(_file, NOTE.pack(job, position, time.monotonic_ns()))


if __name__ != "benchmarks.job_programs.job_actions":  # as a plug-in, not in the harness

    @action("noop", lane="bench")
    async def noop(job: JobContext) -> None:
        """Do nothing."""

    @action("urgent", lane="bench", priority=1)
    async def urgent(job: JobContext) -> None:
        """Note the start."""
        _note(job.id, START)

    @action("walk", lane="bench")
    async def walk(job: JobContext) -> None:
        """Go through the items as fast as it goes."""
        async for item in job.items():
            await item.done()

    @action("patient", lane="bench", priority=5)
    async def patient(job: JobContext) -> None:
        """Take a moment for each item, and note its end."""
        async for item in job.items():
            await asyncio.sleep(ITEM_SECONDS)
            _note(job.id, int(item.key))
            await item.done()
