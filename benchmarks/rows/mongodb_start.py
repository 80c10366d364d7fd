"""A start with MongoDB configured, beside the peer's and beside ours with SQLite."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.directory import USUAL
from benchmarks.mongo_server import mongo_server
from benchmarks.rows.mongodb_clients import WITH_MONGODB
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial


@dataclass(frozen=True, slots=True)
class MongoStart:
    """Seconds from the command to the last connection."""

    key: str
    size: int

    def lines(self) -> Sequence[Line]:
        """With MongoDB, and how much longer than with SQLite."""
        title = f"{self.size} workers from start to connected, with MongoDB"
        return [
            Line(
                self.key,
                title,
                "s",
                how="the server runs already; ours reads it once before the first worker connects, "
                "each of the peer's workers before its own connect",
            ),
            Line(
                f"{self.key}-ratio",
                f"{title} ÷ with SQLite",
                "",
                how="a start with SQLite follows each start with MongoDB; each pair is one ratio",
            ),
        ]

    def runs(self, contender: Contender) -> int | None:
        """As often as usual."""
        return None if contender.key in WITH_MONGODB else 0

    def run(self, contender: Contender) -> Samples:
        """Start a fleet with MongoDB, and ours without it as well."""
        with (
            mongo_server(USUAL) as server,
            trial(contender, self.size, mongodb=server.config) as running,
        ):
            with_it = running.wait_until_connected()
        if not is_ours(contender):
            return {self.key: [with_it]}
        with trial(contender, self.size) as running:
            without = running.wait_until_connected()
        return {self.key: [with_it], f"{self.key}-ratio": [with_it / without]}
