"""All of them."""

from __future__ import annotations

from typing import Final

from meshvisor.features.jobs.requests import (
    changes,
    holds,
    items,
    reading,
    recovery,
    statistics,
    submit,
)
from meshvisor.supervisor.control.handling import Handler

HANDLERS: Final[tuple[Handler, ...]] = (
    submit.stage_items,
    submit.submit_job,
    submit.list_actions,
    reading.list_jobs,
    reading.show_job,
    reading.watch_jobs,
    reading.explain_job,
    reading.show_queue,
    items.list_items,
    items.retry_items,
    items.mark_items,
    changes.pause_jobs,
    changes.resume_jobs,
    changes.cancel_jobs,
    changes.retry_jobs,
    changes.move_jobs,
    changes.mark_jobs,
    changes.delete_jobs,
    changes.clean_up_jobs,
    holds.hold_jobs,
    holds.release_jobs,
    holds.list_holds,
    recovery.show_recovery,
    recovery.recover_jobs,
    statistics.count_jobs,
    statistics.show_durations,
    statistics.list_errors,
)
