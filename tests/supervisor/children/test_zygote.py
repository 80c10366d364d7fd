"""Forking children, learning how they end, and living through the zygote's own death."""

from __future__ import annotations

import asyncio
import json
import os
import resource
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from meshvisor.shared.model.exits import ExitCause
from meshvisor.shared.paths import Home
from meshvisor.supervisor.children import forked_children
from meshvisor.supervisor.children.spawner import Child, Renewal, SpawnError, SpawnOrder
from meshvisor.supervisor.process import OwnedProcess, reap_orphans
from tests.stopping import stopping
from tests.supervisor.children.setting import Setting

pytestmark = pytest.mark.faults


async def hear(child: Child) -> bytes:
    """Return what a child says next."""
    return await asyncio.get_running_loop().sock_recv(child.channel, 65536)


async def tell(child: Child, order: str) -> None:
    """Give a child an order."""
    await asyncio.get_running_loop().sock_sendall(child.channel, order.encode())


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0)


def is_gone(pid: int) -> bool:
    """Say whether a process has ended, reaped or not."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


async def test_a_child_knows_what_it_needs_and_inherits_nothing_else(
    setting: Setting, home: Home
) -> None:
    """Parameters, a session of its own, the home as working directory, five descriptors."""
    child = await setting.child(slot=3)
    facts = json.loads(await hear(child))
    assert facts["pid"] == facts["group"] == child.pid
    assert facts["name"] == "lobby"
    assert facts["params"] == {"prefix": "?"}
    assert Path(facts["cwd"]) == home.root
    assert facts["title"] == "meshvisor: worker lobby"
    # stdin, stdout, stderr, channel, lifeline
    assert facts["descriptors"] == 5
    assert setting.heartbeats.last(3) > 0
    assert setting.heartbeats.last(2) == 0
    assert child.log is not None
    assert os.read(child.log, 1000).splitlines() == [b"on stdout", b"on stderr"]


@pytest.mark.parametrize(
    ("order", "cause"),
    [
        ("exit 0", ExitCause(code=0)),
        ("exit 9", ExitCause(code=9)),
        ("raise", ExitCause(code=70)),
        ("segfault", ExitCause(signal=signal.SIGSEGV)),
    ],
)
async def test_the_cause_of_an_end_is_reported(
    setting: Setting, order: str, cause: ExitCause
) -> None:
    """Exit codes, crashes and signals are distinguished."""
    child = await setting.child("obey")
    await tell(child, order)
    assert await child.exited == cause


async def test_signals_reach_the_child_and_no_process_after_it(setting: Setting) -> None:
    """A handle to a dead child is harmless, whatever process has its PID by now."""
    child = await setting.child("obey")
    child.signal(signal.SIGKILL)
    assert await child.exited == ExitCause(signal=signal.SIGKILL)
    child.signal(signal.SIGKILL)


async def test_a_crash_leaves_its_traceback_in_the_log(setting: Setting) -> None:
    """What the child could not handle is readable on its own pipe."""
    child = await setting.child("obey")
    await tell(child, "raise")
    await child.exited
    assert child.log is not None
    assert b"RuntimeError: on purpose" in os.read(child.log, 65536)


async def test_what_a_child_has_started_goes_with_it(setting: Setting) -> None:
    """A subprocess of a plug-in does not outlive its worker."""
    child = await setting.child("obey")
    await tell(child, "offspring")
    offspring = int(await hear(child))
    child.signal(signal.SIGKILL)
    await child.exited
    await until(lambda: is_gone(offspring))
    # The orphan became the zygote's; it has no owner, and it is reaped all the same.
    await until(lambda: not psutil.pid_exists(offspring))


async def test_what_an_adopted_child_has_started_goes_with_it(setting: Setting) -> None:
    """The same when the child's zygote died before it."""
    child = await setting.child("obey")
    await tell(child, "offspring")
    offspring = int(await hear(child))
    zygote = setting.spawner.pid
    assert zygote is not None
    os.kill(zygote, signal.SIGKILL)
    await until(lambda: setting.spawner.pid not in {zygote, None})
    child.signal(signal.SIGKILL)
    assert await child.exited == ExitCause(signal=signal.SIGKILL)
    await until(lambda: is_gone(offspring))
    reap_orphans(OwnedProcess.known | setting.spawner.child_pids)


async def test_without_descriptors(setting: Setting) -> None:
    """A spawn that finds no descriptor left fails cleanly, and works as soon as there are some."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    await setting.child("obey")
    used = {int(name) for name in os.listdir("/proc/self/fd")}
    unused = [number for number in range(1000) if number not in used]
    order = SpawnOrder("mv_children:obey", "lobby", 0, {})
    failures = 0
    for more in range(6):
        resource.setrlimit(resource.RLIMIT_NOFILE, (unused[more], hard))
        try:
            setting.children.append(await setting.spawner.spawn(order))
        except SpawnError:
            failures += 1
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    # A channel and a pipe, and the fifth one is the handle of the process.
    assert failures == 5
    assert json.loads(await hear(await setting.child()))["name"] == "lobby"


async def test_an_orphan_takes_its_group_along(setting: Setting) -> None:
    """A child that sees its channel end kills its whole group, and so ends by that signal."""
    child = await setting.child("obey")
    child.channel.shutdown(socket.SHUT_WR)
    assert await child.exited == ExitCause(signal=signal.SIGKILL)


async def test_a_zygote_that_does_not_report(
    setting: Setting, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A stopped zygote is replaced as soon as its silence matters; the end is still reported."""
    monkeypatch.setattr(forked_children, "REPORT_DEADLINE", 0.05)
    child = await setting.child("obey")
    zygote = setting.spawner.pid
    assert zygote is not None
    os.kill(zygote, signal.SIGSTOP)
    child.signal(signal.SIGTERM)
    assert await child.exited == ExitCause(signal=signal.SIGTERM)
    await until(lambda: setting.spawner.pid not in {zygote, None})
    assert f"does not say how its child {child.pid} ended" in caplog.text


async def test_children_outlive_their_zygote(setting: Setting) -> None:
    """A dead zygote is replaced; running children do not notice, and their ends are reported."""
    before = setting.spawner.pid
    assert before is not None
    old = [await setting.child("obey", f"m{n}", n) for n in range(3)]
    # One that is still in the zygote's group a moment after its fork dies with it.
    await until(lambda: all(os.getsid(child.pid) == child.pid for child in old))
    os.kill(before, signal.SIGKILL)
    await until(lambda: setting.spawner.pid not in {before, None})
    new = await setting.child()
    assert json.loads(await hear(new))["name"] == "lobby"
    await tell(old[0], "exit 5")
    assert await old[0].exited == ExitCause(code=5)
    old[1].signal(signal.SIGTERM)
    assert await old[1].exited == ExitCause(signal=signal.SIGTERM)
    assert not old[2].exited.done()


async def test_children_that_die_with_their_zygote_are_noticed(setting: Setting) -> None:
    """Whatever the order of the two ends, no child is taken for alive."""
    for seed in range(10):
        zygote = setting.spawner.pid
        if zygote is None:
            await until(lambda: setting.spawner.pid is not None)
            zygote = setting.spawner.pid
        child = await setting.child("obey")
        zygote = setting.spawner.pid
        assert zygote is not None
        first, second = (zygote, child.pid) if seed % 2 else (child.pid, zygote)
        os.kill(first, signal.SIGKILL)
        os.kill(second, signal.SIGKILL)
        async with asyncio.timeout(10):
            cause = await child.exited
        assert cause in {ExitCause(signal=signal.SIGKILL), ExitCause()}


async def test_a_request_to_a_dying_zygote_fails_cleanly(setting: Setting) -> None:
    """Spawns in flight fail, are tried again and succeed; nothing hangs."""
    await setting.child("obey")
    zygote = setting.spawner.pid
    assert zygote is not None
    spawning = [asyncio.create_task(setting.child("obey", f"m{n}", n)) for n in range(5)]
    await asyncio.sleep(0)
    os.kill(zygote, signal.SIGKILL)
    children = await asyncio.gather(*spawning)
    assert len({child.pid for child in children}) == 5


async def test_nothing_is_left_when_the_lifeline_is_cut(setting: Setting) -> None:
    """Spinning and stopped children and their offspring die with the supervisor's end of it."""
    spinning = await setting.child("obey", "a", 0)
    await tell(spinning, "spin")
    assert await hear(spinning) == b"spinning"
    stopped = await setting.child("obey", "b", 1)
    await tell(stopped, "stop")
    assert await hear(stopped) == b"stopping"
    parent = await setting.child("obey", "c", 2)
    await tell(parent, "offspring")
    offspring = int(await hear(parent))
    zygote = setting.spawner.pid
    assert zygote is not None
    # What the kernel does when the supervisor is killed.
    await setting.spawner.stop(stopping())
    pids = [spinning.pid, stopped.pid, parent.pid, offspring, zygote]
    await until(lambda: all(is_gone(pid) for pid in pids))
    reap_orphans(set())
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_children_outlive_a_replacement(
    setting: Setting, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Other plug-ins come with another zygote; children do not notice, and nothing is an error."""
    before = await setting.child("obey")
    old = setting.spawner.pid
    home.plugins.mkdir(parents=True)
    (home.plugins / "a.py").write_text("")
    assert await setting.spawner.replace(()) == Renewal(is_used=True)
    assert setting.spawner.pid not in {old, None}
    assert not before.exited.done()
    await tell(before, "exit 5")
    assert await before.exited == ExitCause(code=5)
    assert json.loads(await hear(await setting.child()))["name"] == "lobby"
    assert await setting.spawner.replace(()) == Renewal(is_used=False)
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []


async def test_children_that_are_asked_for_meanwhile(setting: Setting, home: Home) -> None:
    """Whichever zygote they come from they come, and no caller has to ask twice."""
    await setting.child("obey")
    home.plugins.mkdir(parents=True)
    (home.plugins / "a.py").write_text("")
    replacing = asyncio.create_task(setting.spawner.replace(()))
    number = 0
    while not replacing.done():
        order = SpawnOrder("mv_children:obey", f"m{number}", 0, {})
        child = await setting.spawner.spawn(order)
        setting.children.append(child)
        child.signal(signal.SIGKILL)
        await child.exited
        number += 1
    assert (await replacing).is_used


async def test_a_replacement_that_is_not_waited_for(setting: Setting, home: Home) -> None:
    """Nothing is left of a zygote that was tried when the supervisor stops."""
    await setting.child("obey")
    home.plugins.mkdir(parents=True)
    (home.plugins / "a.py").write_text("import time\ntime.sleep(3600)")
    replacing = asyncio.create_task(setting.spawner.replace(()))
    await until(lambda: len(OwnedProcess.known) > 1)
    tried = max(OwnedProcess.known)
    await setting.spawner.stop(stopping())
    assert not (await replacing).is_used
    await until(lambda: is_gone(tried))
