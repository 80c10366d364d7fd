"""Whether the plug-ins of the running supervisor are in use as they are on the disk."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from meshvisor.supervisor.cli.doctor.finding import Finding, ok, warn
from meshvisor.supervisor.cli.skipped_plugins import consequence, problem


def check(skipped: Sequence[dict[str, Any]] | None) -> Iterator[Finding]:
    """Name those that are not.

    Args:
        skipped: as the status has them; None: no supervisor runs, so nothing is loaded.
    """
    if skipped is None:
        return
    for plugin in skipped:
        runs = consequence(plugin) or "its commands and actions are missing"
        advice = f"correct it, then 'meshvisor config reload'; until then {runs}"
        yield warn("plug-ins", problem(plugin), advice)
    if not skipped:
        yield ok("plug-ins", "none is skipped")
