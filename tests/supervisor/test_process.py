"""Programs that the supervisor executes: their ends, their stops, and orphans."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Iterator

import psutil
import pytest

from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.strays import become_subreaper
from meshvisor.supervisor.process import OwnedProcess, reap_orphans, reap_with_group
from meshvisor.supervisor.spawn import spawn

FOREVER = "import signal; signal.pause()"

DEAF = """
import os, signal
signal.signal(signal.SIGTERM, lambda number, frame: os.write(1, b"no"))
os.write(1, b"up")
while True:
    signal.pause()
"""

PARENT = """
import os, signal
if not os.fork():
    print(os.getpid(), flush=True)
signal.pause()
"""

PARENT_OF_A_STRAY = PARENT.replace("    print", "    os.setsid()\n    print")
"""Its child is not in its process group."""


class Programs:
    """Starts programs and reads what they print."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe2(os.O_CLOEXEC)
        self._started: list[OwnedProcess] = []

    def run(self, code: str) -> OwnedProcess:
        """Start a program."""
        self._started.append(OwnedProcess(spawn([sys.executable, "-c", code], {1: self._write})))
        return self._started[-1]

    async def hear(self) -> str:
        """Return what one of them has printed."""
        return (await asyncio.to_thread(os.read, self._read, 100)).decode().strip()

    async def close(self) -> None:
        """Kill what still runs."""
        for process in self._started:
            process.signal(signal.SIGKILL)
            await process.exited
        os.close(self._read)
        os.close(self._write)


@pytest.fixture
async def programs() -> AsyncIterator[Programs]:
    """Return a way to run programs."""
    made = Programs()
    yield made
    await made.close()


@pytest.fixture
def subreaper() -> Iterator[None]:
    """Be the parent of processes that lose their own, for one test."""
    become_subreaper()
    yield
    become_subreaper(wanted=False)


def wait_for_death(pid: int) -> None:
    """Return when a child has died, and leave it to be reaped by others."""
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        ("pass", ExitCause(code=0)),
        ("raise SystemExit(7)", ExitCause(code=7)),
        ("import os; os.kill(os.getpid(), 15)", ExitCause(signal=signal.SIGTERM)),
        ("import os; os.abort()", ExitCause(signal=signal.SIGABRT)),
    ],
)
async def test_an_end_is_noticed_and_reported(
    programs: Programs, code: str, cause: ExitCause
) -> None:
    """The program is reaped, its descriptor closed, and it has no owner any more."""
    process = programs.run(code)
    assert process.pid in OwnedProcess.known
    assert await process.exited == cause
    assert process.pid not in OwnedProcess.known
    assert not psutil.pid_exists(process.pid)
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(process.pidfd)


async def test_a_signal_after_the_end_reaches_no_process(programs: Programs) -> None:
    """Neither before nor after the end was noticed; the next process with the PID is safe."""
    process = programs.run(FOREVER)
    process.signal(signal.SIGKILL)
    wait_for_death(process.pid)
    process.signal(signal.SIGTERM)
    assert await process.exited == ExitCause(signal=signal.SIGKILL)
    process.signal(signal.SIGTERM)


async def test_a_polite_stop(programs: Programs) -> None:
    """SIGTERM is enough for a program that listens; a second call gets the same answer."""
    process = programs.run(FOREVER)
    first, second = await asyncio.gather(process.stop(30), process.stop(30))
    assert first == second == ExitCause(signal=signal.SIGTERM)
    assert await process.stop(30) == first


async def test_a_stop_by_force(programs: Programs) -> None:
    """A program that does not listen is killed after the deadline."""
    process = programs.run(DEAF)
    assert await programs.hear() == "up"
    assert await process.stop(0.05) == ExitCause(signal=signal.SIGKILL)
    assert await programs.hear() == "no"


async def test_a_caller_that_stops_waiting_stops_nothing(programs: Programs) -> None:
    """A cancelled stop leaves the process to others who wait for its end."""
    process = programs.run(DEAF)
    assert await programs.hear() == "up"
    stopping = asyncio.create_task(process.stop(60))
    assert await programs.hear() == "no"
    stopping.cancel()
    await asyncio.gather(stopping, return_exceptions=True)
    assert not process.exited.done()


async def test_what_a_program_has_started_goes_with_it(programs: Programs, subreaper: None) -> None:
    """The rest of its process group is killed when it ends."""
    parent = programs.run(PARENT)
    child = int(await programs.hear())
    parent.signal(signal.SIGTERM)
    assert await parent.exited == ExitCause(signal=signal.SIGTERM)
    wait_for_death(child)
    reap_orphans(OwnedProcess.known)
    assert not psutil.pid_exists(child)


async def test_no_living_process_is_reaped(programs: Programs) -> None:
    """A living child stays, one of another process is refused."""
    process = programs.run(FOREVER)
    assert reap_with_group(process.pidfd) is None
    stranger = os.pidfd_open(os.getppid())
    with pytest.raises(ChildProcessError):
        reap_with_group(stranger)
    os.close(stranger)


async def test_orphans_are_reaped(programs: Programs, subreaper: None) -> None:
    """Who has lost its parent becomes ours, and no dead one of them stays."""
    parent = programs.run(PARENT_OF_A_STRAY)
    orphan = int(await programs.hear())
    parent.signal(signal.SIGKILL)
    await parent.exited
    assert psutil.Process(orphan).ppid() == os.getpid()
    assert reap_orphans(OwnedProcess.known)
    assert psutil.pid_exists(orphan)
    os.kill(orphan, signal.SIGKILL)
    wait_for_death(orphan)
    assert reap_orphans(OwnedProcess.known)
    assert not psutil.pid_exists(orphan)


async def test_children_with_an_owner_are_left_to_it(programs: Programs) -> None:
    """Reaping orphans takes no exit status away from those who wait for it."""
    process = programs.run("raise SystemExit(7)")
    wait_for_death(process.pid)
    assert not reap_orphans(OwnedProcess.known)
    assert await process.exited == ExitCause(code=7)
    assert reap_orphans(OwnedProcess.known)


async def test_without_the_role_orphans_go_elsewhere(programs: Programs) -> None:
    """Given back, the role is gone: the next reaper up gets them."""
    become_subreaper()
    become_subreaper(wanted=False)
    parent = programs.run(PARENT_OF_A_STRAY)
    orphan = int(await programs.hear())
    parent.signal(signal.SIGKILL)
    await parent.exited
    assert psutil.Process(orphan).ppid() != os.getpid()
    os.kill(orphan, signal.SIGKILL)


def test_reaping_without_children() -> None:
    """A supervisor whose children are all gone has nothing to do."""
    pid = os.fork()
    if not pid:
        reap_orphans(set())
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
