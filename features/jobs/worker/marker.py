"""What a runner leaves in shared memory about its open items, for the case that it dies or hangs.

Owns the mark of the whole process, which all of its jobs share: one item is named, and of several
only that there are several, because it would be unknown at which of them it has died.
"""

from __future__ import annotations

from collections.abc import Callable

from meshvisor.features.jobs.model.job import item_mark


class Marker:
    """The open items of all jobs of a runner.

    Args:
        write: writes 8 bytes that outlive this process (`shared.heartbeat`).
    """

    def __init__(self, write: Callable[[int], None]) -> None:
        self._write = write
        self._open: dict[tuple[int, int], None] = {}

    def opened(self, job_id: int, position: int) -> None:
        """Take in that an item was handed out."""
        self._open[job_id, position] = None
        self._write(item_mark(job_id, position, several=len(self._open) > 1))

    def closed(self, job_id: int, position: int) -> None:
        """Take in that an item has an outcome, or is not worked on any more."""
        self._open.pop((job_id, position), None)
        if not self._open:
            self._write(0)
            return
        # The newest: those of one job are handed out in their order, so it is the last of them.
        job_id, position = next(reversed(self._open))
        self._write(item_mark(job_id, position, several=len(self._open) > 1))
