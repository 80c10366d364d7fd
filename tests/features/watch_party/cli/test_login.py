"""Logging in as a person or a script has it: the real program, a pipe or a terminal, a click."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.request import urlopen

import pytest

from meshvisor.features.access.supervisor.directory.model import Account, from_epoch
from meshvisor.features.watch_party.cli.login import LoginRequest, log_in
from meshvisor.features.watch_party.cli.login_terminal import LoginTerminal
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.playground.accounts import LinkState, User
from meshvisor.playground.server import Playground
from meshvisor.shared.errors import UsageError
from tests.supervisor.cli.pseudo_terminal import on_terminal

PROGRAM = [sys.executable, "-W", "error", "-m", "tests.features.watch_party.cli.login_program"]
PLAYGROUND = [sys.executable, "-W", "error", "-m", "meshvisor.playground"]
BOT = "bot@example.org"


async def settle(playground: Playground, state: LinkState = LinkState.AUTHENTICATED) -> None:
    """Wait for a link and do with it what its receiver does."""
    accounts = playground.world.accounts
    await playground.world.watch.until(
        lambda: accounts.links(LinkState.PENDING), 30, "somebody to ask for a link"
    )
    accounts.settle_links(state)


async def run(*arguments: str) -> tuple[int, str, str]:
    """Run the program without a terminal; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        *PROGRAM,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), 30)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


def closed_port() -> int:
    """Return a port without a listener."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
async def playground() -> AsyncIterator[Playground]:
    """Return a playground."""
    async with Playground(1) as running:
        yield running


# ---- Without a terminal --------------------------------------------------------------------------


async def test_from_a_script(playground: Playground) -> None:
    """With an address nothing is asked; what is said goes to stderr, without a live line."""
    clicking = asyncio.create_task(settle(playground))
    code, output, errors = await run(playground.url, "--email", BOT)
    await clicking

    user = User(BOT)
    account = json.loads(output)
    assert code == 0
    assert account["peer_id"] == f"{user.id}_{account['device_id']}"
    assert account["auth_token"] == "**********"
    said = errors.splitlines()
    assert said[0].startswith(f"A link is on its way to {BOT} from {playground.url}; click it")
    assert said[1].startswith("This server hands the link out right here: http://127.0.0.1:")
    assert said[2] == "Waiting for the click: 10:00 left"
    assert said[-1] == f"Logged in as {BOT}, user {user.id}."
    assert "\x1b" not in errors


def test_at_a_playground_of_its_own() -> None:
    """A playground in another process says the link, and following it logs in."""
    with subprocess.Popen(PLAYGROUND, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = json.loads(server.stdout.readline())["url"]
            command = [*PROGRAM, url, "--email", BOT]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as bot:
                link = server.stdout.readline().rpartition(" ")[2].strip()
                with urlopen(link, timeout=10) as page:
                    assert f"You are logged in as {BOT}" in page.read().decode()
                output, errors = bot.communicate(timeout=30)
        finally:
            server.kill()

    assert bot.returncode == 0, errors
    assert json.loads(output)["email"] == BOT


async def test_another_address(playground: Playground) -> None:
    """`--url` wins over the settings."""
    clicking = asyncio.create_task(settle(playground))
    elsewhere = f"http://127.0.0.1:{closed_port()}"
    code, _, errors = await run(elsewhere, "--email", BOT, "--url", playground.url)
    await clicking

    assert code == 0, errors


async def test_no_one_can_be_asked(playground: Playground) -> None:
    """Without a terminal the address has to be given."""
    code, output, errors = await run(playground.url)

    assert (code, output) == (2, "")
    assert "add --email ADDRESS" in errors
    assert playground.world.accounts.links() == []


async def test_no_server() -> None:
    """A platform that is away is said to be; exit code 3."""
    url = f"http://127.0.0.1:{closed_port()}"
    code, output, errors = await run(url, "--email", BOT)

    assert (code, output) == (3, "")
    assert errors.startswith(f"Error: The platform at {url} cannot be reached: Connection refused")


@pytest.mark.parametrize(
    ("state", "says"),
    [(LinkState.EXPIRED, "has expired; run 'meshvisor login'"), (LinkState.REFUSED, "has refused")],
)
async def test_the_link_comes_to_nothing(
    playground: Playground, state: LinkState, says: str
) -> None:
    """A link that is not clicked, or refused, is one sentence; nothing is kept."""
    settling = asyncio.create_task(settle(playground, state))
    code, output, errors = await run(playground.url, "--email", BOT)
    await settling

    assert (code, output) == (1, "")
    assert says in errors
    assert "Traceback" not in errors


# ---- On a terminal -------------------------------------------------------------------------------


async def test_a_person_logs_in(playground: Playground) -> None:
    """The address is asked for until it can be one, and the time left is counted down."""
    async with on_terminal([*PROGRAM, playground.url]) as terminal:
        await terminal.see("E-mail address of the bot: ")
        terminal.type("bot\r")
        await terminal.see("That is no e-mail address")
        await terminal.see("E-mail address of the bot: ")
        terminal.type(f" {BOT} \r")
        await terminal.see(f"A link is on its way to {BOT}")
        await terminal.see(r"\r\x1b\[KWaiting for the click: 10:00 left")
        await terminal.see(r"\r\x1b\[KWaiting for the click: 9:5\d left")
        await settle(playground)
        await terminal.see(f"\r\x1b\\[KLogged in as {BOT}, user {User(BOT).id}.\r\n")
        assert await terminal.exit_code() == 0


@pytest.mark.parametrize("keys", ["\x03", "\x04"], ids=["Ctrl+C", "Ctrl+D"])
async def test_leaving_instead_of_an_answer(playground: Playground, keys: str) -> None:
    """The answer to a user who does not want to log in is that nothing has happened."""
    async with on_terminal([*PROGRAM, playground.url]) as terminal:
        await terminal.see("E-mail address of the bot: ")
        terminal.type(keys)
        await terminal.see("Nothing was changed.")
        assert await terminal.exit_code() == 130


async def test_leaving_instead_of_a_click(playground: Playground) -> None:
    """Ctrl+C ends the waiting at once, without a trace of how."""
    async with on_terminal([*PROGRAM, playground.url, "--email", BOT]) as terminal:
        await terminal.see("Waiting for the click")
        terminal.type("\x03")
        assert "Traceback" not in await terminal.see(r"(?s).*Nothing was changed\.\r\n")
        assert await terminal.exit_code() == 130


async def test_another_link(playground: Playground) -> None:
    """When a link has expired, another one is one key away."""
    async with on_terminal([*PROGRAM, playground.url, "--email", BOT]) as terminal:
        await settle(playground, LinkState.EXPIRED)
        await terminal.see(rf"The link for {BOT} has expired\. Send another one\? \[Y/n\] ")
        terminal.type("\r")
        await settle(playground)
        await terminal.see("Logged in as")
        assert await terminal.exit_code() == 0


async def test_no_other_link(playground: Playground) -> None:
    """A user who does not want another link reads how to get one later."""
    async with on_terminal([*PROGRAM, playground.url, "--email", BOT]) as terminal:
        await settle(playground, LinkState.EXPIRED)
        await terminal.see("Send another one")
        terminal.type("n\r")
        await terminal.see("has expired; run 'meshvisor login' for another one")
        assert await terminal.exit_code() == 1


async def test_an_outage_is_shown(playground: Playground) -> None:
    """While the platform is away that is said, and afterwards it goes on."""
    async with on_terminal([*PROGRAM, playground.url, "--email", BOT]) as terminal:
        await terminal.see("Waiting for the click")
        await playground.go_down()
        await terminal.see(r"Cannot reach the platform, trying again: (10|9):\d\d left")
        await playground.come_up()
        await settle(playground)
        await terminal.see("Logged in as")
        assert await terminal.exit_code() == 0


# ---- What is asked for ---------------------------------------------------------------------------


class Silent(LoginTerminal):
    """A terminal on which no question may be asked."""

    def ask(self, question: str) -> str:
        """Fail."""
        raise AssertionError(question)


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        (LoginRequest(PlatformSettings(), BOT), "there is no platform to log in to"),
        (
            LoginRequest(PlatformSettings(), BOT, "ftp://a"),
            "--url is 'ftp://a'; it must be like",
        ),
        (
            LoginRequest(PlatformSettings(url="http://a"), "bot"),
            "--email is 'bot'; it must be an",
        ),
        (LoginRequest(PlatformSettings(url="http://a"), "a@b\x1b"), "--email is 'a@b"),
        (LoginRequest(PlatformSettings(url="http://a"), "a@" + "b" * 300), "--email is 'a@b"),
    ],
)
def test_wrong_requests(wanted: LoginRequest, says: str) -> None:
    """What cannot be is said before the first question."""
    with pytest.raises(UsageError) as caught:
        log_in(wanted, save=lambda account: None, terminal=Silent())
    assert str(caught.value).startswith(says)


async def test_the_known_address_and_device(playground: Playground) -> None:
    """Who is known already need not type the address again, and keeps the device."""

    class Answering(LoginTerminal):
        """Presses Enter."""

        is_interactive = True

        def ask(self, question: str) -> str:
            """Take what is offered."""
            assert question == f"E-mail address of the bot [{BOT}]:"
            return ""

    known = Account("1_d", from_epoch(0), email=BOT, device_id="d", ssaid="s")
    settings = PlatformSettings(url=playground.url, login_poll_interval=0.1)
    kept: list[Account] = []
    clicking = asyncio.create_task(settle(playground))
    wanted = LoginRequest(settings, known=known)
    account = await asyncio.to_thread(log_in, wanted, kept.append, Answering())
    await clicking

    assert kept == [account]
    assert (account.device_id, account.ssaid) == ("d", "s")
    assert account == replace(account, peer_id=f"{User(BOT).id}_d", email=BOT)
