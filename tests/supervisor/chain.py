"""All services of a supervisor with real parts around them, and what is open at any moment.

Owns a supervisor that is not run.  Does not start any service: tests do.

    chain = Chain(home)
    async with chain.before("jobs") as jobs:
        await jobs.start()
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Collection, Iterator
from dataclasses import dataclass
from typing import Final, Self

import psutil

from meshvisor.features.console.settings import ConsoleSettings
from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.run_options import RunOptions
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.store.store import Store
from meshvisor.supervisor.children.zygote_start import EarlyStart, SharedResources
from meshvisor.supervisor.service import Supervisor
from meshvisor.supervisor.service_contract import Service

DATABASE: Final = "meshvisor.db"

FORKING: Final = "zygote that forks"
"""Name of the zygote in a chain with processes; in others its place has one with tasks."""

SETTLED: Final = 20
"""Turns of the loop after which what was to happen at once has happened."""


PATIENCE: Final = 10.0
"""Seconds that a test waits for what takes milliseconds, on however busy a machine."""


async def settle() -> None:
    """Return when what was to happen at once has happened."""
    for _ in range(SETTLED):
        await asyncio.sleep(0)


@dataclass(frozen=True)
class Open:
    """What goes on and is open in this process."""

    tasks: frozenset[str]
    """Their names."""
    descriptors: frozenset[tuple[str, str]]
    """Number and what it leads to; those of the database belong to the kernel, which opens some of
    them when it first reads."""
    processes: frozenset[int]
    """PIDs."""

    def is_within(self, other: Open) -> bool:
        """Whether all of it is open there, too."""
        return (
            self.tasks <= other.tasks
            and self.descriptors <= other.descriptors
            and self.processes <= other.processes
        )

    @classmethod
    async def now(cls) -> Self:
        """Look, when what was to happen at once has happened."""
        await settle()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        children = psutil.Process().children(recursive=True)
        return cls(
            frozenset(task.get_name() for task in others),
            frozenset(_descriptors()),
            frozenset(child.pid for child in children),
        )


async def again(before: Open) -> None:
    """Return when only what was open then is open: a commit under way may end, nothing else."""
    try:
        async with asyncio.timeout(PATIENCE):
            while await Open.now() != before:
                pass
    except TimeoutError:
        now = await Open.now()
        assert (now.tasks, now.descriptors, now.processes) == (
            before.tasks,
            before.descriptors,
            before.processes,
        ), f"open: {now}, before: {before}"


async def nothing_more(before: Open) -> None:
    """Return when nothing is open that was not open then; what all share may have been closed."""
    try:
        async with asyncio.timeout(PATIENCE):
            while not (await Open.now()).is_within(before):
                pass
    except TimeoutError:
        now = await Open.now()
        assert (now.tasks, now.descriptors, now.processes) == (
            before.tasks,
            before.descriptors,
            before.processes,
        ), f"open: {now}, before: {before}"


def _descriptors() -> Iterator[tuple[str, str]]:
    folder = "/proc/self/fd"
    for number in os.listdir(folder):
        with contextlib.suppress(OSError):  # the one with which the folder was read
            path = os.readlink(f"{folder}/{number}")
            if DATABASE not in path:
                yield number, path


class NoScreen:
    """There are no viewers."""

    def write(self, line: str) -> None:
        """Show nothing."""

    def set_status(self, text: str) -> None:
        """Show nothing."""

    def close(self) -> None:
        """Have nothing to close."""


class Chain:
    """A supervisor that is never run, and its services; make it inside a running event loop.

    Args:
        home: where it is.
        programs: which of `playground` and `console` are among them; starting one takes a moment.
        forks: whether children are processes.
    """

    def __init__(self, home: Home, *, programs: Collection[str], forks: bool = False) -> None:
        quick = PlaygroundSettings().model_copy(update={"port": 0, "rooms": 1, "residents": 0})
        self.settings = default_settings().replaced(quick, ConsoleSettings(port=0))
        self.home = home
        prepare_home(home)
        self._closing = contextlib.ExitStack()
        lock = self._closing.enter_context(HomeLock(home))
        resources = SharedResources(str(home.root))
        self._closing.callback(resources.close)
        options = RunOptions(
            home,
            single_process=not forks,
            no_console="console" not in programs,
            of_features={"playground": True} if "playground" in programs else {},
        )
        start = EarlyStart(lock, resources, None)
        # The notifier takes them out again: there is no listener, and it has a socket and a rhythm.
        os.environ.update(NOTIFY_SOCKET="@meshvisor-tests-nobody", WATCHDOG_USEC="10000")
        self.supervisor = Supervisor(options, self.settings, NoScreen(), start)
        self.services = {
            FORKING if forks and name == "zygote" else name: service
            for name, service in self.supervisor.services()
        }
        """By name, in the order in which they are started."""

    @property
    def store(self) -> Store:
        """The database."""
        return self.supervisor._kernel.store

    @contextlib.asynccontextmanager
    async def before(self, name: str) -> AsyncIterator[Service]:
        """Start what comes before a service, and return it; at the end all are stopped."""
        names = list(self.services)
        for earlier in names[: names.index(name)]:
            await self.services[earlier].start()
        yield self.services[name]

    async def close(self) -> None:
        """Stop all services, whether or not they were started, and release the kernel."""
        await self.supervisor._stop()
        self._closing.close()
