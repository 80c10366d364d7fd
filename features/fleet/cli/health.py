"""`meshvisor health`: sums over all meshes and their workers."""

from __future__ import annotations

from typing import Any

import click

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import milliseconds, number, size


@click.command(
    cls=Command,
    examples=("health", "health --json"),
    short_help="Show sums over all meshes.",
)
@pass_invocation
def health(invocation: Invocation) -> None:
    """Show sums over all meshes: healthy workers, restarts, lag, memory."""
    invocation.show(invocation.request("health"), _view)


# Private


def _view(stats: dict[str, Any]) -> str:
    states = ", ".join(
        f"{stats[name]} {name}" for name in ("connected", "disconnected", "unhealthy", "failed")
    )
    return (
        f"{stats['healthy']} of {number(stats['total'], 'worker')} healthy.\n"
        f"Meshes: {states}.\n"
        f"{number(stats['restarts'], 'restart')} since the supervisor started; "
        f"longest event loop lag {milliseconds(stats['max_event_loop_lag_ms'])}; "
        f"memory {size(stats['memory_bytes'])}, shared pages counted for each worker."
    )
