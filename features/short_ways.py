"""Commands that people and `watch` call all the time, and what does them without click.

Beside the registry and not in it, for `supervisor.cli.main` has no time to load features: asking
click for such a command would take twice as long as answering it.  The function `try_quickly` of
the module says whether it has done the command, or else leaves it to click.
"""

from __future__ import annotations

SHORT_WAYS = {"process-status": "meshvisor.features.background.cli.quick"}
"""Modules by command."""
