"""`meshvisor chat`: a person talks in a room, from a terminal or through a pipe.

Owns the two ways of typing.  On a terminal the prompt stays below what the others say; without
one, lines of stdin are said one after the other, and it ends when the answers have come.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Final

from meshvisor.features.watch_party.cli.chat.session import Session
from meshvisor.features.watch_party.cli.chat.transcript import Transcript
from meshvisor.supervisor.cli import output, terminal

LINE_GAP: Final = 1.2
"""Seconds between two lines from a pipe: bots make a user wait a second between two commands."""
QUIET: Final = 1.5
"""Seconds without a message after which the answers to the last line have come."""
LONGEST_SETTLE: Final = 8.0
"""Seconds after which a room that never falls silent is left anyway."""
_CHECK: Final = 0.1
"""Seconds between two looks at whether it is quiet."""

_HELP: Final = "Say something, or /who, /help, /quit; Ctrl+D leaves."


async def chat(server: str, room: str, name: str, find: Callable[[], str | None]) -> None:
    """Talk in a room until the person leaves or the room ends.

    Ctrl+C on a terminal leaves like Ctrl+D.  Cancelling leaves the room, too.

    Args:
        server: like `ws://host:port`.
        room: its id.
        name: what the others shall see.
        find: see `Session`.

    Raises:
        MissingError: no server answers at the address.
        UsageError: there is no such room.
        MeshvisorError: the server does not want us (any more).
    """
    on_terminal = sys.stdin.isatty() and sys.stdout.isatty()
    transcript = Transcript(_print, colours=terminal.has_colours())
    session = Session(server, room, name, transcript, find)
    typing = _type_on_terminal if on_terminal else _type_through_pipe
    await _until_first(session.hold_connection(), typing(session, transcript))


async def _until_first(
    hold_connection: Coroutine[Any, Any, None], typing: Coroutine[Any, Any, None]
) -> None:
    """Run both until one ends, stop the other, and raise what the first has raised."""
    tasks = [
        asyncio.create_task(hold_connection, name="stay"),
        asyncio.create_task(typing, name="typing"),
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


# ---- On a terminal ------------------------------------------------------------------------------


async def _type_on_terminal(session: Session, transcript: Transcript) -> None:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.patch_stdout import patch_stdout

    await session.joined.wait()
    transcript.notice(_HELP)
    prompt: PromptSession[str] = PromptSession("> ", erase_when_done=True)
    with patch_stdout(raw=True):
        while True:
            try:
                text = await prompt.prompt_async()
            except (EOFError, KeyboardInterrupt):
                return
            if not await _enter(text.strip(), session, transcript):
                return


async def _enter(text: str, session: Session, transcript: Transcript) -> bool:
    """Do what one line asks for; return whether to go on."""
    if text == "/quit":
        return False
    if text == "/who":
        transcript.who()
    elif text.startswith("/"):
        transcript.notice(_HELP)
    elif text:
        await session.say(text)
    return True


# ---- Through a pipe -----------------------------------------------------------------------------


async def _type_through_pipe(session: Session, transcript: Transcript) -> None:
    lines: asyncio.Queue[str | None] = asyncio.Queue()
    await session.joined.wait()
    _read_stdin(lines)
    clock = asyncio.get_running_loop().time
    next_at = clock()
    while (text := await lines.get()) is not None:
        if not text.strip():
            continue
        await asyncio.sleep(next_at - clock())
        await session.joined.wait()
        if not await _enter(text.strip(), session, transcript):
            return
        next_at = clock() + LINE_GAP
    await _settle(transcript)


async def _settle(transcript: Transcript) -> None:
    """Return when nothing was said for a while."""
    quiet, seen = 0.0, transcript.lines
    waited = 0.0
    while quiet < QUIET and waited < LONGEST_SETTLE:
        await asyncio.sleep(_CHECK)
        waited += _CHECK
        quiet = quiet + _CHECK if transcript.lines == seen else 0.0
        seen = transcript.lines


def _read_stdin(lines: asyncio.Queue[str | None]) -> None:
    """Put each line of stdin, and None at its end, into `lines`.

    A thread, since asyncio cannot wait for a plain file; it reads the descriptor, since one that
    is stuck inside `sys.stdin` would hold its lock while the interpreter ends.
    """
    loop = asyncio.get_running_loop()

    def read() -> None:
        rest = b""
        while data := os.read(sys.stdin.fileno(), 65536):
            *whole, rest = (rest + data).split(b"\n")
            for line in whole:
                hand_over(line.decode(errors="replace"))
        if rest:
            hand_over(rest.decode(errors="replace"))
        hand_over(None)

    def hand_over(line: str | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and with it the chat
            loop.call_soon_threadsafe(lines.put_nowait, line)

    threading.Thread(target=read, name="stdin", daemon=True).start()


def _print(line: str) -> None:
    # Terminals break lines anywhere, "?upt" here and "ime" there; not so their readers.
    output.write(f"{terminal.wrap(line, terminal.columns(sys.__stdout__))}\n")
    output.flush()
