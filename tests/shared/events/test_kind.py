"""Patterns mean the same to Python and to the database."""

from __future__ import annotations

import pytest

from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import matches
from meshvisor.shared.events.log import Wanted, append, read
from meshvisor.shared.store.store import Store

KINDS = ("job.completed", "job.x.y", "jobs.x", "mesh.connected", "job.")


@pytest.mark.parametrize("pattern", ["*", "job.*", "job.completed", "job", "jobs.*", "", "mesh.*"])
def test_a_pattern_means_the_same_everywhere(store: Store, pattern: str) -> None:
    """A family is what stands in front of the point, with all below it."""
    store.write_now(lambda db: append(db, [NewEvent(1, kind) for kind in KINDS]))
    page = store.read_now(lambda db: read(db, 0, 10, Wanted((pattern,))))
    assert [event.kind for event in page.events] == [k for k in KINDS if matches(pattern, k)]
