"""What a background command may be called, and its three files.

`DIR/meshvisor-NAME.pid`, `.status` and `.log`; of the log there may be older parts, `.log.1` the
newest of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

PREFIX: Final = "meshvisor-"

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)

_SUFFIXES: Final = (".status", ".pid", ".log")


def check_name(text: str) -> str:
    """Return `text` if a background command may be called that.

    Raises:
        ValueError: with one sentence that says what is allowed.
    """
    if _NAME.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} is no name of a background command; write 1 to 64 letters, digits, '.', "
            "'_' and '-', the first of them a letter or a digit, such as nightly-export"
        )
    return text


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one background command."""

    folder: Path
    name: str

    @property
    def pid(self) -> Path:
        """Holds the PID of its keeper while it runs; locked by it."""
        return self._file("pid")

    @property
    def status(self) -> Path:
        """Holds its status as JSON (`status`)."""
        return self._file("status")

    @property
    def log(self) -> Path:
        """Holds what it prints."""
        return self._file("log")

    def old_log(self, age: int) -> Path:
        """Return the log that was put aside so many times."""
        return self.log.with_name(f"{self.log.name}.{age}")

    # Private

    def _file(self, suffix: str) -> Path:
        return self.folder / f"{PREFIX}{self.name}.{suffix}"


def names_in(folder: Path) -> Iterator[str]:
    """Yield the names of the commands that have files in a folder, each once, sorted.

    Raises:
        OSError: the folder cannot be read; one that is missing is empty.
    """
    found: set[str] = set()
    try:
        entries = [entry.name for entry in folder.iterdir()]
    except FileNotFoundError:
        return
    for entry in entries:
        for suffix in _SUFFIXES:
            name = entry.removeprefix(PREFIX).removesuffix(suffix)
            if entry == f"{PREFIX}{name}{suffix}" and _NAME.fullmatch(name):
                found.add(name)
    yield from sorted(found)
