"""Radios of the playground in a thread of the harness: who comes to them, and what they send."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from benchmarks.errors import BenchmarkError
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.protobuf import Fields
from meshvisor.playground.radio.radio import Radio
from meshvisor.playground.radio.server import RadioServer

PATIENCE: Final = 60.0
"""Seconds for a worker to come, or to answer."""
WANT_CONFIG: Final = 3
"""Field of what a client says first; the radio has answered it with everything then."""
OWN: Final = 0x1000_0000
NODE: Final = 0x2000_0001


class WatchedRadio:
    """One radio, and when something happened to it (CLOCK_MONOTONIC, ns)."""

    def __init__(self, number: int) -> None:
        self.radio = Radio(OWN + number, time.monotonic)
        self.server = RadioServer(self.radio)
        self._loop = asyncio.get_running_loop()
        self._joined: list[int] = []
        self._sent: list[int] = []
        self._news = threading.Condition()
        self.radio.on_air = lambda packet: self._note(self._sent)
        receive = self.radio.receive

        def heard(message: bytes) -> bool:
            goes_on = receive(message)
            if Fields(message).has(WANT_CONFIG):
                self._note(self._joined)
            return goes_on

        self.radio.receive = heard  # type: ignore[method-assign]

    def joined(self, after: int = 0) -> int:
        """Return when a client has first been receive everything, after a moment."""
        return self._wait(self._joined, after, "a client of a radio")

    def ask(self) -> float:
        """Have a node ask the bot; return the milliseconds until the answer is on the air."""
        asked = time.monotonic_ns()
        packet = Packet(
            id=self.radio.packet_id(),
            sender=NODE,
            to=self.radio.number,
            data=Data(Port.TEXT, b"?ping"),
            hop_start=3,
            hop_limit=3,
            rssi=-60,
        )
        self._loop.call_soon_threadsafe(self.radio.hear, packet)
        return (self._wait(self._sent, asked, "an answer on the air") - asked) / 1e6

    def _note(self, where: list[int]) -> None:
        with self._news:
            where.append(time.monotonic_ns())
            self._news.notify_all()

    def _wait(self, where: list[int], after: int, what: str) -> int:
        with self._news:
            while not (found := [at for at in where if at >= after]):
                if not self._news.wait(PATIENCE):
                    raise BenchmarkError(f"waited in vain for {what}")
            return found[0]


@contextmanager
def radios(count: int) -> Iterator[list[WatchedRadio]]:
    """Have so many radios listen for as long as the block runs."""
    loop, ready = asyncio.new_event_loop(), threading.Event()
    made: list[WatchedRadio] = []

    async def serve(stop: asyncio.Event) -> None:
        made.extend(WatchedRadio(number) for number in range(count))
        for one in made:
            await one.server.open()
        ready.set()
        await stop.wait()
        for one in made:
            await one.server.close()

    stop = asyncio.Event()
    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(stop)), name="radios")
    thread.start()
    ready.wait(PATIENCE)
    try:
        yield made
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
