"""Which silent workers are hung and which only had no chance."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from meshvisor.supervisor.children import liveness
from meshvisor.supervisor.children.liveness import is_hung


@pytest.mark.parametrize(
    ("silent_for", "suspected_for", "queued", "hung"),
    [
        pytest.param(3.1, 2.1, 0.0, True, id="stopped or blocked"),
        pytest.param(2.9, 1.9, 0.0, False, id="too early"),
        pytest.param(3.1, 2.1, 2.0, False, id="queueing for a processor"),
        pytest.param(60.0, 59.0, 58.9, False, id="starved for a minute"),
        pytest.param(3.4, 2.4, 1.3, True, id="spinning on a loaded machine"),
    ],
)
def test_silence_counts_only_with_a_processor(
    silent_for: float, suspected_for: float, queued: float, hung: bool
) -> None:
    """A worker is hung when it was silent for long enough and had the time to speak."""
    assert hung is is_hung(
        silent_for=silent_for, hung_after=3, suspected_for=suspected_for, queued_meanwhile=queued
    )


def test_the_kernel_counts_waiting_for_a_processor() -> None:
    """Two spinning processes on one processor wait for each other."""
    spin = "import os; os.sched_setaffinity(0, {%d}); exec('while True: pass')"
    cpu = min(os.sched_getaffinity(0))
    rivals = [subprocess.Popen([sys.executable, "-c", spin % cpu]) for _ in range(2)]
    try:
        while liveness.queued_seconds(rivals[0].pid) < 0.1:
            assert rivals[0].poll() is None
    finally:
        for rival in rivals:
            rival.kill()
            rival.wait()
    assert liveness.queued_seconds(rivals[0].pid) == 0.0


def test_a_stopped_process_is_known_as_such() -> None:
    """SIGSTOP shows, and so does its end."""
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    try:
        assert not liveness.is_stopped(child.pid)
        child.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, child.pid, os.WSTOPPED | os.WNOWAIT)
        assert liveness.is_stopped(child.pid)
    finally:
        child.kill()
        child.wait()
    assert not liveness.is_stopped(child.pid)
