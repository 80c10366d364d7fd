"""What the workers of a measured fleet have noted about access (`watch_access`)."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.places import WATCH_PLUGIN
from benchmarks.watch_access import NOTES

LOOK_EVERY: Final = 0.02
"""Seconds between two looks into the file.  The moments come from the workers, so this does not
limit how exact they are, and looking more often would take processor time away from them."""


@dataclass(frozen=True, slots=True)
class Note:
    """One line."""

    pid: int
    at: int
    """CLOCK_MONOTONIC, ns."""
    ping_allowed: bool
    is_admin: bool


def install(home: Path) -> None:
    """Put the plug-in into a home."""
    plugins = home / "config" / "plugins"
    plugins.mkdir(mode=0o700, parents=True)
    shutil.copy(WATCH_PLUGIN, plugins)


class AccessNotes:
    """The notes of one fleet.

    Args:
        home: where the plug-in was installed.
        workers: the processes that count; a warm-up, for one, notes as well.
    """

    def __init__(self, home: Path, workers: Mapping[str, int]) -> None:
        self._path = home / NOTES
        self._pids = frozenset(workers.values())
        self._read = 0
        """Bytes whose lines have been returned; nothing else writes into the file."""

    def wait(
        self, since: int, holds: Callable[[Note], bool], timeout: float
    ) -> dict[int, int | None]:
        """Return for each worker when it first noted that something holds (ns); None: not yet.

        Args:
            since: notes before this moment do not count (ns).
            holds: what to wait for.
            timeout: seconds after which those that are missing stay None.

        Raises:
            BenchmarkError: no worker has ever noted anything.
        """
        found: dict[int, int | None] = dict.fromkeys(self._pids)
        deadline = time.monotonic() + timeout
        while None in found.values() and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            for note in self._new():
                is_first = note.pid in found and found[note.pid] is None
                if is_first and note.at > since and holds(note):
                    found[note.pid] = note.at
        return found

    def _new(self) -> list[Note]:
        try:
            with self._path.open("rb") as file:
                file.seek(self._read)
                complete, _, _ = file.read().rpartition(b"\n")
        except FileNotFoundError:
            # Workers are sent who may do what before they connect, so it would be there.
            raise BenchmarkError("no worker has noted anything: the plug-in is missing") from None
        self._read += len(complete) + 1 if complete else 0
        lines = (line.split() for line in complete.splitlines())
        return [Note(int(pid), int(at), allowed == b"1", admin == b"1")
                for pid, at, allowed, admin in lines]  # fmt: skip
