"""A program on a pseudo-terminal, as a person has it: what they type and what they see."""

from __future__ import annotations

import asyncio
import fcntl
import os
import pty
import re
import struct
import termios
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

NOTHING: Final = r"(?!)"

ESCAPES: Final = r"\x1b\[[0-9;?]*[a-zA-Z]"
"""Colours and moves of the cursor, in between of which a prompt writes its text."""


class Terminal:
    """A pseudo-terminal with the program on it."""

    def __init__(self, master: int, process: asyncio.subprocess.Process, hidden: str) -> None:
        self.process = process
        self._hidden = hidden
        self._master = master
        self._shown = ""

    def type(self, text: str) -> None:
        """Press keys."""
        os.write(self._master, text.encode())

    async def see(self, pattern: str) -> str:
        """Wait until something has been shown since the last look; return it."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(30):
            while (found := re.search(pattern, self._shown)) is None:
                data = await loop.run_in_executor(None, os.read, self._master, 4096)
                self._answer(data)
                self._shown += re.sub(self._hidden, "", data.decode(errors="replace"))
        self._shown = self._shown[found.end() :]
        return found[0]

    async def exit_code(self) -> int:
        """Return how the program ends."""
        return await asyncio.wait_for(self.process.wait(), 30)

    def _answer(self, data: bytes) -> None:
        if b"\x1b[6n" in data:  # "where is the cursor?"
            self.type("\x1b[1;1R")


@asynccontextmanager
async def on_terminal(
    command: Sequence[str], columns: int = 80, hidden: str = NOTHING, **environment: str
) -> AsyncIterator[Terminal]:
    """Run a program on a terminal that is so many cells wide.

    Args:
        command: what to run.
        columns: cells of a line.
        hidden: a regular expression of what is left out of all that is shown.
        environment: further variables.
    """
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
        # The terminal of the process: else Ctrl+C would be a character like others.
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        env=os.environ | {"TERM": "xterm", "NO_COLOR": "1"} | environment,
    )
    os.close(slave)
    try:
        yield Terminal(master, process, hidden)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        os.close(master)
