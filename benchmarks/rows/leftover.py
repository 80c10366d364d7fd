"""What still runs a second after the supervisor was killed without a chance to clean up."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.processes import wait_until_gone
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial

SETTLE: Final = 2.0
"""Seconds before the kill."""
GRACE: Final = 1.0
"""Seconds that everything has to notice."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Processes left after SIGKILL of the supervisor."""

    key: str
    size: int
    one_stopped: bool = False
    """One worker is stopped by SIGSTOP beforehand: it cannot notice anything by itself.  Ours
    only, because the kernel wakes such orphans in some sessions and the peers' differ."""

    def lines(self) -> Sequence[Line]:
        """One line."""
        title = f"processes left {GRACE:g} s after SIGKILL of the supervisor, {self.size} workers"
        if self.one_stopped:
            title += ", one of them stopped by SIGSTOP"
        return [Line(self.key, title, "", 0, "max")]

    def runs(self, contender: Contender) -> int | None:
        """As often as usual."""
        return 0 if self.one_stopped and not is_ours(contender) else None

    def run(self, contender: Contender) -> Samples:
        """Kill the supervisor and count."""
        with trial(contender, self.size) as running:
            running.wait_until_connected()
            time.sleep(SETTLE)
            family = running.family()
            if self.one_stopped:
                os.kill(running.workers()[running.rooms[0]], signal.SIGSTOP)
            os.kill(running.supervisor, signal.SIGKILL)
            return {self.key: [float(len(wait_until_gone(family, GRACE)))]}
