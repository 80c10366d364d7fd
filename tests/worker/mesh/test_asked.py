"""Commands that a program asks for, and nobody has written."""

from __future__ import annotations

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import CommandDone, Connected
from meshvisor.shared.protocol.to_worker import RunCommand
from meshvisor.worker.api import CommandContext, command
from meshvisor.worker.mesh.commands.asked import MOST_HEARD
from meshvisor.worker.mesh.commands.context import CommandError
from tests.worker.conftest import StartWorker
from tests.worker.supervisor_side import RunningWorker


async def asked(worker: RunningWorker, text: str, *, is_said: bool = True) -> CommandDone:
    """Return what came of a command."""
    worker.side.send(RunCommand(command=text, user_id="11", user_name="Ann", is_said=is_said))
    return await worker.side.expect(CommandDone)


async def test_answers_are_heard_and_said(
    playground: Playground, start_worker: StartWorker
) -> None:
    """All of them, in order; only heard where that is wanted."""

    @command("weather")
    async def weather(context: CommandContext) -> str:
        await context.reply(f"{context.user_name} asks.")
        return f"Sunny in {context.argument_text}."

    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    done = await asked(worker, 'Weather "New York"')
    assert (done.replies, done.error) == (("Ann asks.", 'Sunny in "New York".'), "")
    await playground.wait_for_chat("lobby", 'Sunny in "New York".')
    assert (await asked(worker, "weather Rome", is_said=False)).replies[1] == "Sunny in Rome."
    await playground.ask("lobby", "?ping")
    assert "Sunny in Rome." not in [chat.text for chat in playground.chats("lobby")]


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("nothing", "there is no command 'nothing'"),
        ("???", "there is no command '???'"),
        ("refresh", "only admins may use refresh"),
        ("broken", "broken has failed"),
        ("refuses", "Not today."),
    ],
)
async def test_what_cannot_be(
    playground: Playground, start_worker: StartWorker, text: str, error: str
) -> None:
    """No such command, one for admins, one that fails: in a sentence, and not in the room."""

    @command("broken")
    async def broken(_context: CommandContext) -> None:
        raise RuntimeError

    @command("refuses")
    async def refuses(_context: CommandContext) -> None:
        raise CommandError("Not today.")

    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    before = len(playground.chats("lobby"))
    done = await asked(worker, text)
    assert (done.error, done.replies) == (error, ())
    assert len(playground.chats("lobby")) == before


async def test_a_flood_of_answers_is_cut(playground: Playground, start_worker: StartWorker) -> None:
    """What comes back fits into a frame."""

    @command("flood")
    async def flood(context: CommandContext) -> None:
        for _ in range(100):
            await context.reply("😀" * 1_000)

    worker = await start_worker(playground.server)
    await worker.side.expect(Connected)
    done = await asked(worker, "flood", is_said=False)
    assert sum(map(len, done.replies)) == MOST_HEARD
