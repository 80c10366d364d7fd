"""One migration of a home at a time: two would each write down how far they are."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path

from meshvisor.features.statistics.store.lock import only_one


def only_migration(database: Path) -> AbstractContextManager[None]:
    """Be the only one that moves or removes events of this database elsewhere.

    Raises:
        ConflictError: another one is under way.
    """
    return only_one(
        database.with_suffix(".migration"),
        "another migration of this home is under way; 'meshvisor stats migration-status' shows how "
        "far it is; start this one when it has ended",
    )
