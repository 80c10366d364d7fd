"""`meshvisor logs --follow`: the past, then new lines, of one supervisor after another.

Owns going on where the lines of the last supervisor ended.  Does not own the past (`past`).
Called by `logs`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from meshvisor.shared.control.client import ControlClient
from meshvisor.shared.control.conversation import SilentError
from meshvisor.shared.errors import MeshvisorError, NotRunningError
from meshvisor.shared.logs.files import Wanted
from meshvisor.supervisor.cli import output
from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.logs.past import (
    LIVE,
    MOST,
    Event,
    key_of,
    left_behind,
    request,
    until_now,
)

PAUSE: Final = 0.25
"""Seconds between two looks for the next supervisor; a start takes about as long."""


class Follower:
    """Shows what is logged from now on.

    Args:
        invocation: names the home.
        wanted: which lines.
        show: prints one.
        pause: waits so many seconds.
    """

    def __init__(
        self,
        invocation: Invocation,
        wanted: Wanted,
        show: Callable[[Event], None],
        pause: Callable[[float], None] = output.pause,
    ) -> None:
        self._invocation = invocation
        self._wanted = wanted
        self._print = show
        self._pause = pause
        self._last = 0
        """Milliseconds of the newest line that was shown."""
        self._at_last: set[tuple[object, ...]] = set()
        """The lines of that very millisecond."""

    def run(self, lines: int) -> None:
        """Show so many lines of the past, then all new ones until Ctrl+C.

        Raises:
            NotRunningError: no supervisor runs to begin with.
            UsageError: there is no such mesh.
        """
        self._begin(lines)
        while True:
            try:
                self._go_on()
            except output.OutputError:
                raise
            except MeshvisorError:
                # Not back yet, or it does not know its meshes yet.
                self._pause(PAUSE)

    # Private

    def _begin(self, lines: int) -> None:
        try:
            with self._invocation.connect() as client:
                self._follow(client, self._wanted, lines)
        except SilentError as error:
            for event in left_behind(self._invocation.home, self._wanted, lines, error):
                self._show(event)

    def _go_on(self) -> None:
        """Follow the next supervisor, from where the last one ended."""
        wanted = Wanted(self._wanted.mesh_ids, self._last / 1000, self._wanted.keeps)
        with self._invocation.connect() as client:
            self._follow(client, wanted, MOST)

    def _follow(self, client: ControlClient, wanted: Wanted, lines: int) -> None:
        """Return when the supervisor has stopped."""
        events = client.stream("logs", follow=True, mark_live=True, **request(wanted, lines))
        # A mesh that is not there cannot be followed, whatever it has left in files.
        past = list(iter(lambda: next(events, LIVE), LIVE))
        seen, moment = self._at_last.copy(), self._last
        for event in until_now(self._invocation.home, past, wanted, lines):
            if "ts" not in event or _moment(event) != moment or key_of(event) not in seen:
                self._show(event)
        try:
            for event in events:
                if self._wanted.keeps is None or self._wanted.keeps(event):
                    self._show(event)
        except NotRunningError:
            pass  # it was killed, which ends its lines as well
        output.remark("The supervisor has stopped; its lines go on when one runs again.")

    def _show(self, event: Event) -> None:
        if "ts" in event:
            moment = _moment(event)
            if moment > self._last:
                self._last = moment
                self._at_last.clear()
            if moment == self._last:
                self._at_last.add(key_of(event))
        self._print(event)


def _moment(event: Event) -> int:
    return round(float(event["ts"]) * 1000)
