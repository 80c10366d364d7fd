"""A real IRC server with a link for services, and a person on it, for the test of the example."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

PATIENCE: Final = 30.0
"""Seconds that a test waits for what takes a few: IRC servers are slow on purpose."""

SETTINGS: Final = """
[Global]
Name = irc.test.local
Info = test
Listen = 127.0.0.1,::1
Ports = {port}
[Options]
DNS = no
Ident = no
PAM = no
[Limits]
MaxConnectionsIP = 0
MaxPenaltyTime = 0
[Server]
Name = services.test.local
MyPassword = ours
PeerPassword = theirs
ServiceMask = *Serv
"""


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port


class Line:
    """One connection to the server, which answers its pings."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.seen: list[str] = []

    @classmethod
    async def open(cls, port: int) -> Line:
        """Connect."""
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return cls(*await asyncio.open_connection("127.0.0.1", port))
                except ConnectionRefusedError:
                    await asyncio.sleep(0.02)

    def send(self, line: str) -> None:
        """Send one line."""
        self._writer.write(f"{line}\r\n".encode())

    async def expect(self, pattern: str) -> re.Match[str]:
        """Return the next line that a pattern is found in, leaving others for later."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._expect(pattern)
        except TimeoutError:
            seen = "\n".join(self.seen[-20:])
            raise AssertionError(f"waited in vain for {pattern!r}; there came:\n{seen}") from None

    async def _expect(self, pattern: str) -> re.Match[str]:
        while True:
            for line in self.seen:
                if found := re.search(pattern, line):
                    self.seen.remove(line)
                    return found
            line = (await self._reader.readline()).decode().strip()
            assert line, f"the server has closed the connection while {pattern!r} was awaited"
            if line.startswith("PING") or " PING " in line:
                self.send(f"PONG {line.split()[-1]}")
            self.seen.append(line)

    async def close(self) -> None:
        """Be gone; idempotent."""
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()


class Server:
    """A running server, whose services say who has which account."""

    def __init__(self, port: int, process: asyncio.subprocess.Process, lines: list[Line]) -> None:
        self.port = port
        self._process = process
        self._lines = lines
        """Of the services, and of their successors."""

    @classmethod
    @asynccontextmanager
    async def run(cls, folder: Path, port: int) -> AsyncIterator[Server]:
        """Run a server for as long as the block does."""
        settings = folder / "ngircd.conf"
        settings.write_text(SETTINGS.format(port=port))
        process = await asyncio.create_subprocess_exec(
            *("ngircd", "-n", "-f", str(settings)),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        lines: list[Line] = []
        try:
            lines.append(services := await Line.open(port))
            services.send("PASS ours 0210-IRC+ services|1:M P")
            services.send("SERVER services.test.local :accounts")
            await services.expect("SERVER irc.test.local")
            yield cls(port, process, lines)
        finally:
            for line in lines:
                await line.close()
            if process.returncode is None:
                process.kill()
            await process.wait()

    def signal(self, number: int) -> None:
        """Send it a signal."""
        self._process.send_signal(number)

    async def kill(self) -> None:
        """Have it be gone from one moment to the next."""
        self._process.kill()
        await self._process.wait()

    async def vouch(self, nick: str, account: str) -> None:
        """Have the services say who a user is, and the server take it in."""
        services = self._lines[0]
        services.send(f":services.test.local METADATA {nick} accountname :{account}")
        services.send("PING :taken-in")
        await services.expect("PONG .*taken-in")

    async def person(self, nick: str, *channels: str, account: str = "", ident: str = "") -> Line:
        """Return the connection of a user in these channels, logged in with an account."""
        self._lines.append(line := await Line.open(self.port))
        line.send(f"NICK {nick}")
        line.send(f"USER {ident or nick} 0 * :{nick}")
        await line.expect(" 376 | 422 ")
        if account:
            await self.vouch(nick, account)
            line.send(f"WHOIS {nick}")
            await line.expect(f" 330 .* {account} ")
        for channel in channels:
            line.send(f"JOIN {channel}")
            await line.expect(f" 366 .*{channel}")
        return line
