"""What the supervisor does for as long as it serves, and what follows when some of it fails.

Owns that a duty which fails is logged, shown and begun again, with growing pauses, and that no
failure ends another duty or the supervisor (docs/decisions/0022-duties.md).  Does not own what the
duties do.  Called by `supervisor.service_group`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from meshvisor.shared.system_errors import explain
from meshvisor.supervisor.wordings import PART_FAILED

log = logging.getLogger(__name__)

FIRST_PAUSE: Final = 0.5
"""Seconds until a duty that failed is begun again; doubled with each failure in a row."""

LONGEST_PAUSE: Final = 30.0
"""Seconds; the machine may have again what was missing, and users should not wait for long then."""

SETTLED: Final = 60.0
"""Seconds without a failure after which a duty counts as sound again."""

Duty = Callable[[], Awaitable[None]]
"""Goes on for ever; called anew after each failure."""


class Duties:
    """The duties of one supervisor, by name; make it inside a running event loop."""

    def __init__(self) -> None:
        self._failed: dict[str, str] = {}
        self._sound: dict[str, asyncio.TimerHandle] = {}

    @property
    def problems(self) -> tuple[str, ...]:
        """One sentence for each duty that has failed of late."""
        return tuple(self._failed.values())

    async def perform(self, duties: Mapping[str, Duty], until: asyncio.Event) -> None:
        """Perform all of them until the event is set; then each is cancelled and has ended."""
        tasks = [
            asyncio.create_task(self._perform(name, duty), name=name)
            for name, duty in duties.items()
        ]
        try:
            await until.wait()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for timer in self._sound.values():
                timer.cancel()

    # Private

    async def _perform(self, name: str, duty: Duty) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await duty()
            except Exception as error:  # noqa: BLE001 - whatever it is, the others go on
                if name not in self._failed:
                    pause = FIRST_PAUSE
                self._note(name, error, pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _note(self, name: str, error: Exception, pause: float) -> None:
        known = explain(error)
        why = str(known) if known is not None else f"{type(error).__name__}: {error}"
        problem = PART_FAILED.said(name=name, why=why)
        # What the machine refuses is said in words; a mistake of ours needs its traceback.
        trace = error if known is None else None
        log.log(
            logging.ERROR if self._failed.get(name) != problem else logging.DEBUG,
            "%s; in %g s",
            problem,
            pause,
            exc_info=trace,
            extra={"event": "supervisor.duty_failed"},
        )
        self._failed[name] = problem
        if name in self._sound:
            self._sound[name].cancel()
        loop = asyncio.get_running_loop()
        self._sound[name] = loop.call_later(SETTLED, self._failed.pop, name, None)
