"""A user who follows the first page literally gets as far as it says."""

from __future__ import annotations

import asyncio
import getpass
import os
import re
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from meshvisor.features.watch_party.cli.chat.session import user_id_of
from meshvisor.shared.paths import Home
from tests.fleet import PATIENCE, PROGRAM, PROJECT, Fleet, Outcome
from tests.irc_servers import free_port

pytestmark = pytest.mark.faults

README = (PROJECT / "README.md").read_text()

PRINTED_USER = "953371"
"""Who the page's reader is in a room."""

QUICK = ("asyncio.sleep(3)", "asyncio.sleep(0.5)")
"""The page leaves its reader the time to kill something; a test needs less."""


@dataclass
class Step:
    """A command of the page, with what is typed while it runs."""

    command: str
    typed: list[str]


def steps(block: str) -> list[Step]:
    """Return what a reader does in one block of a terminal."""
    found: list[Step] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append(Step(line.removeprefix("$ "), []))
        elif line.startswith("you: ") and found:
            found[-1].typed.append(line.removeprefix("you: "))
    return found


class Reader:
    """A user who does what the page says, with a terminal for the supervisor and one to type."""

    def __init__(self, home: Home, folder: Path) -> None:
        self.fleet = Fleet(home)
        self._home = home
        self._radio_port = free_port()
        program = folder / "meshvisor"
        program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {PROGRAM[1]} "$@"\n')
        program.chmod(0o755)
        # Not below pytest: the home is the current folder, as on the page.
        self._environment = {
            **{name: value for name, value in os.environ.items() if name != "MESHVISOR_HOME"},
            "PATH": f"{folder}:{os.environ['PATH']}",
            "PYTHONPATH": str(PROJECT),
        }

    async def start(self) -> None:
        """Do what `make run` does."""
        await self.fleet.start("--playground")
        await self._until_connected()

    async def save(self, code: str) -> None:
        """Save a plug-in; each is named by what it registers."""
        found = re.search(r'@(?:command|action)\("(\w+)"', code)
        assert found is not None
        self._home.plugins.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._home.plugins / f"{found[1]}.py").write_text(code.replace(*QUICK))

    async def do(self, step: Step) -> None:
        """Carry a step out, and check that it does what is printed below it."""
        command = step.command.replace(PRINTED_USER, user_id_of(getpass.getuser()))
        # Other tests have radios, too.
        command = command.replace("--radio 127.0.0.1", f"--radio 127.0.0.1:{self._radio_port}")
        words = shlex.split(command)
        if words[0] == "make":
            await self.start()
        elif words[0] == ".":
            pass  # the environment of the checkout
        elif words[0] == "kill" and "supervisor.lock" in command:
            await self.shell(command, [])
            await self.fleet.exit_code()
            await self.start()
        elif words[0] == "kill":
            await self._kill_worker(command)
        elif words[1:] == ["playground", "--kind", "radio"]:
            await self._at_a_radio(command)
        elif words[-1] == "-f":
            pass  # until Ctrl+C
        else:
            await self._until_bots_are_there(words)
            outcome = await self.shell(command, step.typed)
            assert outcome.code == 0, (command, outcome)
            typed = step.typed if "|" not in command else []
            for text in (text for text in typed if text.startswith("?")):
                assert f"meshvisor to you, “{text}”: " in outcome.out, outcome
                assert "Nothing was done" not in outcome.out

    async def shell(self, command: str, typed: list[str]) -> Outcome:
        """Run a line of shell in the home."""
        process = await asyncio.create_subprocess_exec(
            *("sh", "-c", command),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            cwd=self._home.root,
            env=self._environment,
        )
        out, err = await process.communicate("".join(f"{text}\n" for text in typed).encode())
        return Outcome(process.returncode or 0, out.decode(), err.decode())

    async def _kill_worker(self, command: str) -> None:
        pid = await self.fleet.worker("lobby")
        await self.shell(re.sub(r"kill -9 \d+", f"kill -9 {pid}", command), [])
        await self.fleet.worker("lobby", besides=pid)

    async def _at_a_radio(self, command: str) -> None:
        """Ask the bot something in the terminal of a radio, while a supervisor runs beside it."""
        radio = await asyncio.create_subprocess_exec(
            *("sh", "-c", f"exec {command} --port {self._radio_port}"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            cwd=self._home.root,
            env=self._environment,
        )
        assert radio.stdin is not None
        assert radio.stdout is not None
        beside = Fleet(Home(self._home.root / "hike"))
        try:
            async with asyncio.timeout(PATIENCE):
                await radio.stdout.readline()  # where it listens
                await beside.start()
                await radio.stdout.readuntil(b"A client has come.")
                radio.stdin.write(b"?ping\n")
                await radio.stdout.readuntil(b"bot to You: pong")
        finally:
            await beside.close()
            radio.terminate()
            await radio.communicate()

    async def _until_bots_are_there(self, words: list[str]) -> None:
        # A reader is slower than a script.
        if "chat" in words or "kick" in words:
            await self._until_connected()

    async def _until_connected(self) -> None:
        async def all_connected() -> bool:
            totals = (await self.fleet.status()).totals
            return totals.meshes > 0 and totals.connected == totals.meshes

        await self.fleet.until_told(all_connected, "all bots to be in their rooms")


async def test_the_first_page(home: Home, tmp_path: Path) -> None:
    """Block after block works as printed, and no step breaks the next."""
    text = README[: README.index("## Your own meshes")]
    reader = Reader(home, tmp_path)
    done = 0
    try:
        for kind, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
            if kind == "python":
                await reader.save(block)
            for step in steps(block) if kind == "console" else ():
                await reader.do(step)
                done += 1
        assert done > 15
        outcome = await reader.shell("meshvisor jobs show 1 --json", [])
        assert '"status": "completed"' in outcome.out
    finally:
        await reader.fleet.close()


async def test_the_least_settings(home: Home, tmp_path: Path) -> None:
    """The input to `init` on the page comes to the lines that are printed as the least needed."""
    text = README[README.index("## Your own meshes") :]
    lines = re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0].splitlines()
    reader = Reader(home, tmp_path)
    for line in lines:
        command = line.replace("~/my-bots", str(tmp_path / "my-bots"))
        if " run " not in command:
            outcome = await reader.shell(command, [])
            assert outcome.code == 0, outcome
    written = (tmp_path / "my-bots" / "config" / "meshvisor.toml").read_text()
    least = re.findall(r"^```toml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)[0]
    for line in filter(None, least.splitlines()):
        assert line in written.splitlines()


def test_nothing_of_others_is_killed() -> None:
    """No command ends processes by a word in their command line, which others may have, too."""
    assert not re.search(r"\b(pkill|killall)\b", README)
