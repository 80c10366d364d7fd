"""`meshvisor chat` as a person has it: the real program, a pipe or a terminal, a real room."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator

import pytest

from meshvisor.features.watch_party.protoo.rooms import CHAT, ChatMessage
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_chat
from tests.supervisor.cli.pseudo_terminal import ESCAPES, Terminal, on_terminal

CHAT_COMMAND = [sys.executable, "-W", "error", "-m", "meshvisor.supervisor.cli.main", "chat"]


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a playground with a lobby and a bot that answers every message there."""
    async with (
        Playground(["lobby"]) as running,
        joined(running, peer_id="7_x", handle="bot") as bot,
    ):

        async def answer() -> None:
            while True:
                question = await next_chat(bot)
                reply = ChatMessage(f"You said {question.text}", reply=question.id)
                await bot.peer.notify(CHAT, reply.to_data())

        answering = asyncio.create_task(answer())
        yield running
        answering.cancel()


async def piped(
    playground: Playground, text: str, room: str = "lobby", encoding: str = "utf-8"
) -> tuple[int, str, str]:
    """Run the command with something on stdin; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *CHAT_COMMAND,
        room,
        "--name",
        "anna",
        "--server",
        playground.server,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": encoding},
    )
    output, errors = await asyncio.wait_for(process.communicate(text.encode()), 30)
    assert process.returncode is not None
    return process.returncode, output.decode(encoding), errors.decode(encoding)


@pytest.mark.parametrize("text", ["?ping", "?ping\n", "\n?ping\n\n"])
async def test_one_line_through_a_pipe(playground: Playground, text: str) -> None:
    """A line from a pipe is said, the answer is printed, and that is all."""
    code, output, errors = await piped(playground, text)

    assert (code, errors) == (0, "")
    assert output.splitlines()[1:] == ["you: ?ping", "bot to you, “?ping”: You said ?ping"]


@pytest.mark.parametrize("encoding", ["iso-8859-1", "euc-jp", "ascii"])
async def test_chat_in_another_encoding(playground: Playground, encoding: str) -> None:
    """What the encoding of the output lacks is an escape."""
    code, output, errors = await piped(playground, "?ping 🌧", encoding=encoding)

    assert (code, errors) == (0, "")
    assert output.splitlines()[-1].endswith(r"You said ?ping \U0001f327")


async def test_several_lines_through_a_pipe(playground: Playground) -> None:
    """Lines are said one after the other, and /quit ends early."""
    code, output, _ = await piped(playground, "one\n/who\n/quit\ntwo\n")

    assert code == 0
    assert "you: one" in output
    assert output.count("with bot") == 2
    assert "two" not in output


async def test_unknown_room_through_a_pipe(playground: Playground) -> None:
    """A room that does not exist is a sentence and exit code 2, without reading stdin."""
    code, output, errors = await piped(playground, "hello\n", room="loby")

    assert (code, output) == (2, "")
    assert "did you mean 'lobby'?" in errors
    assert "Traceback" not in errors


@pytest.fixture
async def terminal(playground: Playground) -> AsyncIterator[Terminal]:
    """Return a terminal on which a user chats."""
    arguments = ["lobby", "--name", "anna", "--server", playground.server]
    async with on_terminal([*CHAT_COMMAND, *arguments], hidden=ESCAPES) as on:
        yield on


@pytest.mark.parametrize("leaving", ["/quit\r", "\x03"])
async def test_on_a_terminal(playground: Playground, terminal: Terminal, leaving: str) -> None:
    """On a terminal one talks and reads at the same time, and /quit or Ctrl+C leaves."""
    await terminal.see("You are in lobby")
    await terminal.see(">")
    terminal.type("hello\r")
    await terminal.see("you: hello")
    await terminal.see("You said hello")
    terminal.type("half a sen")
    await terminal.see("half a sen")
    playground.say("lobby", "interrupting")
    await terminal.see("interrupting")
    terminal.type("tence\r")
    await terminal.see("you: half a sentence")
    terminal.type(leaving)

    assert await terminal.exit_code() == 0
    await playground.world.watch.until(lambda: playground.peers("lobby") == ["7_x"])


async def test_end_of_input_on_a_terminal(terminal: Terminal) -> None:
    """Ctrl+D on an empty line leaves."""
    await terminal.see(">")
    terminal.type("\x04")

    assert await terminal.exit_code() == 0


async def test_kicked_on_a_terminal(playground: Playground, terminal: Terminal) -> None:
    """A user who is thrown out while the prompt waits sees it, and the terminal is theirs again."""
    await terminal.see(">")
    (person,) = [peer for peer in playground.peers("lobby") if peer != "7_x"]
    playground.kick("lobby", person)
    await terminal.see("You were thrown out of lobby.")

    assert await terminal.exit_code() == 1
