"""What the supervisor says about usage, by codes (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NOT_RECORDED: Final = Wording(
    "statistics.not_recorded",
    "{count:,} events of usage were not recorded since the start: {path} took nothing while "
    "{most:,} sums waited; see the log for why",
)
AGGREGATION: Final = Wording("statistics.aggregation", "Count up what was recorded of usage.")
MIGRATION: Final = Wording("statistics.migration", "Move events of usage to MongoDB, or back.")
TO: Final = Wording("statistics.migrate_to", "Where to")
MONTH: Final = Wording("statistics.migrate_month", "One month, such as 2026-10; left out: all")
EVENT_TYPES: Final = Wording(
    "statistics.migrate_types", "Of message, command, join, leave, error; left out: all"
)
BATCH_SIZE: Final = Wording("statistics.migrate_batch", "Events in one batch")
MAX_BATCHES: Final = Wording(
    "statistics.migrate_batches", "Batches after which it stops; left out: all"
)
MAX_MEMORY: Final = Wording(
    "statistics.migrate_memory", "Memory of the machine in use, in per cent, above which it waits"
)
DELETE_OLD: Final = Wording("statistics.migrate_delete", "Remove from here what has arrived there")
