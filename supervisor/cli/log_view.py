"""How log lines look: time, mesh, text; colours by level and one of its own for each mesh.

Owns the layout.  Used by `meshvisor logs` for lines of a running supervisor and from files.
"""

from __future__ import annotations

import time
import zlib
from typing import Any, Final

from supervisor.cli.command import echo
from supervisor.cli.human import number
from supervisor.cli.terminal import (
    BLUE,
    CYAN,
    DIM,
    GREEN,
    MAGENTA,
    RED,
    YELLOW,
    clean,
    clean_lines,
    paint,
)

_MESH_COLOURS: Final = (CYAN, GREEN, MAGENTA, BLUE, YELLOW)
_LEVEL_COLOURS: Final = {"warning": YELLOW, "error": RED, "critical": RED, "debug": DIM}

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
        level = event["level"]
        mark = "" if level in {"info", ""} else f"{level}: "
        text = paint(mark, _LEVEL_COLOURS.get(level), self._colours)
        # Further lines of a traceback are set in, so that each line that begins at the margin
        # is a record of its own.
        text += clean_lines(event["text"]).replace("\n", "\n    ")
        head = paint(moment, DIM, self._colours)
        return f"{head} {paint(f'[{clean(name)}]', _colour(name), self._colours)} {text}"


def _colour(name: str) -> str:
    return _MESH_COLOURS[zlib.crc32(name.encode()) % len(_MESH_COLOURS)]
