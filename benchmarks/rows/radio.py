"""Radios: memory of a worker, its return, its answers, and what an hour of load loses."""

from __future__ import annotations

import asyncio
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

from benchmarks.contenders.contender import OURS, Contender, start_process
from benchmarks.processes import clients_of, end_descendants, unique_megabytes
from benchmarks.radio_network import WatchedRadio, radios
from benchmarks.rows.row import Line, Samples
from tests.features.meshtastic.load import loaded

SETTINGS: Final = """\
[fleet]
connects_per_second = 10000
[commands]
cooldown = 0
"""
MESH: Final = """
[[meshes]]
id = "m{number}"
transport = "meshtastic"
server = "{server}"
"""
SETTLE: Final = 3.0
"""Seconds after the last join, and between two answers of one bot: a radio drops a text that comes
within two seconds."""


@dataclass(frozen=True, slots=True)
class RadioRow:
    """Workers at radios of the playground; no peer has them."""

    key: str
    radios: int
    rounds: int
    """Questions to each bot."""
    memory_target: float
    back_target: float

    def lines(self) -> Sequence[Line]:
        """Memory, the return, answers, and the hour."""
        key, hour = self.key, "radio: an hour and a half with more to say than it has time for"
        return [
            Line(f"{key}-memory", "radio: unique memory per worker", "MB", self.memory_target),
            Line(f"{key}-reply", "radio: command → the radio has the answer", "ms",
                 how="from a direct message that the radio hears; both in the harness"),
            Line(f"{key}-back", "radio: SIGKILL → its client again, and told everything", "ms",
                 self.back_target),
            Line(f"{key}-dropped", f"{hour}: texts dropped", "", 0,
                 how="EU 868, LongFast; the clock is moved; what the bot says goes to the "
                 "playground's radio at its moments"),
            Line(f"{key}-unanswered", f"{hour}: questions without an answer", "", 0),
            Line(f"{key}-airtime", f"{hour}: worst hour's airtime", "%", 10),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only, once."""
        return 1 if contender.key == OURS else 0

    def run(self, contender: Contender) -> Samples:
        """Have a fleet at radios, and then the hour."""
        with radios(self.radios) as watched, _fleet(watched):
            time.sleep(SETTLE)
            memory = [unique_megabytes(_client_of(one)) for one in watched]
            replies = list[float]()
            for _ in range(self.rounds):
                replies += [one.ask() for one in watched]
                time.sleep(SETTLE)
            back = [_kill(one) for one in watched]
        load = asyncio.run(loaded())
        return {
            f"{self.key}-memory": memory,
            f"{self.key}-reply": replies,
            f"{self.key}-back": back,
            f"{self.key}-dropped": [load.dropped],
            f"{self.key}-unanswered": [load.unanswered],
            f"{self.key}-airtime": [load.most_of_an_hour],
        }


# Private


@contextmanager
def _fleet(watched: Sequence[WatchedRadio]) -> Iterator[None]:
    home = Path(tempfile.mkdtemp(prefix="fleet-"))
    try:
        (home / "config").mkdir(mode=0o700)
        meshes = (
            MESH.format(number=number, server=one.server.address)
            for number, one in enumerate(watched)
        )
        (home / "config" / "meshvisor.toml").write_text(SETTINGS + "".join(meshes))
        program = Path(sys.executable).with_name("meshvisor")
        start_process([str(program), "run", "--no-console", "--home", str(home)], home)
        for one in watched:
            one.joined()
        yield
    finally:
        end_descendants()
        shutil.rmtree(home, ignore_errors=True)


def _client_of(one: WatchedRadio) -> int:
    """Return the PID of the worker at a radio."""
    (pid,) = set(clients_of(one.server.port).values()) - {os.getpid()}
    return pid


def _kill(one: WatchedRadio) -> float:
    pid, began = _client_of(one), time.monotonic_ns()
    os.kill(pid, signal.SIGKILL)
    return (one.joined(began) - began) / 1e6
