"""Bots on IRC: their memory, how soon they answer, and how soon a killed one is back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import OURS, Contender
from benchmarks.irc_fleet import IrcFleet, irc_fleet
from benchmarks.irc_network import IrcNetwork, inspircd, ngircd
from benchmarks.processes import unique_megabytes
from benchmarks.rows.row import Line, Samples

SETTLE: Final = 3.0
"""Seconds after the last join: garbage of the start is gone by then."""
PAUSE: Final = 0.3
"""Seconds between two kills, so that each is an event of its own."""
RUNS: Final = 3
"""Each with new servers and bots, of which each is killed once."""
PEER: Final = "irc-framework 4.14.0 (Node) in a shell's loop"

NETWORKS: Final[dict[str, tuple[str, Callable[[], AbstractContextManager[IrcNetwork]]]]] = {
    "ngircd": ("ngIRCd", ngircd),
    "inspircd": ("InspIRCd with TLS and SASL", inspircd),
}


@dataclass(frozen=True, slots=True)
class Irc:
    """Ours, and beside it in the same run a Node client that a shell starts again."""

    key: str
    bots: int
    """Of each contender; every one of them is killed once."""
    asked: int
    memory_target: float
    back_target: float

    def lines(self) -> Sequence[Line]:
        """Memory, answers and returns on both servers, ours first."""
        return [
            line
            for network, (title, _) in NETWORKS.items()
            for peer in ("", "-peer")
            for line in self._lines(f"{self.key}-{network}", title, peer)
        ]

    def runs(self, contender: Contender) -> int | None:
        """Three times with ours: the peer is started in the same runs."""
        return RUNS if contender.key == OURS else 0

    def run(self, contender: Contender) -> Samples:
        """Have both on both servers, one after the other."""
        samples = dict[str, Sequence[float]]()
        for network, (_, start) in NETWORKS.items():
            for peer in ("", "-peer"):
                with start() as server, irc_fleet(server, self.bots, peer=bool(peer)) as fleet:
                    for what, values in self._measured(fleet).items():
                        samples[f"{self.key}-{network}-{what}{peer}"] = values
        return samples

    # Private

    def _lines(self, key: str, title: str, peer: str) -> Sequence[Line]:
        name = f"IRC, {title}" + (f", {PEER}" if peer else "")
        memory = None if peer else self.memory_target
        is_slow = "InspIRCd" in title
        back = None if peer or is_slow else self.back_target
        how = "each bot is killed once, seen by somebody in its channel" + (
            "; the server takes clients in once a second, and its services check the password"
            if is_slow
            else ""
        )
        return [
            Line(f"{key}-memory{peer}", f"{name}: unique memory per worker", "MB", memory),
            Line(f"{key}-reply{peer}", f"{name}: command → reply", "ms",
                 how="`?ping` of somebody in the channel, seen by the same client"),
            Line(f"{key}-back{peer}", f"{name}: SIGKILL → in the channel again", "ms", back,
                 how=how),
        ]  # fmt: skip

    def _measured(self, fleet: IrcFleet) -> dict[str, Sequence[float]]:
        time.sleep(SETTLE)
        return {
            "memory": [unique_megabytes(pid) for pid in fleet.workers()],
            "reply": [fleet.ask(number % fleet.bots) for number in range(self.asked)],
            "back": [self._kill(fleet, pid) for pid in fleet.workers()],
        }

    def _kill(self, fleet: IrcFleet, pid: int) -> float:
        # Nobody twice: who ends again within a minute is started again later, on purpose.
        time.sleep(PAUSE)
        return fleet.kill(pid)
