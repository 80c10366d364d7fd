"""A user who calls themselves like an admin, where names can be chosen freely."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor import CommandContext, command
from meshvisor.shared.protocol.to_worker import RefreshAdmins
from tests.worker.conftest import Connect
from tests.worker.mesh.capable import Capable

ANN = "11"


async def said(transport: Capable, count: int) -> list[str]:
    """Return what was said, when so much was."""
    async with asyncio.timeout(10):
        while len(transport.done) < count:
            await asyncio.sleep(0)
    return sorted(text for _, _, text in transport.done)


async def test_a_namesake_does_not_make_the_admin_wait(
    connect: Connect, capable: type[Capable]
) -> None:
    """A user who is not authenticated has a cooldown of their own."""
    await connect(command_cooldown=60.0)
    (transport,) = capable.made
    transport.hear("?ping", "#ops", user=ANN, authenticated=False)
    transport.hear("?ping", "#ops", user=ANN, authenticated=False)
    transport.hear("?ping", "#ops", user=ANN)
    assert await said(transport, 3) == ["One at a time, please: wait 60 s.", "pong", "pong"]


async def test_a_namesake_does_not_use_up_what_the_admin_may_run(
    connect: Connect, capable: type[Capable]
) -> None:
    """Nor are their commands counted together, nor does the one hear what the other has done."""
    release = asyncio.Event()

    @command("wait")
    async def wait(ctx: CommandContext) -> str:
        await release.wait()
        return f"waited, {ctx.user.authenticated}"

    await connect(command_concurrency=12)
    (transport,) = capable.made
    for _ in range(7):
        transport.hear("?wait", "#ops", user=ANN, authenticated=False)
    for _ in range(5):
        transport.hear("?wait", "#ops", user=ANN)
    release.set()
    warned = "You have 5 commands under way already. Wait until one is done."
    expected = sorted([warned, *["waited, False"] * 5, *["waited, True"] * 5])
    assert await said(transport, 11) == expected


@pytest.mark.parametrize("name", ["setperm", "admin"])
async def test_why_an_admin_is_refused_who_is_not_logged_in(
    connect: Connect, capable: type[Capable], name: str
) -> None:
    """All whom the network does not vouch for get the same answer, so no one learns who is one."""
    worker = await connect()
    worker.side.send(RefreshAdmins(admins=frozenset({ANN})))
    await worker.side.status()
    (transport,) = capable.made
    transport.max_bytes = 1000
    transport.hear(f"?{name} 12", "#ops", user=ANN, authenticated=False)
    transport.hear(f"?{name} 12", "#ops", user="12", authenticated=False)
    why = "the network does not say who you are: log in to your account there first."
    assert await said(transport, 2) == [f"Only admins may use ?{name}, and {why}"] * 2
    transport.hear(f"?{name} 12", "#ops", user="13")
    assert f"Only admins may use ?{name}." in await said(transport, 3)
