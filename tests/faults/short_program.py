"""`meshvisor` on a machine that refuses things on request; a program for tests.

Owns which calls of the supervisor's process can be made to fail and how.  What is wanted stands in
the file that SHORTAGE names, as JSON: `{"calls": [names], "errors": [names], "rate": 0 to 1,
"count": most failures, "seed": number}`.  Each failure is noted in a file beside it.  Children are
executed, not forked, so they run as usual.
"""

from __future__ import annotations

import _io
import builtins
import errno
import json
import os
import random
import socket
import sqlite3
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any, Final

WANTED: Final = os.environ.get("SHORTAGE", "")

_stat, _open, _write, _close, _read = os.stat, os.open, os.write, os.close, os.read

NO_THREAD: Final = "RuntimeError"


class Shortage:
    """What is refused at present."""

    def __init__(self) -> None:
        self._seen: object = None
        self._wish: dict[str, Any] = {}
        self._random = random.Random(0)
        self._left = 0
        self._lock = threading.Lock()

    def strike(self, call: str, errors: tuple[str, ...]) -> None:
        """Raise what the machine would, if it is to refuse this call."""
        with self._lock:
            self._look()
            wish = self._wish
            if self._left <= 0 or call not in wish.get("calls", [call]):
                return
            fitting = [name for name in errors if name in wish.get("errors", errors)]
            if not fitting or self._random.random() >= wish.get("rate", 1):
                return
            self._left -= 1
            name = self._random.choice(fitting)
            descriptor = _open(f"{WANTED}.done", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            _write(descriptor, f"{call} {name}\n".encode())
            _close(descriptor)
        if name == NO_THREAD:
            raise RuntimeError("can't start new thread")
        number = getattr(errno, name)
        raise OSError(number, os.strerror(number))

    def _look(self) -> None:
        try:
            status = _stat(WANTED)
        except OSError:
            self._wish, self._left, self._seen = {}, 0, None
            return
        now = (status.st_mtime_ns, status.st_ino)
        if now != self._seen:
            self._seen = now
            descriptor = _open(WANTED, os.O_RDONLY)
            self._wish = json.loads(_read(descriptor, 65536))
            _close(descriptor)
            self._random = random.Random(self._wish.get("seed", 0))
            self._left = self._wish.get("count", 10**9)


SHORTAGE: Final = Shortage()

_OPENING: Final = ("EMFILE", "ENFILE", "ENOMEM", "EIO", "ENOSPC")
_FORKING: Final = ("EAGAIN", "ENOMEM")

CALLS: Final[dict[str, tuple[Any, str, tuple[str, ...]]]] = {
    "os.open": (os, "open", _OPENING),
    "os.pipe2": (os, "pipe2", ("EMFILE", "ENFILE")),
    "os.posix_spawn": (os, "posix_spawn", _FORKING),
    "os.pidfd_open": (os, "pidfd_open", ("EMFILE", "ENFILE", "ENOMEM")),
    "os.listdir": (os, "listdir", ("EMFILE", "ENFILE", "EIO")),
    "os.scandir": (os, "scandir", ("EMFILE", "ENFILE", "EIO")),
    "os.fsync": (os, "fsync", ("EIO", "ENOSPC")),
    "os.replace": (os, "replace", ("EIO", "ENOSPC")),
    "os.mkdir": (os, "mkdir", ("EIO", "ENOSPC")),
    "open": (builtins, "open", _OPENING),
    "mkstemp": (tempfile, "mkstemp", _OPENING),
    "socketpair": (socket, "socketpair", ("EMFILE", "ENFILE", "ENOMEM")),
    "thread": (threading.Thread, "start", (NO_THREAD,)),
}
"""By name: where it is, what it is called there, and how the machine refuses it."""


def _refusable(name: str, real: Callable[..., Any], errors: tuple[str, ...]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        SHORTAGE.strike(name, errors)
        return real(*arguments, **named)

    return call


def _refuse_databases() -> None:
    real = sqlite3.connect

    def connect(*arguments: Any, **named: Any) -> Any:
        try:
            SHORTAGE.strike("sqlite3.connect", _OPENING)
        except OSError:
            # As SQLite says it: by a path that it cannot open.
            return real("file:/nowhere/at-all?mode=ro", uri=True)
        return real(*arguments, **named)

    sqlite3.connect = connect


def main() -> int:
    """Run `meshvisor`."""
    from meshvisor.supervisor.cli.main import main as meshvisor

    for name, (place, attribute, errors) in CALLS.items():
        setattr(place, attribute, _refusable(name, getattr(place, attribute), errors))
    _io.open = builtins.open
    _refuse_databases()
    return meshvisor()


if __name__ == "__main__":
    sys.exit(main())
