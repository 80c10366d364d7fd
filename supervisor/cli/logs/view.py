"""How log lines look: time, source, level where it is not info, text.

Owns the layout.  Used by `meshvisor logs` for lines of a running supervisor and from files.
"""

from __future__ import annotations

import time
from typing import Any, Final

from meshvisor.supervisor.cli.command import echo
from meshvisor.supervisor.cli.human import number
from meshvisor.supervisor.cli.logs.colours import paint_log_line
from meshvisor.supervisor.cli.terminal import YELLOW, clean, clean_lines, paint

SUPERVISOR: Final = "supervisor"
"""What stands in front of the supervisor's own lines."""


class LogView:
    """Prints events of the `logs` stream.

    Args:
        colours: whether to use them.
    """

    def __init__(self, colours: bool) -> None:
        self._colours = colours

    def show(self, event: dict[str, Any]) -> None:
        """Print one event."""
        if "dropped" in event:
            text = f"({number(event['dropped'], 'line')} left out: read too slowly)"
            echo(paint(text, YELLOW, self._colours))
        else:
            echo(self._line(event))

    def _line(self, event: dict[str, Any]) -> str:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event["ts"]))
        mesh_id = event["mesh_id"]
        name = f"mesh-{mesh_id}" if mesh_id is not None else SUPERVISOR
        mark = "" if event["level"] in {"info", ""} else f"{event['level']}: "
        # Further lines of a traceback are set in, so that each line that begins at the margin
        # is a record of its own.
        text = clean_lines(event["text"]).replace("\n", "\n    ")
        line = f"{moment} [{clean(name)}] {mark}{text}"
        return paint_log_line(line) if self._colours else line
