"""Which requests there are: those of the kernel, and those that the features bring.

Owns the table.  Does not own any request.  Read by the control server once, and feature by feature
by the command line while no supervisor runs, which needs one handler only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from meshvisor.shared.feature import Feature, parts
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
    from meshvisor.supervisor.control.requests.handlers import HANDLERS

    yield None, HANDLERS
    yield from parts("requests")
