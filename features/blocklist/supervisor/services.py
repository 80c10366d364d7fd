"""What the blocklist runs in the supervisor: its file, and blocks that end.

Owns the composition.  Offers `Blocklist`, `BlocklistKeeper` and `OperatorBlocklist` to others.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from meshvisor.features.blocklist.file import BlockEntry
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.features.blocklist.supervisor.block_events import ByHand, changes
from meshvisor.features.blocklist.supervisor.blocklist import Blocklist
from meshvisor.features.blocklist.supervisor.operator_blocklist import OperatorBlocklist
from meshvisor.shared.beat import next_beat
from meshvisor.shared.clock import Clock
from meshvisor.supervisor.events.service import EventService
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Runner, Service, Stopping

TICK: Final = 1.0
"""Seconds between two looks for blocks that have ended."""

LAST_SAVE: Final = 5.0
"""Seconds that the blocklist has to be written at the end; a disk may stand still."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make them; `Feature.services`."""
    path = kernel.home.below(kernel.settings.of(BlocklistFileSetting).blocklist_persist_path)
    blocklist = Blocklist(path, kernel.clock, kernel.lock.check_home)
    keeper = BlocklistKeeper(blocklist, kernel.clock, kernel.events)
    kernel.services.provide(Blocklist, blocklist)
    kernel.services.provide(BlocklistKeeper, keeper)
    by_hand = OperatorBlocklist(blocklist, kernel.clock, keeper.tell)
    kernel.services.provide(OperatorBlocklist, by_hand)
    kernel.reporting.add(keeper)
    kernel.home_watch.watch(blocklist.reload_if_changed, keeper.take)
    return {"blocklist": keeper, "blocklist file": Runner(keeper.save_when_asked)}


class BlocklistKeeper(QuietService, Reporter):
    """Keeps the blocklist and its file the same, and ends blocks whose time is over."""

    def __init__(self, blocklist: Blocklist, clock: Clock, events: EventService) -> None:
        self._blocklist = blocklist
        self._clock = clock
        self._events = events
        self._known: Sequence[BlockEntry] = ()
        """The blocks of which events were appended."""
        self._save_asked = asyncio.Event()
        self._listeners: list[Callable[[], None]] = []

    def listen(self, changed: Callable[[], None]) -> None:
        """Have `changed` called when meshes were blocked or unblocked by time or by hand."""
        self._listeners.append(changed)

    async def start(self) -> None:
        """Read the file.

        Raises:
            MissingError: it is there and cannot be read, so it is unknown what is blocked.
        """
        self._blocklist.load()
        self._known = self._blocklist.entries()

    async def run(self) -> None:
        """End blocks whose time is over; needs no disk."""
        while True:
            await next_beat(TICK)
            if self._blocklist.expire():
                self.tell()

    async def stop(self, stopping: Stopping) -> None:
        """Write what is not written yet."""
        async with asyncio.timeout(LAST_SAVE):
            await asyncio.to_thread(self._blocklist.save)

    async def take(self, has_changed: bool) -> None:
        """Take over what was changed in the file, if it was."""
        if has_changed:
            self.tell()
        self.save_soon()

    async def save_when_asked(self) -> None:
        """Write the file after each change, in a thread: the disk may be slow."""
        while True:
            await self._save_asked.wait()
            self._save_asked.clear()
            if self._blocklist.save_due():
                await asyncio.to_thread(self._blocklist.save)

    def save_soon(self) -> None:
        """Have the file written if there is something to write."""
        if self._blocklist.save_due():
            self._post_changes()
            self._save_asked.set()

    def problems(self) -> Iterable[str]:
        """Return what is wrong with the file."""
        problem = self._blocklist.problem
        return () if problem is None else (problem,)

    def tell(self, by_hand: ByHand | None = None) -> None:
        """Tell those who listen that meshes were blocked or unblocked, one perhaps by an actor."""
        self._post_changes(by_hand)
        for listener in self._listeners:
            listener()

    def _post_changes(self, by_hand: ByHand | None = None) -> None:
        """Append what has changed since the last time."""
        before, self._known = self._known, self._blocklist.entries()
        at = round(self._clock.wall() * 1000)
        for change in changes(before, self._known, by_hand):
            self._events.append_soon(change.event(at))
