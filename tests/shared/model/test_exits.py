"""How children end, in words."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from meshvisor.shared.model.exits import ChildExit, ExitCause


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("raise SystemExit(0)", ExitCause(code=0)),
        ("raise SystemExit(72)", ExitCause(code=72)),
        ("import os; os.kill(os.getpid(), 15)", ExitCause(signal=signal.SIGTERM)),
        ("import os; os.kill(os.getpid(), 9)", ExitCause(signal=signal.SIGKILL)),
        ("import os; os.abort()", ExitCause(signal=signal.SIGABRT)),
    ],
)
def test_the_status_of_a_real_process(code: str, cause: ExitCause) -> None:
    """Codes and signals are distinguished, with and without a core dump."""
    pid = os.posix_spawn(sys.executable, [sys.executable, "-c", code], os.environ)
    _, status = os.waitpid(pid, 0)
    assert ExitCause.from_wait_status(status) == cause


def test_a_core_dump_is_no_other_signal() -> None:
    """The flag beside the signal's number does not change the number."""
    with_core = signal.SIGABRT | 0x80
    assert os.WCOREDUMP(with_core)
    assert ExitCause.from_wait_status(with_core) == ExitCause(signal=signal.SIGABRT)


def test_the_kernel_as_the_killer() -> None:
    """That memory was short is no property of the status; the caller that knows it says so."""
    killed = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    killed.kill()
    _, status = os.waitpid(killed.pid, 0)
    killed.returncode = -signal.SIGKILL
    cause = ExitCause.from_wait_status(status, out_of_memory=True)
    assert cause == ExitCause(signal=signal.SIGKILL, out_of_memory=True)
    assert str(cause) == "was killed by the kernel because the machine ran out of memory"


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (ExitCause(code=ChildExit.DONE), "ended by itself"),
        (ExitCause(code=ChildExit.OUT_OF_MEMORY), "reached its memory limit"),
        (ExitCause(code=5), "exited with code 5"),
        (ExitCause(signal=signal.SIGSEGV), "was killed by SIGSEGV"),
        (ExitCause(signal=signal.SIGRTMIN + 1), f"was killed by signal {signal.SIGRTMIN + 1}"),
        (ExitCause(), "ended in an unknown way"),
    ],
)
def test_in_words(cause: ExitCause, words: str) -> None:
    """Each end fits behind 'the worker' and is as precise as what is known."""
    assert str(cause) == words


@pytest.mark.parametrize("code", ChildExit)
def test_every_code_of_ours_has_words(code: ChildExit) -> None:
    """Numbers that we have chosen are shown as words."""
    assert "code" not in str(ExitCause(code=code))


def test_codes_of_ours_are_no_others() -> None:
    """Python ends with 1 and 2, a shell with 126 and above; only 0 means what it always means."""
    assert all(2 < code < 126 for code in ChildExit if code is not ChildExit.DONE)
