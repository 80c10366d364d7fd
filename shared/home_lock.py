"""One supervisor per home: locks that the kernel gives up when their holder dies.

Owns two locks that are always held together.  The one on the home folder itself decides: it has no
name of its own that could be removed, and moves with the folder.  The one on
`var/run/supervisor.lock` names its holder to people and programs, and keeps older versions of the
product out; removing or replacing that file loses nothing but this (`has_file`, `make_file`).
Called by `supervisor.app`, by commands that do without a supervisor, by the doctor, and by
`supervisor.home_watch`.
"""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final, Self

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.errors import MeshvisorError, MissingError, NotRunningError
from meshvisor.shared.folders import make_folder
from meshvisor.shared.home_files import open_file
from meshvisor.shared.paths import Home
from meshvisor.shared.system_errors import shortage

PATIENCE: Final = 10.0
"""Seconds that a home may be locked by a process that does not answer: a command is done within one
or two, and a supervisor that starts answers by then."""

PAUSE: Final = 0.1
"""Seconds between two tries."""

READS: Final = 50
"""Looks for the holder of a lock before it stays unknown."""

READ_PAUSE: Final = 0.01
"""Seconds between two of them."""


class HomeLockedError(MeshvisorError):
    """Another supervisor, or a command that does without one, has the home at present."""


class HomeLock:
    """Holds the locks on a home; a context manager.

    Args:
        home: which one.
        pause: waits so many seconds, for a command that has it for a moment only; up to `PATIENCE`
            in all, and not at all once a supervisor answers there.  None: do not wait.

    Raises (on entering):
        MeshvisorError: another supervisor has it; the message names its PID.
    """

    def __init__(self, home: Home, pause: Callable[[float], None] | None = None) -> None:
        self._home = home
        self._pause = pause
        self._folder = -1
        self._file = -1
        self._was_moved = False

    def __enter__(self) -> Self:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._take()
            except HomeLockedError:
                if self._pause is None or time.monotonic() > deadline or _is_served(self._home):
                    raise
                self._pause(PAUSE)
            else:
                return self

    def __exit__(self, *exc_info: object) -> None:
        with suppress(OSError):
            os.ftruncate(self._file, 0)
        self._was_moved = not self.is_at_home
        # Forgotten before they are closed, for `check_home` in other threads.
        file, folder = self._file, self._folder
        self._file = self._folder = -1
        os.close(file)
        os.close(folder)

    @property
    def is_at_home(self) -> bool:
        """Whether the path of the home still leads to the folder that is locked."""
        return _is_same(self._folder, self._home.root)

    @property
    def has_file(self) -> bool:
        """Whether the path of the lock's file still leads to the file that is locked."""
        return _is_same(self._file, self._home.lock_file)

    def check_home(self) -> None:
        """Do nothing while the home is where it was; may be called in any thread.

        Of a lock that was given up: where it was at that moment.  The last lines of a log are
        written after that.

        Raises:
            FileNotFoundError: its path leads to nothing or to another folder.  What is written
                there now would be lost to this home, and in the way of who puts it back.
        """
        is_moved = not self.is_at_home
        if self._folder < 0:  # perhaps since a moment ago
            is_moved = self._was_moved
        if is_moved:
            raise FileNotFoundError(errno.ENOENT, "the home was moved away", str(self._home.root))

    def make_file(self) -> None:
        """Lock the file that is now at the path of the lock, making it if need be.

        Raises:
            OSError: it cannot be made, is no file, or another process has locked it.
        """
        make_folder(self._home.run)
        descriptor = _open_file(self._home.lock_file)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException:
            os.close(descriptor)
            raise
        old, self._file = self._file, descriptor
        _write_holder(descriptor)
        os.close(old)

    # Private

    def _take(self) -> None:
        try:
            self._folder = os.open(self._home.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise _unusable(self._home.root, error) from error
        try:
            _lock_folder(self._folder, self._home)
            self._take_file()
        except BaseException:
            folder, self._folder = self._folder, -1
            os.close(folder)
            raise

    def _take_file(self) -> None:
        path = self._home.lock_file
        # Never removed: a lock on a file that another process has just unlinked protects nothing.
        try:
            self._file = _open_file(path)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            locked = _locked(self._home, self._file)
            os.close(self._file)
            raise locked from None
        _write_holder(self._file)


def find_holder(home: Home) -> str | None:
    """Return the PID of the process that has a home, or `unknown`; None: the home is free."""
    for path in (home.root, home.lock_file):
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        except OSError:
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read_holder(home, descriptor)
        except OSError:
            continue  # a file system without such locks
        finally:
            os.close(descriptor)
    return None


# Private


def _lock_folder(descriptor: int, home: Home) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise _locked(home, descriptor) from None
    except OSError:
        # Some network file systems lock no folders; the file's lock has to do there.
        return


def _open_file(path: Path) -> int:
    """Open the lock's file, making it if need be; never waits."""
    return open_file(path, os.O_RDWR | os.O_CREAT)


def _write_holder(descriptor: int) -> None:
    # What the file says is for people; on a full disk the lock holds without it.
    with suppress(OSError):
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)


def _is_same(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


def _unusable(path: Path, error: OSError) -> MeshvisorError:
    return shortage(error, path) or MissingError(
        f"{path} cannot be written ({error.strerror}); let this user write to the home, or "
        "name another one with --home."
    )


def _locked(home: Home, descriptor: int) -> HomeLockedError:
    holder = _read_holder(home, descriptor)
    if _is_served(home):
        return HomeLockedError(
            f"a supervisor runs on {home.root} already (PID {holder}); stop that one first, or "
            "choose another --home"
        )
    return HomeLockedError(
        f"a supervisor that is starting, or a command, runs on {home.root} already "
        f"(PID {holder}); try again in a moment, or choose another --home"
    )


def _is_served(home: Home) -> bool:
    """Say whether a supervisor listens there, even one that hangs."""
    try:
        ControlClient(home.root).close()
    except NotRunningError:
        return False
    except MeshvisorError:
        pass  # it is there, and cannot be reached
    return True


def _read_holder(home: Home, descriptor: int) -> str:
    """Return the PID of the process that has locked an open file, or else the one in the file."""
    inode = os.fstat(descriptor).st_ino
    for _ in range(READS):
        if holder := _kernel_says(inode) or _file_says(home):
            return holder
        # One that has got the lock this very moment is about to write its PID.
        time.sleep(READ_PAUSE)
    return "unknown"


def _kernel_says(inode: int) -> str:
    """Return the PID in the kernel's list of locks; empty where that is not shown."""
    # Not by device: some file systems have other numbers there than in what stat(2) says.
    with suppress(OSError), open("/proc/locks", encoding="ascii") as file:
        for line in file:
            fields = line.split()
            if fields[1:2] != ["FLOCK"] or not fields[-3].endswith(f":{inode}"):
                continue
            # Zero is a process of another PID namespace.
            if fields[3] == "WRITE" and int(fields[4]) > 0:
                return fields[4]
    return ""


def _file_says(home: Home) -> str:
    with suppress(OSError):
        descriptor = open_file(home.lock_file, os.O_RDONLY)
        try:
            holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
            return holder if holder.isdigit() else ""
        finally:
            os.close(descriptor)
    return ""
