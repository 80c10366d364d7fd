"""The code of plug-ins: read from its source every time, and compared with what was loaded.

Owns how the text of a plug-in gets into the process, what was loaded, and whether the files hold
something else by now.  Does not own which plug-ins there are (`worker.plugins`).

Python keeps byte code in `__pycache__` and takes it for fresh when the source's size and whole
second of change are as before.  Two saves within a second, a copy with its old time, files that
all have one time (Nix, archives): the old code would run for ever.  So plug-ins, their helpers and
packages are compiled from their text.  What is installed (site-packages) and Python itself keep
their byte code, or a plug-in that imports something big would take many seconds.
"""

from __future__ import annotations

import errno
import importlib
import os
import stat
import sys
from dataclasses import dataclass, field
from hashlib import blake2b
from importlib.machinery import SourceFileLoader
from itertools import islice
from pathlib import Path
from types import CodeType
from typing import Any, Final

from meshvisor.shared.python_code import MOST_FILES, OURS, code_below, is_installed

MOST_BYTES: Final = 32 * 1024 * 1024
"""Of one file, read for comparison; of what is larger its size and times count."""

_ABSENT: Final = errno.errorcode[errno.ENOENT]


@dataclass(slots=True)
class PluginCode:
    """The code of plug-ins in this process."""

    folders: set[str] = field(default_factory=set)
    """All code below them belongs to plug-ins."""
    packages: set[str] = field(default_factory=set)
    """The code of these top-level modules does, too, wherever they are installed."""
    loaded: dict[str, str] = field(default_factory=dict)
    """Path of each source that was loaded to the digest of its text."""
    package_folders: dict[str, str] = field(default_factory=dict)
    """Path of the folder of each package to the digest of all code in it, of which functions may
    import more when they are called."""
    _is_hooked: bool = False

    def include_folder(self, folder: Path) -> None:
        """Count the files below a folder among the code of plug-ins from now on."""
        self.folders.add(str(folder) + os.sep)
        self._hook()

    def include_module(self, name: str) -> None:
        """Count a module and everything in its top-level package among it from now on."""
        self.packages.add(name.partition(".")[0])
        self._hook()

    def remember_package(self, name: str) -> None:
        """Take in what the package of a module that was just loaded holds."""
        package = sys.modules.get(name.partition(".")[0])
        for path in getattr(package, "__path__", ()):
            self.package_folders[path] = digest_of_folder(Path(path))

    def is_of_plugins(self, path: str, module: str = "") -> bool:
        """Return whether a source file is of a plug-in, its helpers or its packages."""
        top = module.partition(".")[0]
        if not os.path.isabs(path):  # such as "<frozen importlib._bootstrap>"
            return False
        if top in self.packages or path.startswith(tuple(self.folders)):
            return True
        return not is_installed(path) and bool(top) and top not in OURS

    def has_changed(self) -> bool:
        """Return whether a file that was loaded, or may be, is another now or cannot be read."""
        return any(digest_of(path) != digest for path, digest in list(self.loaded.items())) or any(
            digest_of_folder(Path(path)) != digest for path, digest in self.package_folders.items()
        )

    def _hook(self) -> None:
        """Have every import of this process ask here first.

        In the loader and not in a finder of our own: `importlib.util.spec_from_file_location`
        and `SourceFileLoader` itself, with which plug-ins load their helpers, do not ask finders.
        """
        if self._is_hooked:
            return
        self._is_hooked = True
        usual = SourceFileLoader.get_code

        def get_code(loader: SourceFileLoader, fullname: str) -> CodeType | None:
            path = loader.get_filename(fullname)
            if not self.is_of_plugins(path, fullname):
                return usual(loader, fullname)
            text = loader.get_data(path)
            self.loaded[path] = _digest(text)
            compiled: CodeType = loader.source_to_code(text, path)
            return compiled

        hooked: Any = SourceFileLoader
        hooked.get_code = get_code
        # Files that have come since the last import from their folder.
        importlib.invalidate_caches()


CODE: Final = PluginCode()
"""Of this process, and inherited by its forks."""


def digest_of_folder(folder: Path) -> str:
    """Return what changes whenever code below a folder does, whatever its times say.

    Links are followed, to files and to folders.
    """
    whole = blake2b(digest_size=16)
    for path in islice(code_below(str(folder)), MOST_FILES):
        digest = digest_of(path)
        if digest != _ABSENT:  # or it is a link that leads nowhere
            whole.update(f"{path}\0{digest}\0".encode(errors="surrogateescape"))
    return whole.hexdigest()


def digest_of(path: str) -> str:
    """Return a digest of a file's content; of one that cannot be read the reason."""
    try:
        # Not to wait for the writer of a pipe that is named like a plug-in.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                return "no file"
            if found.st_size > MOST_BYTES:
                return f"{found.st_size} {found.st_mtime_ns} {found.st_ctime_ns} {found.st_ino}"
            return _digest(file.read(MOST_BYTES))
    except OSError as error:
        return errno.errorcode.get(error.errno or 0, "unreadable")


# Private


def _digest(text: bytes) -> str:
    return blake2b(text, digest_size=16).hexdigest()
