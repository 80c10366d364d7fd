"""What the playground runs in the supervisor: one local mesh server, where it was asked for.

Owns the composition.  Tells the platform where the server that stands in for it listens.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from meshvisor.features.fleet.supervisor.sources import Sources
from meshvisor.features.playground.option_names import PLAYGROUND, ROOMS
from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.features.playground.supervisor.keeper import PlaygroundKeeper
from meshvisor.features.watch_party.supervisor.platform import Platform
from meshvisor.supervisor.kernel import Kernel
from meshvisor.supervisor.reporting import Reporter
from meshvisor.supervisor.service_contract import QuietService, Service, Stopping


def make(kernel: Kernel) -> Mapping[str, Service]:
    """Make it; `Feature.services`."""
    options = kernel.options.of_features
    if PLAYGROUND not in options:
        kernel.services.need(Sources).advise(f"or try it with --{PLAYGROUND}")
        return {}
    settings = kernel.settings.of(PlaygroundSettings)
    if ROOMS in options:
        settings = settings.model_copy(update={"rooms": options[ROOMS]})
    keeper = PlaygroundKeeper(settings, kernel.logs.attach)
    platform = kernel.services.need(Platform)
    platform.is_local = True
    playground = Playground(keeper, platform)
    kernel.reporting.add(playground)
    return {"playground": playground}


class Playground(QuietService, Reporter):
    """The local mesh server as a service."""

    def __init__(self, keeper: PlaygroundKeeper, platform: Platform) -> None:
        self._keeper = keeper
        self._platform = platform

    async def start(self) -> None:
        """Start it and wait until it listens.

        Raises:
            MissingError: it does not come up; its own words are in the log.
            OSError: the machine has no process or descriptor for it.
        """
        self._platform.local = await self._keeper.start()

    async def run(self) -> None:
        """Start it again whenever it ends."""
        await self._keeper.keep()

    async def stop(self, stopping: Stopping) -> None:
        """End it."""
        await self._keeper.stop(stopping.force)

    def problems(self) -> Iterable[str]:
        """Return why it does not run."""
        return () if self._keeper.problem is None else (self._keeper.problem,)
