"""A real IRC server with one observer in its channels, for as long as a measurement lasts.

Owns servers and the observer.  Does not own the bots (`irc_fleet`).
"""

from __future__ import annotations

import hashlib
import shutil
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.errors import BenchmarkError
from tests.inspircd import Inspircd
from tests.irc_servers import SETTINGS, free_port

PATIENCE: Final = 60.0
"""Seconds for anything to be said in a channel."""
PASSWORD: Final = "secret"
"""Of the account that the bots log in with where there are accounts."""


class Observer:
    """A user of the server, who notes when what was said.

    Args:
        port: of the server, without TLS.
        nick: theirs.
    """

    def __init__(self, port: int, nick: str) -> None:
        self.nick = nick
        self._lines: list[tuple[int, str]] = []
        self._news = threading.Condition()
        self._socket = _connected(port)
        threading.Thread(target=self._read, name="observer", daemon=True).start()
        self.send(f"NICK {nick}")
        self.send(f"USER {nick} 0 * :{nick}")
        self.expect(lambda line: line.split()[1:2] in (["376"], ["422"]))

    def send(self, line: str) -> int:
        """Say one line; return when (CLOCK_MONOTONIC, ns)."""
        at = time.monotonic_ns()
        self._socket.sendall(f"{line}\r\n".encode())
        return at

    def expect(self, fits: Callable[[str], bool], after: int = 0) -> int:
        """Return when the first line came that fits, of those that came after a moment.

        Raises:
            BenchmarkError: it does not come.
        """
        end = time.monotonic() + PATIENCE
        with self._news:
            while True:
                for at, line in self._lines:
                    if at >= after and fits(line):
                        return at
                if not self._news.wait(max(0.0, end - time.monotonic())):
                    raise BenchmarkError(f"waited in vain on IRC; last: {self._lines[-3:]}")

    def join(self, channel: str) -> None:
        """Go into a channel."""
        self.send(f"JOIN {channel}")
        self.expect(lambda line: " 366 " in line and channel in line)

    def close(self) -> None:
        """Be gone."""
        self._socket.close()

    def _read(self) -> None:
        rest = b""
        while True:
            try:
                data = self._socket.recv(65_536)
            except OSError:
                return
            if not data:
                return
            *lines, rest = (rest + data).split(b"\r\n")
            at = time.monotonic_ns()
            for line in lines:
                if line.startswith(b"PING"):
                    self._socket.sendall(b"PONG" + line[4:] + b"\r\n")
            with self._news:
                self._lines += [(at, line.decode(errors="replace")) for line in lines]
                self._news.notify_all()


@dataclass(frozen=True, slots=True)
class IrcNetwork:
    """A server that listens, and who watches it."""

    observer: Observer
    address: str
    """As `server` of a mesh says it."""
    port: int
    """To which the bots connect."""
    pin: str = ""
    """SHA-256 of its certificate; empty: no TLS."""
    account: str = ""
    """That bots log in with; empty: none."""
    pids: tuple[int, ...] = ()


@contextmanager
def ngircd() -> Iterator[IrcNetwork]:
    """Run ngIRCd, without TLS and accounts."""
    with _folder("ngircd") as folder:
        port = free_port()
        settings = folder / "ngircd.conf"
        settings.write_text(SETTINGS.format(port=port))
        process = subprocess.Popen(
            ["ngircd", "-n", "-f", str(settings)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            observer = Observer(port, "observer")
            yield IrcNetwork(observer, f"irc://127.0.0.1:{port}", port, pids=(process.pid,))
            observer.close()
        finally:
            process.kill()
            process.wait()


@contextmanager
def inspircd() -> Iterator[IrcNetwork]:
    """Run InspIRCd with the services of Atheme: TLS, and an account for the bots."""
    with _folder("inspircd") as folder:
        public, private = folder / "public.pem", folder / "private.pem"
        subprocess.run(
            [
                *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
                *("-subj", "/CN=irc.test", "-keyout", str(private), "-out", str(public)),
            ],
            check=True,
            capture_output=True,
        )
        server = Inspircd(folder, certificate=(public, private))
        try:
            server.start()
            observer = Observer(server.port, "observer")
            observer.send(f"PRIVMSG NickServ :REGISTER {PASSWORD} bench@test.local")
            observer.expect(lambda line: "is now registered" in line or " 900 " in line)
            yield IrcNetwork(
                observer,
                f"127.0.0.1:{server.secure_port}",
                server.secure_port,
                hashlib.sha256(ssl.PEM_cert_to_DER_cert(public.read_text())).hexdigest(),
                observer.nick,
                tuple(process.pid for process in server.processes),
            )
            observer.close()
        finally:
            server.stop()


# Private


@contextmanager
def _folder(program: str) -> Iterator[Path]:
    if shutil.which(program) is None:
        raise BenchmarkError(f"{program} is not installed")
    folder = Path(tempfile.mkdtemp(prefix="irc-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connected(port: int) -> socket.socket:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            if time.monotonic() > end:
                raise BenchmarkError("the IRC server does not listen") from None
            time.sleep(0.02)
