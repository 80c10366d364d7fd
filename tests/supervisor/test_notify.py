from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from meshvisor.supervisor import notify
from meshvisor.supervisor.notify import Notifier
from tests.stopping import stopping


class ServiceManager:
    """The other end, as systemd has it."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._socket.bind(address)
        self.variable = address.replace("\0", "@")

    async def read(self) -> list[str]:
        """The lines of the next message."""
        loop = asyncio.get_running_loop()
        return (await loop.sock_recv(self._socket, 4096)).decode().split("\n")

    def is_silent(self) -> bool:
        """Whether no message has come."""
        try:
            self._socket.recv(4096)
        except BlockingIOError:
            return True
        return False

    def close(self) -> None:
        """Stop to listen."""
        self._socket.close()


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ServiceManager]:
    """A service manager with either kind of socket."""
    name = f"\0meshvisor-test-{os.getpid()}"
    with closing(
        ServiceManager(name if request.param == "abstract" else str(tmp_path / "notify"))
    ) as manager:
        yield manager


@asynccontextmanager
async def started(environ: dict[str, str]) -> AsyncIterator[Notifier]:
    """Return a notifier between its start and its stop."""
    notifier = Notifier(environ)
    await notifier.start()
    try:
        yield notifier
    finally:
        await notifier.stop(stopping())


async def test_life_of_a_service(manager: ServiceManager) -> None:
    """Ready, a status, a reload and the stop, in the words of sd_notify(3)."""
    async with started({"NOTIFY_SOCKET": manager.variable}) as notifier:
        notifier.ready("3 meshes")
        assert await manager.read() == ["READY=1", "STATUS=3 meshes"]
        notifier.status("4 meshes")
        assert await manager.read() == ["STATUS=4 meshes"]
        before = time.monotonic_ns() // 1000
        notifier.reloading()
        state, moment = await manager.read()
        assert state == "RELOADING=1"
        assert before <= int(moment.removeprefix("MONOTONIC_USEC=")) <= time.monotonic_ns() // 1000
        notifier.ready("5 meshes")
        assert await manager.read() == ["READY=1", "STATUS=5 meshes"]
        notifier.stopping()
        assert await manager.read() == ["STOPPING=1"]


async def test_status_is_one_line_and_sent_once(manager: ServiceManager) -> None:
    """A status cannot smuggle in a state, and is not repeated."""
    async with started({"NOTIFY_SOCKET": manager.variable}) as notifier:
        notifier.status("two\nSTOPPING=1")
        assert await manager.read() == ["STATUS=two STOPPING=1"]
        notifier.status("two\nSTOPPING=1")
        assert manager.is_silent()


async def test_variables_are_not_passed_on(manager: ServiceManager) -> None:
    """Children of the supervisor must not speak to systemd in its place."""
    environ = {
        "NOTIFY_SOCKET": manager.variable,
        "WATCHDOG_USEC": "1",
        "WATCHDOG_PID": "1",
        "PATH": "x",
    }
    Notifier(environ)
    assert environ == {"PATH": "x"}


@pytest.mark.parametrize("named", [True, False])
async def test_watchdog(manager: ServiceManager, named: bool) -> None:
    """Fed twice as often as systemd asks, for as long as the event loop runs."""
    pid = str(os.getpid()) if named else ""
    environ = {"NOTIFY_SOCKET": manager.variable, "WATCHDOG_USEC": "100000", "WATCHDOG_PID": pid}
    async with started(environ) as notifier:
        feeding = asyncio.create_task(notifier.run())
        begin = time.monotonic()
        for _ in range(4):
            assert await manager.read() == ["WATCHDOG=1"]
        assert time.monotonic() - begin >= 0.1
        feeding.cancel()


async def test_watchdog_starves_with_the_loop(manager: ServiceManager) -> None:
    """A loop that hangs does not feed the watchdog; that is what it is for."""
    environ = {"NOTIFY_SOCKET": manager.variable, "WATCHDOG_USEC": "20000"}
    async with started(environ) as notifier:
        feeding = asyncio.create_task(notifier.run())
        assert await manager.read() == ["WATCHDOG=1"]
        while not manager.is_silent():
            pass
        time.sleep(0.05)  # noqa: ASYNC251 - hanging is the subject of this test
        assert manager.is_silent()
        feeding.cancel()


@pytest.mark.parametrize(
    ("microseconds", "pid"), [("", ""), ("0", ""), ("abc", ""), ("-5", ""), ("²", ""), ("100", "1")]
)
async def test_watchdog_that_is_not_asked_for(
    manager: ServiceManager, microseconds: str, pid: str
) -> None:
    """Without a period, or with one meant for another process, there is nothing to feed."""
    environ = {
        "NOTIFY_SOCKET": manager.variable,
        "WATCHDOG_USEC": microseconds,
        "WATCHDOG_PID": pid,
    }
    async with started(environ) as notifier:
        feeding = asyncio.create_task(notifier.run())
        await asyncio.sleep(0)
        assert manager.is_silent()
        assert not feeding.done()
        feeding.cancel()


@pytest.mark.parametrize("environ", [{}, {"NOTIFY_SOCKET": ""}, {"NOTIFY_SOCKET": "vsock:2:1"}])
async def test_without_a_service_manager(environ: dict[str, str]) -> None:
    """In a terminal or a container there is no listener, and nothing happens."""
    async with started(environ) as notifier:
        notifier.ready("x")
        notifier.stopping()
    notifier.status("y")


async def test_service_manager_that_is_gone(tmp_path: Path) -> None:
    """A socket without a listener is no reason to fail."""
    async with started({"NOTIFY_SOCKET": str(tmp_path / "gone")}) as notifier:
        notifier.ready("x")
        notifier.status("y")


async def test_full_queue(manager: ServiceManager, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy service manager gets every state and the newest status, a moment later."""
    monkeypatch.setattr(notify, "RETRY", 0.01)
    async with started({"NOTIFY_SOCKET": manager.variable}) as notifier:
        number = 0
        while not notifier._waiting:
            notifier.status(f"early {number}")
            number += 1
        notifier.ready("up")
        for late in range(5):
            notifier.status(f"late {late}")
        assert len(notifier._waiting) == 2
        messages: list[list[str]] = []
        while not messages or messages[-1] != ["STATUS=late 4"]:
            messages.append(await manager.read())
        assert messages[:-2] == [[f"STATUS=early {n}"] for n in range(number - 1)]
        assert messages[-2] == ["READY=1", "STATUS=up"]
        assert notifier._waiting == {}
