"""What is wrong or worth a look at present, each sentence with its code and since when.

Owns how long each has been there, which no part that reports it knows.  Does not own what parts
report (`reporting`).  Asked by `status_report`, and looked over by the kernel now and then, so that
the moment is known although no client has asked meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Final

from meshvisor.shared.clock import Clock
from meshvisor.shared.control.results import Concern
from meshvisor.shared.wording import code_of
from meshvisor.supervisor.reporting import Reporting

LOOK_INTERVAL: Final = 10.0
"""Seconds between two looks when no client asks: as precise as operators need to know since
when."""

SUBJECTS: Final = ("name", "subject", "lane", "mesh_id", "path", "about")
"""Fields that say what a sentence is about.  Others, such as how often or why, may change while it
is the same thing that is wrong."""

_Key = tuple[str, ...]


class Concerns:
    """Everything that the parts of one supervisor report.

    Args:
        reporting: all of them.
        clock: both sides of it.
    """

    def __init__(self, reporting: Reporting, clock: Clock) -> None:
        self._reporting = reporting
        self._clock = clock
        self._since: dict[_Key, str] = {}
        self._looked_at = -LOOK_INTERVAL

    def all(self) -> tuple[Concern, ...]:
        """Return all concerns, those that hinder the supervisor first."""
        self._looked_at = self._clock.monotonic()
        found = list(self._found())
        now = datetime.fromtimestamp(self._clock.wall(), UTC).isoformat(timespec="milliseconds")
        self._since = {_key(text): self._since.get(_key(text), now) for text, _ in found}
        return tuple(
            Concern(
                text=str(text),
                is_problem=is_problem,
                since=self._since[_key(text)],
                **code_of(text),
            )
            for text, is_problem in found
        )

    async def keep_up(self) -> None:
        """Look if there was no look lately; for `HomeWatch.listen`."""
        if self._clock.monotonic() - self._looked_at >= LOOK_INTERVAL:
            self.all()

    # Private

    def _found(self) -> Iterator[tuple[str, bool]]:
        reporting = self._reporting
        for text in (*reporting.problems(), *reporting.problems_elsewhere()):
            yield text, True
        for text in reporting.notices():
            yield text, False


def _key(text: str) -> _Key:
    known = code_of(text)
    if not known:
        return (text,)
    fields: Mapping[str, object] = known["fields"]
    return (known["code"], *(str(fields.get(name)) for name in SUBJECTS))
