"""The control socket's file: made so that no other user can use it, removed when it is ours.

Owns the file and its folder's mode.  Does not own connections (`server`).
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import Final

from meshvisor.shared.errors import MissingError
from meshvisor.shared.folders import make_folder

BACKLOG: Final = 128
"""Connections that the kernel holds while the loop is busy; a burst of commands from a script."""

MAX_ADDRESS: Final = 100
"""Bytes of a socket's path that surely fit (the kernel takes 107)."""

LEFT_OVER: Final = frozenset(
    {errno.ENOENT, errno.ECONNREFUSED, errno.ELOOP, errno.ENOTDIR, errno.EPROTOTYPE}
)
"""The errors of connecting to a path where no supervisor listens: there is nothing or a link to it,
no process listens or it is no socket, a link leads in a circle or through a file, or the socket is
of another kind."""


class SocketFile:
    """One listening socket and its file.

    Args:
        path: the file.  Its folder is made with mode 0700 when it is missing.

    A file that is there already is a left-over and is replaced, unless a process listens on it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._folder: int | None = None
        self._identity: tuple[int, int] | None = None

    def listen(self) -> socket.socket:
        """Make the file and return the socket that listens on it.

        Raises:
            MissingError: something that is no file stands in its place.
            OSError: the folder or the file cannot be made, or another process listens there.
        """
        make_folder(self._path.parent)
        if self._path.is_dir() and not self._path.is_symlink():
            raise MissingError(
                f"{self._path} is a folder, and the control socket has to be there: remove it, "
                "and look at what makes it (a mount of a file that is missing does)"
            )
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
        try:
            # Before bind: Linux gives the file the socket's mode, so it is never open to others.
            os.fchmod(listener.fileno(), 0o600)
            address = self._address()
            self._remove_left_over(address)
            listener.bind(address)
            listener.listen(BACKLOG)
            listener.setblocking(False)
            self._identity = self._look()
        except BaseException:
            listener.close()
            self._close_folder()
            raise
        return listener

    @property
    def is_there(self) -> bool:
        """Whether the file that clients look for is still ours."""
        return self._identity is not None and self._look() == self._identity

    def remove(self) -> None:
        """Remove the file, if it is still ours; idempotent."""
        # After a slow stop a newer supervisor may have put its socket there.
        if self.is_there:
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._close_folder()

    # Private

    def _look(self) -> tuple[int, int] | None:
        # The number alone does not do: the next file gets that of the one which was just removed.
        try:
            status = self._path.stat()
        except OSError:
            return None
        return status.st_ino, status.st_mtime_ns

    def _remove_left_over(self, address: str) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as probe:
            probe.setblocking(False)
            try:
                probe.connect(address)
            except BlockingIOError:
                pass  # its queue is full
            except OSError as error:
                if error.errno not in LEFT_OVER:
                    raise
                self._path.unlink(missing_ok=True)
                return
        raise OSError(errno.EADDRINUSE, "another supervisor listens there", str(self._path))

    def _address(self) -> str:
        if len(os.fsencode(self._path)) <= MAX_ADDRESS:
            return str(self._path)
        # A longer path does not fit into a socket's address; one through an open folder does.
        # The folder stays open, because asyncio looks the address up when it closes the socket.
        self._close_folder()
        self._folder = os.open(self._path.parent, os.O_PATH | os.O_CLOEXEC)
        return f"/proc/self/fd/{self._folder}/{self._path.name}"

    def _close_folder(self) -> None:
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None
