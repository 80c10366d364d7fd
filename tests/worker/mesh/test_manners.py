"""How a bot behaves where the air is precious."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor import CommandContext, command
from meshvisor.shared.protocol.from_worker import Counters
from meshvisor.worker.mesh.transport import Manners
from tests.worker.conftest import Connect
from tests.worker.mesh.capable import Capable
from tests.worker.supervisor_side import RunningWorker

QUIET = Manners(is_quiet=True)


async def counters(worker: RunningWorker, commands: int) -> Counters:
    """Return the counters of a worker, when so many commands have been begun."""
    while (found := (await worker.side.status()).counters).commands < commands:
        pass
    return found


async def answers(transport: Capable, count: int) -> list[tuple[str, str, str]]:
    """Return what was said, when so much was."""
    async with asyncio.timeout(10):
        while len(transport.done) < count:
            await asyncio.sleep(0)
    return transport.done


@pytest.mark.parametrize(
    ("manners", "expected"),
    [
        (
            Manners(),
            [
                ("to", "#ops", "I do not know ?pnig. Did you mean ?ping?"),
                ("to", "#ops", "pong"),
                ("to", "#ops", "One at a time, please: wait 60 s."),
            ],
        ),
        (QUIET, [("to", "#ops", "pong")]),
    ],
    ids=["usual", "quiet"],
)
async def test_remarks(
    connect: Connect,
    capable: type[Capable],
    manners: Manners,
    expected: list[tuple[str, str, str]],
) -> None:
    """Who knows no better and who is in a hurry hear nothing there; commands are answered."""
    release = asyncio.Event()

    @command("last")
    async def last(ctx: CommandContext) -> str:
        await release.wait()
        return "the end"

    worker = await connect(command_cooldown=60.0)
    (transport,) = capable.made
    transport.wanted = manners
    transport.hear("?pnig", "#ops", user="1")
    transport.hear("?ping", "#ops", user="2")
    transport.hear("?ping", "#ops", user="2")
    transport.hear("?last", "#ops", user="3")
    await counters(worker, 2)
    release.set()
    said = await answers(transport, len(expected) + 1)
    assert sorted(said[:-1]) == sorted(expected)
    assert said[-1] == ("to", "#ops", "the end")


async def test_too_many_commands_in_a_quiet_mesh(connect: Connect, capable: type[Capable]) -> None:
    """They are refused without a word."""
    release = asyncio.Event()

    @command("wait")
    async def wait(ctx: CommandContext) -> None:
        await release.wait()

    worker = await connect(command_concurrency=4)
    (transport,) = capable.made
    transport.wanted = QUIET
    for _ in range(10):
        transport.hear("?wait", "#ops", user="1")
    assert (await counters(worker, 5)).commands == 5
    release.set()
    transport.hear("?ping", "#ops", user="2")
    assert await answers(transport, 1) == [("to", "#ops", "pong")]


async def test_answers_go_to_the_asker(connect: Connect, capable: type[Capable]) -> None:
    """Alone, where manners want it and they can be reached; else where they asked."""
    await connect()
    (transport,) = capable.made
    transport.wanted = Manners(answers_directly=True)
    transport.hear("?ping", "#ops", user="1")
    await answers(transport, 1)
    transport.unreachable.add("2")
    transport.hear("?ping", "#ops", user="2")
    assert await answers(transport, 2) == [("to", "1", "pong"), ("to", "#ops", "pong")]


async def test_a_command_gets_the_ids_of_what_it_has_sent(
    connect: Connect, capable: type[Capable]
) -> None:
    """By the ids of its messages, which it may change."""
    got: list[tuple[str, ...]] = []

    @command("count")
    async def count(ctx: CommandContext) -> None:
        got.append(await ctx.send("one"))
        got.append(await ctx.reply("word " * 30))
        await ctx.mesh.edit(got[0][0], "two", ctx.place)

    await connect()
    (transport,) = capable.made
    transport.hear("?count", "#ops")
    said = await answers(transport, 4)
    assert got == [("1",), ("2", "3")]
    assert said[3] == ("edit", "1", "two")
