"""The process that delivers notifications: an action of jobs, and its schedule.

Read by the supervisor and by runners; the function itself is loaded by the runner that delivers.
"""

from __future__ import annotations

from typing import Any, Final

from meshvisor.features.jobs.model.built_in import BuiltInAction, built_in
from meshvisor.features.notifications import wordings as say

PROCESSING: Final = "notification-processing"

LANE: Final = "notifications"
"""Of its own: a service that hangs holds up no other work."""

ACTIONS: Final = (
    BuiltInAction(
        built_in(PROCESSING, say.ACTION(), lane=LANE, priority=2, retries=0, dry_run=True),
        "worker.processing:process",
    ),
)

SCHEDULES: Final[tuple[dict[str, Any], ...]] = (
    {"name": PROCESSING, "cron": "*/5 * * * *", "action": PROCESSING, "misfire": "latest"},
)
"""What is urgent is delivered at once; this is for all else."""
