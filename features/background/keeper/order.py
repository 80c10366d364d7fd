"""The order to a keeper from the process that starts it, and its answer.

Both are JSON: the order on the keeper's standard input, since an argument may have 128 kB only; the
answer a line in a pipe.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from meshvisor.features.background.names import Files


class Order(msgspec.Struct, kw_only=True):
    """What to keep."""

    folder: str
    name: str
    command: list[str]
    shown: list[str]
    """As it was written, with masks for passwords: it goes to the status file and the log."""
    most_log: int
    """Bytes of one part of the log."""
    notify: list[str] = []
    """A command that sends a notification, to which a sentence is added; empty: none is sent."""
    lock: int
    """Descriptor of the PID file, which is locked."""
    answer: int
    """Descriptor of the pipe."""

    @property
    def files(self) -> Files:
        """The files of the command."""
        return Files(Path(self.folder), self.name)


class Answer(msgspec.Struct, kw_only=True):
    """What has come of it."""

    pid: int = 0
    """Of the keeper."""
    error: str = ""
    """Why there is none, without a stop; empty: there is one."""
    of_files: bool = False
    """Whether that is about its files and not about the command."""
