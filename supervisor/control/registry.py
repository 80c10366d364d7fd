"""The registry of requests: those of the kernel and of the features.

Owns the table.  Does not own any request.  Read by the control server once, and feature by feature
by the command line while no supervisor runs, which needs one handler only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meshvisor.shared.feature import Feature, features, parts
from meshvisor.supervisor.control.handling import Handler


def all_handlers() -> Mapping[str, Handler]:
    """Return every handler by the type of its request."""
    return by_kind(handler for _, handlers in owners() for handler in handlers)


def by_kind(handlers: Iterable[Handler]) -> Mapping[str, Handler]:
    """Return handlers by the type of their requests.

    Raises:
        ValueError: two answer the same one.
    """
    found: dict[str, Handler] = {}
    for handler in handlers:
        if handler.kind in found:
            raise ValueError(f"two handlers answer {handler.kind!r}")
        found[handler.kind] = handler
    return found


def owners() -> Iterator[tuple[Feature | None, Iterable[Handler]]]:
    """Load the handlers of the kernel (None), then of one feature after the other."""
    yield None, _of_kernel()
    yield from parts("requests")


def likely_owners(kind: str) -> Iterator[tuple[Feature | None, Iterable[Handler]]]:
    """Do the same for a caller that needs one handler while no supervisor runs, the likely ones
    first.

    Each feature takes its time to load: those come first that the type of the request is named
    after, then those that answer without a supervisor, then the kernel and the rest.
    """
    with_requests = [feature for feature in features() if feature.requests]
    with_requests.sort(key=lambda one: (not kind.startswith(f"{one.name}_"), not one.offline))
    for feature in with_requests:
        if feature.offline:
            yield feature, feature.load(feature.requests)
    yield None, _of_kernel()
    for feature in with_requests:
        if not feature.offline:
            yield feature, feature.load(feature.requests)


def _of_kernel() -> Iterable[Handler]:
    from meshvisor.supervisor.control.requests.handlers import HANDLERS

    return HANDLERS
