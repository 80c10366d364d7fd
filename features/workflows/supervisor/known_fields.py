"""Which fields events have, by their kinds: what conditions and templates may name."""

from __future__ import annotations

from functools import cache

from meshvisor.features.workflows.model.values import names_of
from meshvisor.shared.events.kind import matches
from meshvisor.supervisor.events.service import all_kinds


@cache
def known_fields(pattern: str) -> frozenset[str] | None:
    """Return the names under which values of such events are found.

    Args:
        pattern: a kind, or a family such as `job.*`.

    Returns:
        None: no feature lists such a kind, so that they are unknown.
    """
    kinds = [one for one in all_kinds() if matches(pattern, one.name)]
    if not kinds:
        return None
    return frozenset().union(*(names_of(one.name, one.data) for one in kinds))
