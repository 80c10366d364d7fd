"""All of them."""

from __future__ import annotations

from typing import Final

from meshvisor.features.fleet.requests.health import (
    poll,
    show_health,
    show_history,
    show_process_health,
)
from meshvisor.features.fleet.requests.lifecycle import restart, start, stop
from meshvisor.features.fleet.requests.meshes import discover, list_meshes
from meshvisor.features.fleet.requests.rooms import run_bot_command, say
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    show_health,
    show_process_health,
    show_history,
    poll,
    start,
    stop,
    restart,
    list_meshes,
    discover,
    run_bot_command,
    say,
)
