"""The console as a process: kept by the supervisor, whom nothing that becomes of it disturbs."""

from __future__ import annotations

import os
import signal

import pytest

from meshvisor.shared.paths import Home
from tests.console_client import ON, Consoles
from tests.fleet import Fleet


async def test_it_is_kept(console: Consoles) -> None:
    """One that is killed comes back at the same address, and pages find it again."""
    visitor = await console.visitor()
    assert (await visitor.get("/healthz")).json() == {"status": "ok"}
    assert (await visitor.get("/readyz")).json() == {"status": "ok"}
    before, url = await console.pid(), await console.url()
    os.kill(before, signal.SIGKILL)
    assert await console.url(besides=before) == url
    assert (await visitor.get("/readyz")).status_code == 200
    status = await console.fleet.status()
    assert status.supervisor.state == "running"
    assert not status.supervisor.problems


async def test_it_says_that_the_supervisor_is_silent(console: Consoles) -> None:
    """It lives on, and says with each request what is missing."""
    visitor = await console.visitor()
    console.fleet.signal(signal.SIGSTOP)
    try:
        assert (await visitor.get("/healthz")).status_code == 200
        response = await visitor.get("/readyz")
        assert response.status_code == 503
        assert "does not answer" in response.json()["detail"]
    finally:
        console.fleet.signal(signal.SIGCONT)
    assert (await visitor.get("/readyz")).status_code == 200


async def test_it_ends_with_the_supervisor(console: Consoles) -> None:
    """Not even one that is stopped outlives it."""
    pid = await console.pid()
    os.kill(pid, signal.SIGSTOP)
    console.fleet.signal(signal.SIGKILL)
    await console.fleet.exit_code()
    await console.fleet.gone(pid)


@pytest.mark.parametrize("arguments", [("--no-console",), ()])
@pytest.mark.some(1)
async def test_it_can_be_left_out(home: Home, arguments: tuple[str, ...]) -> None:
    """By the option and by the setting; then there is none, and nothing is missed."""
    fleet = Fleet(home, {"console": {"enabled": bool(arguments), "port": 0}})
    try:
        environment = ON if arguments else {"MESHVISOR__CONSOLE__ENABLED": "false"}
        await fleet.start(*arguments, environment=environment)
        assert "console" not in (await fleet.ask("status"))["supervisor"]
        assert not fleet.processes_named("meshvisor: console")
        assert "There is no console" in (await fleet.command("console")).out
    finally:
        await fleet.close()


async def test_an_address_that_is_taken(home: Home) -> None:
    """It is said where and why, it is tried again, and the fleet runs all the same."""
    first = Consoles(home)
    try:
        port = int((await first.start()).rpartition(":")[2])
        other = Fleet(Home(home.root / "other"), {"console": {"port": port}})
        try:
            await other.start(environment=ON)

            async def problem() -> bool:
                return any("console" in one for one in (await other.status()).supervisor.problems)

            await other.until_told(problem, "the problem to be told")
            taken = f"127.0.0.1:{port}: address already in use"
            await other.until(lambda: taken in other.log(source="console"), "the log to say so")
            (concern,) = (await other.status()).supervisor.concerns
            assert (concern.code, concern.is_problem) == ("console.started_again", True)
        finally:
            await other.close()
    finally:
        await first.close()
