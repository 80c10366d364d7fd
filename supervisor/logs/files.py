"""Writing the log files: a thread of its own, rotation, a cap on the whole folder.

Owns `var/logs/*.log*`.  Does not own what stands in them (`shared.logs.line`).  The event loop
only hands text over; a disk that is slow, full or gone costs lines, which are counted, and never
a moment of the loop.

No file is kept open: a batch is one open, one write, one close.  So hundreds of meshes need no
descriptors, and other programs may move or remove files at any time.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import open_file
from meshvisor.shared.logs.files import log_file, log_files, order_of
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.supervisor.wordings import NO_LOGS

log = logging.getLogger(__name__)

GATHER: Final = 0.1
"""Seconds that the thread waits for more lines before it writes; readers of log files do not notice
it."""

MAX_PENDING: Final = 4 * 1024 * 1024
"""Bytes that wait for a slow disk; what comes beyond that is counted and dropped."""

TRIM_TO: Final = 0.9
"""Part of the folder's cap that is left when it was exceeded, so that it is not at once again."""

FOLDER: Final = ""
"""Stands for the folder as a whole where sources are named."""

_MEGABYTE: Final = 1024 * 1024


class FileLimits(msgspec.Struct, frozen=True):
    """How much is kept on disk."""

    file_size: int
    """Bytes at which a file is rotated."""
    files_kept: int
    """Rotated files per source."""
    folder_cap: int
    """Bytes of all log files together."""

    @classmethod
    def of(cls, settings: LogSettings) -> FileLimits:
        """Return what the settings say."""
        return cls(
            int(settings.file_size_mb * _MEGABYTE),
            settings.files_kept,
            int(settings.folder_cap_mb * _MEGABYTE),
        )


class LogFiles:
    """Writes text to the file of its source.

    Args:
        folder: made when it is missing.
        limits: how much is kept.
        notice: makes the text that stands where lines of a source are missing, from their number.
        check: raises `OSError` when nothing may be written at present.
    """

    def __init__(
        self,
        folder: Path,
        limits: FileLimits,
        notice: Callable[[str, int], str],
        check: Callable[[], None] = lambda: None,
    ) -> None:
        self._folder = folder
        self._limits = limits
        self._notice = notice
        self._check = check
        self._pending: dict[str, list[str]] = {}
        self._pending_bytes = 0
        self._lost: dict[str, int] = {}
        self._change = threading.Condition()
        self._closing = False
        self._failing: dict[str, str] = {}
        """Why the newest write of a source has failed, in one sentence."""
        self._in_folder = 0
        self._thread = threading.Thread(target=self._run, name="log files", daemon=True)
        self._thread.start()

    @property
    def problem(self) -> str | None:
        """Why a file cannot be written at present, in one sentence; None: all can."""
        return next(iter(tuple(self._failing.values())), None)

    @property
    def failing(self) -> bool:
        """Whether a file cannot be written at present."""
        return bool(self._failing)

    def put(self, source: str, text: str) -> None:
        """Have a record written, newline included; returns at once, from any thread."""
        with self._change:
            if self._closing:
                return
            if self._pending_bytes + len(text) > MAX_PENDING:
                self._lost[source] = self._lost.get(source, 0) + 1
            else:
                if not self._pending:
                    self._change.notify()
                self._pending.setdefault(source, []).append(text)
                self._pending_bytes += len(text)

    def close(self, timeout: float) -> bool:
        """Write what waits and end; False when the disk does not take it within `timeout` s."""
        with self._change:
            self._closing = True
            self._change.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    # ---- The thread --------------------------------------------------------------------------

    def _run(self) -> None:
        self._trim()
        while True:
            batch = self._next_batch()
            if batch is None:
                return
            for source, texts in batch.items():
                self._write(source, texts)
            # Whose lines are missing may be silent from now on, so the loss is written here.
            for source in self._failing.keys() - batch.keys():
                self._write(source, [])
            if self._in_folder > self._limits.folder_cap:
                self._trim()

    def _next_batch(self) -> dict[str, list[str]] | None:
        with self._change:
            while not self._pending and not self._closing:
                self._change.wait()
            if not self._closing:
                self._change.wait(GATHER)
            batch, self._pending = self._pending, {}
            self._pending_bytes = 0
        return batch or None

    def _write(self, source: str, texts: list[str]) -> None:
        with self._change:
            lost = self._lost.pop(source, 0)
        if lost:
            texts = [self._notice(source, lost), *texts]
        try:
            self._append(source, texts)
        except OSError as error:
            with self._change:
                # The notice stood for lines that are still missing, not for one of its own.
                missing = lost + len(texts) - bool(lost)
                self._lost[source] = self._lost.get(source, 0) + missing
            self._note_failure(source, error)
        else:
            self._note_success(source)

    def _append(self, source: str, texts: list[str]) -> None:
        """Write records, as many to each file as it may hold."""
        self._check()
        path = log_file(self._folder, source)
        waiting = [text.encode("utf-8", "replace") for text in texts]
        while waiting:
            size = _size(path)
            if size and size + len(waiting[0]) > self._limits.file_size:
                self._rotate(source)
                size = 0
            count, end = 1, size + len(waiting[0])
            while count < len(waiting) and end + len(waiting[count]) <= self._limits.file_size:
                end += len(waiting[count])
                count += 1
            _append(path, b"".join(waiting[:count]))
            self._in_folder += end - size
            del waiting[:count]

    def _rotate(self, source: str) -> None:
        for age in range(self._limits.files_kept, 0, -1):
            newer = log_file(self._folder, source, age - 1)
            if newer.exists():
                newer.replace(log_file(self._folder, source, age))

    def _trim(self) -> None:
        """Remove the oldest files until the folder is below its cap."""
        found = []
        now = time.time()
        try:
            self._check()
            for _, age, entry in log_files(self._folder):
                status = entry.stat(follow_symlinks=False)
                # Rotated ones first, then files of meshes that have been quiet the longest.
                moment = order_of(status.st_mtime, now)
                found.append((age == 0, moment, status.st_size, entry.path))
            total = sum(size for _, _, size, _ in found)
            if total > self._limits.folder_cap:
                for _, _, size, path in sorted(found):
                    if total <= self._limits.folder_cap * TRIM_TO:
                        break
                    Path(path).unlink(missing_ok=True)
                    total -= size
            self._in_folder = total
        except OSError as error:
            self._note_failure(FOLDER, error)

    def _note_failure(self, source: str, error: OSError) -> None:
        problem = NO_LOGS.said(why=error)
        if not self._failing:
            log.error("%s", problem, extra={"event": "logs.not_written"})
        self._failing[source] = problem

    def _note_success(self, source: str) -> None:
        # One file that can be written says nothing of the others, but of the folder.
        found = [self._failing.pop(name, None) for name in (source, FOLDER)]
        if any(found) and not self._failing:
            log.info("log files are written again", extra={"event": "logs.written"})


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _append(path: Path, data: bytes) -> None:
    """Write all of `data` to the end of a file, or nothing."""
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
    try:
        descriptor = open_file(path, flags)
    except FileNotFoundError:
        make_folder(path.parent)
        descriptor = open_file(path, flags)
    try:
        before = os.fstat(descriptor).st_size
        try:
            written = 0
            while written < len(data):
                written += os.write(descriptor, data[written:])
        except OSError:
            # Half a line would run into the next one.
            os.ftruncate(descriptor, before)
            raise
    finally:
        os.close(descriptor)
