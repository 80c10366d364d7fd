"""Bots on an IRC network, ours or a peer's, and what becomes of them; wiped away afterwards."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.contenders.contender import start_process
from benchmarks.errors import BenchmarkError
from benchmarks.irc_network import PASSWORD, IrcNetwork
from benchmarks.places import BENCHMARKS
from benchmarks.processes import clients_of, end_descendants

SETTINGS: Final = """\
[fleet]
connects_per_second = 10000
[commands]
cooldown = 0
"""
ACCOUNT: Final = """
[accounts.bench]
transport = "irc"
account = "{account}"
password = "{password}"
"""
MESH: Final = """
[[meshes]]
id = "m{number}"
transport = "irc"
server = "{server}"
address = "#m{number}"
nick = "bot{number}"
gap = 0.0
burst = 100
"""
PEER: Final = BENCHMARKS / "peers" / "irc_bot.cjs"
MODULES: Final = BENCHMARKS.parent / "tests" / "peers" / "node_modules"
AGAIN: Final = 'while :; do "$@"; done'
"""A peer has no supervisor: a shell starts it again, as soon as anything can."""


@dataclass(frozen=True, slots=True)
class IrcFleet:
    """Bots that are in their channels, one in each."""

    network: IrcNetwork
    bots: int

    def workers(self) -> list[int]:
        """Return the PIDs of the bots: who holds a connection to the server."""
        others = {os.getpid(), *self.network.pids}
        return sorted(set(clients_of(self.network.port).values()) - others)

    def kill(self, pid: int) -> float:
        """Kill a bot; return the milliseconds until it is in its channel again."""
        began = time.monotonic_ns()
        os.kill(pid, signal.SIGKILL)
        return (self.joined("bot", began) - began) / 1e6

    def ask(self, number: int) -> float:
        """Ask the bot of a channel; return the milliseconds until it has answered."""
        observer = self.network.observer
        asked = observer.send(f"PRIVMSG #m{number} :?ping")
        answered = observer.expect(
            lambda line: f":bot{number}" in line and f" PRIVMSG #m{number} " in line, asked
        )
        return (answered - asked) / 1e6

    def joined(self, nick: str, after: int = 0) -> int:
        """Return when a bot whose nick begins like this has come into its channel."""
        return self.network.observer.expect(
            lambda line: line.startswith(f":{nick}") and " JOIN " in line, after
        )


@contextmanager
def irc_fleet(network: IrcNetwork, bots: int, *, peer: bool = False) -> Iterator[IrcFleet]:
    """Run so many bots, wait until all are in their channels, and end them afterwards.

    Args:
        network: that they are on.
        bots: of this version, in one fleet.
        peer: whether they are bots of a peer instead, each with a shell that starts it again.
    """
    home = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        for number in range(bots):
            network.observer.join(f"#m{number}")
        fleet, began = IrcFleet(network, bots), time.monotonic_ns()
        for command in _peers(network, bots) if peer else [_ours(network, bots, home)]:
            start_process(command, home, {"NODE_PATH": str(MODULES)})
        for number in range(bots):
            fleet.joined(f"bot{number}!", began)
        yield fleet
    finally:
        end_descendants(spare=network.pids)
        shutil.rmtree(home, ignore_errors=True)


# Private


def _ours(network: IrcNetwork, bots: int, home: Path) -> Sequence[str]:
    account = own = ""
    if network.pin:
        own = f'certificate_sha256 = "{network.pin}"\n'
    if network.account:
        account = ACCOUNT.format(account=network.account, password=PASSWORD)
        own += 'account = "bench"\n'
    meshes = (MESH.format(number=number, server=network.address) + own for number in range(bots))
    (home / "config").mkdir(mode=0o700)
    settings = home / "config" / "meshvisor.toml"
    settings.touch(mode=0o600)
    settings.write_text(SETTINGS + account + "".join(meshes))
    program = Path(sys.executable).with_name("meshvisor")
    return [str(program), "run", "--no-console", "--home", str(home)]


def _peers(network: IrcNetwork, bots: int) -> Iterator[Sequence[str]]:
    node = shutil.which("node")
    if node is None or not (MODULES / "irc-framework").exists():
        raise BenchmarkError("irc-framework is not installed; `make test` installs it")
    for number in range(bots):
        yield [
            *("sh", "-c", AGAIN, "again", node, str(PEER), "127.0.0.1", str(network.port)),
            *("tls" if network.pin else "plain", f"bot{number}", f"#m{number}"),
            *(network.account, PASSWORD),
        ]
