"""Which meshes there are: asks every provider again and again, and says what is wanted now.

Owns the rhythm, what each provider said last, and how their answers become one list.  Does not own
how a provider finds out (`features.fleet.supervisor.providers`) nor what is done with the meshes
(`features.fleet.supervisor.manager`).

A provider that cannot be asked changes nothing: what it said last holds until it says something
else, so no bot stops because a platform is down.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from meshvisor.features.fleet.supervisor.providers.provider import (
    DiscoveredMesh,
    DiscoveryError,
    Provider,
)
from meshvisor.features.fleet.supervisor.providers.static import StaticProvider
from meshvisor.shared.clock import Clock
from meshvisor.shared.late import late
from meshvisor.shared.listed import listed

if TYPE_CHECKING:
    from meshvisor.features.fleet import results
else:
    results = late("meshvisor.features.fleet.results")

__all__ = [
    "DiscoveredMesh",
    "Discovery",
    "DiscoveryError",
    "Provider",
    "Rhythm",
    "StaticProvider",
]

log = logging.getLogger(__name__)

FIRST_RETRY: Final = 1.0
"""Seconds after which a provider is asked again that seems to be down for a moment: about as long
as a server takes to start."""

LONGEST_BACKOFF: Final = 600.0
"""Seconds after which a provider that fails is asked again at the latest: as long as an operator
may wait for the fleet to notice by itself that the platform is back."""

MOST_INTERVALS: Final = 10
"""The same in intervals, for operators who ask often because new meshes must be found soon."""

_CRASHED: Final = {"event": "discovery.crashed"}

_NAMED: Final = 10
"""Mesh ids in a log line at most."""


# ---- Types ---------------------------------------------------------------------------------------


Found = Callable[[Sequence[DiscoveredMesh], float], None]
"""Given all wanted meshes, and when the question was asked in monotonic seconds."""


async def wait(event: asyncio.Event, seconds: float) -> None:
    """Return when the event is set, at the latest after so many seconds."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await event.wait()


class Rhythm(msgspec.Struct, frozen=True):
    """How time passes; tests pass their own."""

    wait: Callable[[asyncio.Event, float], Awaitable[None]] = wait
    jitter: Callable[[float, float], float] = random.uniform


@dataclass(slots=True)
class _Source:
    """A provider and what is remembered of it."""

    provider: Provider
    meshes: tuple[DiscoveredMesh, ...] = ()
    asked_at: float = float("-inf")
    """When it was asked for `meshes`."""
    due_at: float = float("-inf")
    """When it is asked again."""
    error: str | None = None
    """Why it could not be asked the last time."""
    failures: int = 0
    """In a row."""


# ---- Discovery -----------------------------------------------------------------------------------


class Discovery:
    """Looks for meshes.

    Args:
        providers: in the order in which their meshes are wanted; of meshes with one id the first
            counts, so the settings come first.
        interval: seconds between two questions to a provider.
        clock: monotonic time.
        on_found: called with all wanted meshes after each look, and during one as soon as an answer
            changes them: meshes of the settings do not wait for a slow platform.
        rhythm: see there.
    """

    def __init__(
        self,
        providers: Sequence[Provider],
        interval: float,
        clock: Clock,
        on_found: Found,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._sources = [_Source(provider) for provider in providers]
        self._interval = interval
        self._clock = clock
        self._on_found = on_found
        self._rhythm = rhythm or Rhythm()
        self._changed = asyncio.Event()

    @property
    def last_errors(self) -> tuple[str, ...]:
        """One sentence for each provider that could not be asked the last time."""
        return _errors(self._sources)

    def configure(self, providers: Sequence[Provider], interval: float) -> None:
        """Take over other providers, and have `run` ask them at once.

        What the old provider of the same source said last holds until the new one has answered.
        """
        old = {source.provider.source: source for source in self._sources}
        self._sources = [
            replace(old[provider.source], provider=provider, due_at=float("-inf"), failures=0)
            if provider.source in old
            else _Source(provider)
            for provider in providers
        ]
        self._interval = interval
        self._changed.set()

    async def run(self) -> None:
        """Ask each provider every interval, for ever; one that fails sooner at first, then later.

        Soon, because a platform that restarts is back in a moment; later and later, because one
        that is still down then has a longer outage, and others who come back to it at once.
        """
        while True:
            self._changed.clear()
            now = self._clock.monotonic()
            due = [source for source in self._sources if source.due_at <= now]
            if due or not self._sources:
                await self._look(due)
            due_at = min((s.due_at for s in self._sources), default=now + self._interval)
            await self._rhythm.wait(self._changed, max(0.0, due_at - self._clock.monotonic()))

    async def poll(self) -> results.DiscoveryReport:
        """Ask all providers now; safe to call while another look is under way."""
        report = await self._look(self._sources)
        if report.errors:
            self._changed.set()  # because some are due sooner than `run` knows
        return report

    # Private

    async def _look(self, sources: Sequence[_Source]) -> results.DiscoveryReport:
        asked_at = self._clock.monotonic()
        before = self._ids()
        for source in sources:
            source.due_at = asked_at + self._interval
        async with asyncio.TaskGroup() as questions:
            for source in sources:
                name = f"discovery {source.provider.source}"
                questions.create_task(self._ask(source, asked_at), name=name)
        self._notify(asked_at)
        after = self._ids()
        report = results.DiscoveryReport(
            found=len(after),
            added=tuple(mesh_id for mesh_id in after if mesh_id not in before),
            removed=tuple(mesh_id for mesh_id in before if mesh_id not in after),
            duration_ms=(self._clock.monotonic() - asked_at) * 1000,
            errors=_errors(sources),
        )
        _log_changes(report)
        return report

    async def _ask(self, source: _Source, asked_at: float) -> None:
        try:
            meshes = tuple(await source.provider.find())
        except DiscoveryError as error:
            self._note_failure(source, error)
            return
        except Exception as error:
            # Whatever a foreign answer breaks in a provider is a look that failed: one platform
            # must not end the fleet.
            log.exception("asking the %s failed", source.provider.source, extra=_CRASHED)
            words = f"the {source.provider.source} gave an unexpected answer ({error!r:.200})"
            self._note_failure(source, DiscoveryError(words))
            return
        if source.error is not None:
            event = {"event": "discovery.recovered"}
            log.info("the %s lists its meshes again", source.provider.source, extra=event)
        source.error, source.failures = None, 0
        if asked_at < source.asked_at:
            return  # a later question has been answered first
        news, source.meshes, source.asked_at = meshes != source.meshes, meshes, asked_at
        if news:
            self._notify(asked_at)

    def _note_failure(self, source: _Source, error: DiscoveryError) -> None:
        if str(error) != source.error:
            event = {"event": "discovery.failed"}
            log.warning("%s; its meshes known so far stay", error, extra=event)
        source.error = str(error)
        source.failures += 1
        delay = self._backoff(source.failures, soon=error.transient)
        source.due_at = self._clock.monotonic() + delay

    def _backoff(self, failures: int, *, soon: bool) -> float:
        """Return the seconds until a provider is asked again that has failed so often in a row."""
        interval = self._interval
        limit = max(interval, min(interval * MOST_INTERVALS, LONGEST_BACKOFF))
        first = min(FIRST_RETRY, interval) if soon else 2 * interval
        # The exponent is bounded only so that the power cannot overflow.
        longest = min(first * 2.0 ** min(failures - 1, 64), limit)
        # Not in step with others who have lost the same platform; and once it is no retry any
        # more, never sooner than usual.
        return self._rhythm.jitter(longest / 2 if longest < interval else interval, longest)

    def _notify(self, asked_at: float) -> None:
        self._on_found(list(self._merged(asked_at).values()), asked_at)

    def _merged(self, asked_at: float) -> dict[str, DiscoveredMesh]:
        merged: dict[str, DiscoveredMesh] = {}
        for source in self._sources:
            stale = source.asked_at < asked_at
            for mesh in source.meshes:
                merged.setdefault(mesh.mesh_id, replace(mesh, stale=stale))
        return merged

    def _ids(self) -> dict[str, None]:
        return {mesh.mesh_id: None for source in self._sources for mesh in source.meshes}


def _errors(sources: Sequence[_Source]) -> tuple[str, ...]:
    return tuple(source.error for source in sources if source.error is not None)


def _log_changes(report: results.DiscoveryReport) -> None:
    for what, ids in (("found", report.added), ("gone", report.removed)):
        if ids:
            names = listed(ids, _NAMED)
            log.info("meshes %s: %s", what, names, extra={"event": f"discovery.{what}"})
