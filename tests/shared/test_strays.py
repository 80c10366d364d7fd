from __future__ import annotations

import json
import subprocess
import sys

PROGRAM = """
import json, os, resource, signal, subprocess, sys
from meshvisor.shared import strays

strays.become_subreaper()
leaf = "import os, time; print(os.getpid(), flush=True); time.sleep(20)"

def stray() -> int:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        strays.mark()
        subprocess.Popen([sys.executable, "-c", leaf], stdout=write_end, stderr=subprocess.DEVNULL)
        os._exit(0)
    os.waitpid(child, 0)
    os.close(write_end)
    with open(read_end) as said:
        return int(said.readline())

pid = stray()
found = {"known": strays.children() == [pid]}
%s
os.kill(pid, signal.SIGKILL)
os.waitpid(pid, 0)
found["at last"] = strays.end(())
print(json.dumps(found))
"""


def run(steps: str) -> dict[str, bool]:
    """Return what a program finds that has a stray and takes these steps."""
    program = [sys.executable, "-c", PROGRAM % steps]
    done = subprocess.run(program, check=True, capture_output=True, text=True, timeout=30)
    return dict(json.loads(done.stdout))


def test_a_stray_is_killed_and_looked_for_again() -> None:
    """Until none is left; what comes from a child that lives is left alone."""
    assert run(
        """
owner = strays.owner_of(pid)
found["spared"] = not strays.end({owner})
found["killed"] = strays.end(())
found["by a signal"] = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT).si_status == 9
"""
    ) == {"known": True, "spared": True, "killed": True, "by a signal": True, "at last": False}


def test_want_of_a_descriptor() -> None:
    """A look that fails says to look again, and nothing else happens."""
    assert run(
        """
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
soft = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
found["again"] = strays.end(())
resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
found["lives"] = strays.children() == [pid]
"""
    ) == {"known": True, "again": True, "lives": True, "at last": False}


def test_a_stray_of_another_user() -> None:
    """What sudo has started cannot be killed; nothing is broken by that, nor waited for."""
    assert run(
        """
def kill(pid: int, number: int) -> None:
    raise PermissionError

strays.os.kill, real = kill, os.kill
found["again"] = strays.end(())
strays.os.kill = real
"""
    ) == {"known": True, "again": False, "at last": False}
