"""What the console runs in the supervisor: the keeper of one process, unless it is left out.

Owns the composition, and what is said when it listens: its address, and to the first person ever a
link that makes them its owner.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from meshvisor.features.console.settings import ConsoleSettings
from meshvisor.features.console.supervisor.keeper import ConsoleKeeper
from meshvisor.features.console.supervisor.ports import PORT_FILE, in_order
from meshvisor.features.operators.supervisor.links import Links
from meshvisor.shared.paths import Home
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Service, Stopping

WELCOME = "/welcome#"
"""Where a one-time link leads; what is behind the # is never sent to a server, nor into its log."""


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make it; `Feature.services`."""
    settings = kernel.settings.of(ConsoleSettings)
    if kernel.options.no_console or not settings.enabled:
        return {}
    links = kernel.services.need(Links)

    async def tell(url: str) -> None:
        secret = await links.first_link()
        if secret is None:
            kernel.show(f"The console is at {url}")
            return
        kernel.show(
            f"Open the console once by this link to become its owner: {url}{WELCOME}{secret}"
        )

    opened_port = kernel.home.run / PORT_FILE
    options = _options(settings, kernel.home, opened_port)
    keeper = ConsoleKeeper(options, opened_port, kernel.logs.attach, tell)
    console = Console(keeper)
    kernel.reporting.add(console)
    return {"console": console}


class Console(QuietService, Reporter):
    """The console as a service; nothing waits for it."""

    def __init__(self, keeper: ConsoleKeeper) -> None:
        self._keeper = keeper

    async def run(self) -> None:
        """Start it, which is when all else is started, and again whenever it ends."""
        await self._keeper.program.keep()

    async def stop(self, stopping: Stopping) -> None:
        """End it."""
        await self._keeper.stop(stopping.force)

    def problems(self) -> Iterable[str]:
        """Return why it does not run."""
        problem = self._keeper.program.problem
        return () if problem is None else (problem,)

    def supervisor_fields(self) -> Mapping[str, Any]:
        """Return where it is."""
        process = self._keeper.program.process
        pid = None if process is None else process.pid
        return {"console": {"url": self._keeper.url, "pid": pid}}


def _options(settings: ConsoleSettings, home: Home, opened_port: Path) -> dict[str, Any]:
    """Return what the console is started with (`console.options`)."""
    certificate, key = (
        str(home.below(name)) if name else ""
        for name in (settings.tls_certificate, settings.tls_key)
    )
    return {
        "host": settings.host,
        "ports": list(in_order(settings.ports, opened_port)),
        "certificate": certificate,
        "key": key,
        "hosts": list(settings.hosts),
        "proxies": list(settings.proxies),
        "session_idle": settings.session_idle,
        "session_longest": settings.session_longest,
        "memory_limit": settings.memory_limit_mb * 2**20,
    }
