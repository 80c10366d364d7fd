"""A small pipe whose reader looks only when the test wants it to."""

from __future__ import annotations

import fcntl
import json
import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from meshvisor.worker.logs.pipe import PipeHandler, PipeWriter


@dataclass
class Pipe:
    """A pipe and the writer on it."""

    read_end: int
    write_end: int
    writer: PipeWriter

    def read(self) -> bytes:
        """Return what is in the pipe now."""
        data = b""
        while True:
            try:
                piece = os.read(self.read_end, 1 << 20)
            except BlockingIOError:
                return data
            if not piece:
                return data
            data += piece

    def records(self) -> list[dict[str, Any]]:
        """Return the records in the pipe; every line is whole."""
        data = self.read()
        assert data == b"" or data.endswith(b"\n")
        return [json.loads(line) for line in lines_of(data)]

    def widen(self) -> None:
        """Make room for large records."""
        fcntl.fcntl(self.write_end, fcntl.F_SETPIPE_SZ, 1 << 20)


def lines_of(data: bytes) -> list[bytes]:
    """Return the lines in what was read, without empty ones, as the supervisor does."""
    return [line for line in data.splitlines() if line]


@pytest.fixture
def pipe() -> Iterator[Pipe]:
    """Return a pipe with room for one page."""
    read_end, write_end = os.pipe()
    os.set_blocking(read_end, False)
    fcntl.fcntl(write_end, fcntl.F_SETPIPE_SZ, 4096)
    writer = PipeWriter()
    writer.attach(write_end)
    yield Pipe(read_end, write_end, writer)
    writer.detach()
    os.close(read_end)
    os.close(write_end)


@pytest.fixture
def logger(pipe: Pipe) -> logging.Logger:
    """Return a logger that writes to the pipe and nowhere else."""
    logger = logging.Logger("test.worker")  # noqa: LOG001 - has no parent that hears it too
    logger.addHandler(PipeHandler(pipe.writer))
    return logger
