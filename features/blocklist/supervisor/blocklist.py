"""The blocklist: blocked meshes that survive restarts.

Owns when `config/blocklist.json` is read and written, and what happens when it cannot be.  Does not
own its format (`features.blocklist.file`), expiry (`features.blocklist.supervisor.blocked`), nor
why a mesh is blocked.  The manager asks on every look at the fleet; the service calls `expire`
and, in a thread, `reload_if_changed` and `save` about once a second.
"""

from __future__ import annotations

import errno
import logging
import os
import stat
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeAlias

from msgspec.structs import replace

from meshvisor.features.blocklist import wordings as say
from meshvisor.features.blocklist.file import BlockEntry, Contents, keep_aside, read, render
from meshvisor.features.blocklist.supervisor.blocked import BlockedMeshes
from meshvisor.shared.clock import Clock
from meshvisor.shared.files import write_atomically
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import unreadable
from meshvisor.shared.listed import listed

log = logging.getLogger(__name__)

NAMED: Final = 5
"""Blocked meshes to name at the start; `meshvisor blocklist list` has all of them."""

FIRST_RETRY: Final = 1.0
"""Seconds after a failed save before the next; doubled each time."""

LAST_RETRY: Final = 30.0
"""Seconds; a disk that has room again is used soon enough, and a full one is left in peace."""

PATIENCE: Final = 5.0
"""Seconds that a save waits for a look, or another save, that is under way."""

MAX_REPORTED: Final = 5
"""Problems of one file that are reported; to mend these, the operator looks at the file anyway."""

_Signature: TypeAlias = tuple[int, int, int, int]
_GONE: Final[_Signature] = (0, 0, 0, 0)


@dataclass(slots=True)
class _Disk:
    """What is known of the file."""

    seen: _Signature | None = None
    """As it was when it was last read or written."""
    suspect: _Signature | None = None
    """As it was when it first looked damaged or gone."""
    unread: bool = False
    """It is there, and the last try to read it failed."""
    damaged: bool = False
    """It is no blocklist, and must be kept aside before it is replaced."""
    contents: Contents = field(default_factory=lambda: Contents({}))
    problem: str | None = None


class Blocklist(BlockedMeshes):
    """The blocked meshes, kept in a file.

    `save` waits for the disk; call it in a thread.  `load` and `reload_if_changed` read one
    small file, the latter only when it has changed.  Everything else is memory.

    Args:
        path: the file; it and its folder may be missing.
        clock: durations are measured by its monotonic side.
        check: raises `OSError` when nothing may be written at present.
    """

    def __init__(self, path: Path, clock: Clock, check: Callable[[], None] = lambda: None) -> None:
        super().__init__(clock)
        self._path = path
        self._check = check
        self._disk = _Disk()
        self._retry_at = 0.0
        self._retry_delay = FIRST_RETRY
        self._saving = threading.Lock()

    @property
    def problem(self) -> str | None:
        """What is wrong with the file, in one sentence; None: nothing."""
        return self._disk.problem

    # ---- What others call --------------------------------------------------------------------

    def load(self) -> None:
        """Read the file for the first time.

        What is damaged is reported and what is readable is used; the next `save` keeps the
        damaged file aside.  Writes nothing itself.

        Raises:
            MissingError: it is there and cannot be read, so it is unknown what is blocked.
        """
        try:
            signature = _signature(self._path)
            self._take_over(signature, read(self._path, self._now_ms()), patient=False)
        except OSError as error:
            raise unreadable(self._path, error) from error
        self._name_blocked()

    def _name_blocked(self) -> None:
        """Say who is blocked from before: who starts a fleet wonders why a bot is missing."""
        entries = self.entries()
        if entries:
            named = listed([f"{entry.mesh_id} ({entry.reason})" for entry in entries], NAMED)
            extra = {"event": "blocklist.read"}
            log.info("blocked from before: %s", named, extra=extra)

    def reload_if_changed(self) -> bool:
        """Take the file over when it was edited; returns whether it was.

        A file that is damaged or gone is looked at twice before it is believed: editors empty
        or remove a file for a moment before they write it anew.  One that cannot be read changes
        nothing, and is tried again at every look.
        """
        if not self._saving.acquire(blocking=False):
            # What is read now may be older than what is just being written.
            return False
        try:
            return self._reload()
        finally:
            self._saving.release()

    def save_due(self) -> bool:
        """Say whether there is something to save and no recent failure to wait after."""
        return self._is_unsaved() and self._clock.monotonic() >= self._retry_at

    def save(self) -> bool:
        """Write what has changed; call it in a thread.

        Returns True when the file is up to date.  Otherwise nothing is lost: everything stays in
        memory, the first failure is reported, and `save_due` says when to try again.
        """
        if not self._saving.acquire(timeout=PATIENCE):
            # Its holder waits for the disk, and one that waits for it is enough.
            self._note_failure(OSError(errno.ETIMEDOUT, "its disk does not answer"))
            return False
        try:
            if self._disk.seen is not None:
                self._save()
            # Else it was never read, so nothing is known that could be written.
            return not self._is_unsaved()
        finally:
            self._saving.release()

    def _save(self) -> None:
        try:
            self._check()
            # An operator may have edited it since the last look.
            self._reload()
            if self._disk.suspect is None and not self._disk.unread:
                self._write()
        except OSError as error:
            self._note_failure(error)
        else:
            self._note_success()

    # ---- Private: reading --------------------------------------------------------------------

    def _reload(self) -> bool:
        try:
            signature = self._look()
            if signature == self._disk.seen and not self._disk.unread:
                self._disk.suspect = None
                return False
            contents = read(self._path, self._now_ms())
        except OSError as error:
            self._disk.unread = True
            self._report(
                "the blocklist is read as soon as it can be, and all its blocks hold: "
                f"{unreadable(self._path, error)}"
            )
            return False
        if self._disk.unread:
            self._disk.unread = False
            self._report_contents(self._disk.contents)
        return self._take_over(signature, contents, patient=True)

    def _look(self) -> _Signature:
        """Return the signature of the file; a folder that has gone says nothing of its files.

        Raises:
            OSError: it cannot be said whether it is there.
        """
        signature = _signature(self._path)
        if signature == _GONE and self._disk.seen != _GONE and not self._path.parent.is_dir():
            raise FileNotFoundError(errno.ENOENT, "its folder is gone", str(self._path))
        return signature

    def _take_over(self, signature: _Signature, contents: Contents, *, patient: bool) -> bool:
        is_odd = bool(contents.problems) or signature == _GONE
        if patient and is_odd and signature != self._disk.suspect:
            self._disk.suspect = signature
            return False
        self._disk.seen, self._disk.suspect = signature, None
        self._disk.damaged = contents.is_damaged
        self._disk.contents = contents
        # What a damaged file no longer says is unknown, so what was blocked stays so.
        known = self._snapshot()[0] if contents.is_damaged else {}
        blocked, unblocked = self._take({**known, **contents.entries})
        self._report_contents(contents)
        if patient:
            log.info(
                "%s was changed by another program and is taken over: %d blocked, %d unblocked",
                self._path,
                len(blocked),
                len(unblocked),
                extra={"event": "blocklist.edited"},
            )
        return True

    def _report_contents(self, contents: Contents) -> None:
        if not contents.problems:
            self._disk.problem = None
            return
        found = "; ".join(contents.problems[:MAX_REPORTED])
        if contents.is_damaged:
            count = len(contents.entries)
            self._report(say.DAMAGED.said(path=self._path, why=found, count=count))
            return
        self._report(say.UNREADABLE_ENTRY.said(path=self._path, why=found))

    # ---- Private: writing --------------------------------------------------------------------

    def _is_unsaved(self) -> bool:
        return bool(self._changes) or self._disk.contents.is_damaged

    def _write(self) -> None:
        if not self._is_unsaved():
            return
        entries, changes = self._snapshot()
        contents = replace(
            self._disk.contents,
            entries=entries,
            problems=tuple(_problems(entries.values())),
            is_damaged=False,
        )
        # A link leads to where its owner wants the file; replacing the link would cut it.
        path = Path(os.path.realpath(self._path))
        make_folder(path.parent)
        mode = _mode(path)
        if self._disk.damaged:
            self._keep_aside(path)
        write_atomically(path, render(contents), mode=mode)
        self._disk.seen, self._disk.contents = _signature(self._path), contents
        self._note_saved(changes)

    def _keep_aside(self, path: Path) -> None:
        if path.exists():
            aside = keep_aside(path, self._clock.wall())
            log.warning(
                "the damaged %s is kept as %s",
                path,
                aside.name,
                extra={"event": "blocklist.kept_aside"},
            )
        # Even if it cannot be replaced now, once is enough.
        self._disk.damaged = False
        self._disk.seen = _signature(self._path)

    def _note_failure(self, error: OSError) -> None:
        self._retry_at = self._clock.monotonic() + self._retry_delay
        self._retry_delay = min(2 * self._retry_delay, LAST_RETRY)
        self._report(say.NOT_WRITTEN.said(path=self._path, why=error.strerror or error))

    def _note_success(self) -> None:
        if self._is_unsaved() or self._disk.unread:
            return
        if self._retry_delay > FIRST_RETRY:
            log.info("%s is written again", self._path, extra={"event": "blocklist.saved"})
        self._retry_delay = FIRST_RETRY
        self._report_contents(self._disk.contents)

    def _report(self, problem: str) -> None:
        if problem != self._disk.problem:
            self._disk.problem = problem
            log.error("%s", problem, extra={"event": "blocklist.problem"})


def _problems(entries: Iterable[BlockEntry]) -> Iterator[str]:
    for entry in entries:
        if entry.problem is not None:
            yield f"the entry {entry.mesh_id[:80]!r} cannot be read: {entry.problem}"


def _signature(path: Path) -> _Signature:
    """Return what changes whenever the file does; `_GONE` when there is none.

    Raises:
        OSError: it cannot be said whether there is one.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return _GONE
    return (status.st_ino, status.st_mtime_ns, status.st_ctime_ns, status.st_size)


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:
        return 0o600
