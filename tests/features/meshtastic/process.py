"""A radio network as a process of its own, as `meshvisor playground --kind radio` runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Final, Self

from meshvisor.shared.paths import Home

PROGRAM: Final = ("-m", "meshvisor.supervisor.cli.main")


class RadioProcess:
    """One process; its standard input is what is typed to it."""

    def __init__(self, home: Home, *options: str) -> None:
        words = [
            sys.executable,
            *PROGRAM,
            "--home",
            str(home.root),
            "playground",
            "--kind",
            "radio",
        ]
        self._process = subprocess.Popen(
            [*words, "--port", "0", *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.server: str = json.loads(self.line())["server"]

    def __enter__(self) -> Self:
        """Be there."""
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._process.terminate()
        self._process.communicate()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def line(self) -> str:
        """Return the next line that it prints."""
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")

    def until(self, wanted: str) -> str:
        """Return the next line with these words."""
        while line := self.line():
            if wanted in line:
                return line
        raise AssertionError(f"the radio network has ended without saying {wanted!r}")

    def type(self, line: str) -> None:
        """Type a line."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()
