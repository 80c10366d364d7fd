"""The first start of a bot that has no account yet, as a new operator has it."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from meshvisor.playground.accounts import LinkState
from meshvisor.playground.options import Options
from meshvisor.playground.server import Playground
from meshvisor.shared.paths import Home
from tests.supervisor.cli.pseudo_terminal import NOTHING, on_terminal


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a mesh server that refuses all who have not logged in."""
    async with Playground(["lobby"], Options(require_login=True)) as server:
        yield server


def addresses(playground: Playground) -> dict[str, str]:
    """Return the variables that name the platform."""
    return {
        "MESHVISOR__PLATFORM__URL": playground.url,
        "MESHVISOR__PLATFORM__SERVER": playground.server,
    }


def command(folder: Path, home: Home, project: Path) -> list[str]:
    """Return `meshvisor run` as a script like that of pip, by relative names from `folder`."""
    script = folder / "bin" / "meshvisor"
    script.parent.mkdir()
    script.write_text(
        f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(project)!r})\n"
        "from meshvisor.supervisor.cli.main import main\nsys.exit(main())\n"
    )
    script.chmod(0o755)
    name = os.path.relpath(home.root, folder)
    start = f'cd "{folder}" && exec "{sys.executable}" bin/{script.name} "$@"'
    return ["sh", "-c", start, "sh", "--home", name, "run"]


@pytest.mark.some(1)
async def test_on_a_terminal(
    playground: Playground, home: Home, tmp_path: Path, project: Path
) -> None:
    """It asks for the address, waits for the click and runs, by relative names from elsewhere."""
    given = command(tmp_path, home, project)
    async with on_terminal(given, 80, NOTHING, **addresses(playground)) as terminal:
        await terminal.see("E-mail address of the bot")
        terminal.type("bot@example.com\n")
        await terminal.see("Waiting for the click")
        playground.world.accounts.settle_links(LinkState.AUTHENTICATED)
        await terminal.see("Logged in as bot@example.com")
        await playground.wait_for_peer("lobby")
        terminal.type("\x03")
        assert await terminal.exit_code() == 0
    assert (home.credentials_file.stat().st_mode & 0o777) == 0o600


@pytest.mark.some(1)
async def test_without_a_terminal(playground: Playground, home: Home, project: Path) -> None:
    """It ends with exit code 3 and the command that logs in."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "meshvisor.supervisor.cli.main", "run", "--home", str(home.root)),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        cwd=project,
        env=os.environ | addresses(playground),
    )
    _, errors = await process.communicate()
    assert process.returncode == 3
    assert "meshvisor login" in errors.decode()
    assert errors.count(b"Error: ") == 1
