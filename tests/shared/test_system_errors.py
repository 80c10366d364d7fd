"""What the machine refuses, in one sentence with the next step and an exit code."""

from __future__ import annotations

import asyncio
import errno
import io
import os
import socket

import pytest

from meshvisor.shared.errors import MissingError
from meshvisor.shared.system_errors import explain, shortage

NUMBERS = sorted(set(errno.errorcode) - {errno.EBADF, errno.EFAULT, errno.ENOTSOCK})


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: errno.errorcode[number])
@pytest.mark.parametrize("path", [None, "/srv/bots/config", b"/srv/caf\xe9", 7])
def test_every_number(number: int, path: object) -> None:
    """Every error of the system names what was found and what to do."""
    explained = explain(OSError(number, os.strerror(number), path))
    assert explained is not None
    found, _, advice = str(explained).partition("; ")
    assert os.strerror(number)[1:] in found
    assert len(advice) > 10
    assert explained.exit_code in {1, 3}
    assert "\n" not in str(explained)
    if isinstance(path, str):
        assert path in found


@pytest.mark.parametrize(
    ("error", "words", "exit_code"),
    [
        (MemoryError(), "not enough memory", 1),
        (RuntimeError("can't start new thread"), "no thread can be started", 1),
        (TimeoutError(), "it took too long", 1),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "temporary failure", 3),
        (UnicodeEncodeError("utf-8", "caf\udce9", 3, 4, "surrogates"), r"'\udce9'", 2),
        (UnicodeDecodeError("utf-8", b"caf\xe9", 3, 4, "invalid"), "the byte 0xe9", 2),
        (ImportError("x.so: cannot open shared object file"), "cannot be loaded: x.so", 3),
        (LookupError("unknown encoding: utf-8-sig"), "cannot be loaded", 3),
        (ExceptionGroup("two", [OSError(errno.ENOSPC, "No space"), MemoryError()]), "no space", 1),
    ],
)
def test_others(error: Exception, words: str, exit_code: int) -> None:
    """Threads, memory, text and name servers have their sentences, too."""
    explained = explain(error)
    assert explained is not None
    assert words in str(explained)
    assert explained.exit_code == exit_code


@pytest.mark.parametrize(
    "error",
    [
        ZeroDivisionError(),
        RuntimeError("the sky is falling"),
        OSError(errno.EBADF, "Bad file descriptor"),
        io.UnsupportedOperation("fileno"),
        ExceptionGroup("two", [OSError(errno.ENOSPC, "No space"), ZeroDivisionError()]),
        asyncio.InvalidStateError(),
    ],
)
def test_mistakes_of_ours(error: Exception) -> None:
    """What no machine does to a right program is not blamed on it."""
    assert explain(error) is None


def test_a_shortage_behind_another_error() -> None:
    """What fails because of a shortage is that shortage."""
    error = KeyError("a bug that nobody would have met otherwise")
    error.__context__ = OSError(errno.EMFILE, "Too many open files")
    explained = explain(error)
    assert explained is not None
    assert "too many open files" in str(explained)
    error.__context__ = OSError(errno.ENOENT, "No such file")
    assert explain(error) is None


def test_what_is_explained_already() -> None:
    """An error for people stays what it is."""
    error = MissingError("it is not there; put it there")
    assert explain(error) is error


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOSPC, errno.ENOMEM, errno.EDQUOT])
def test_shortage_at_a_path(number: int) -> None:
    """Whom to let write there is not said when that is no remedy."""
    explained = shortage(OSError(number, os.strerror(number)), "/srv/bots/var/lock")
    assert explained is not None
    assert str(explained).startswith("/srv/bots/var/lock cannot be used: ")
    assert shortage(PermissionError(errno.EACCES, "Permission denied", "/srv")) is None
