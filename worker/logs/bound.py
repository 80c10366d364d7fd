"""Loggers whose calls take an event name and context."""

from __future__ import annotations

import logging
from collections.abc import MutableMapping
from typing import Any, Final


class BoundLog(logging.LoggerAdapter[logging.Logger]):
    """A logger whose calls take an event name and context as keyword arguments.

    `log.info("Joined the room", event="joined", users=3)` makes a record whose `event` is
    "joined" and whose `context` is {"users": 3}.
    """

    def process(
        self, msg: Any, kwargs: MutableMapping[str, Any]
    ) -> tuple[Any, MutableMapping[str, Any]]:
        """Move everything that `logging` does not know into the record's context."""
        known = {name: kwargs[name] for name in _LOGGING_ARGUMENTS if name in kwargs}
        context = {name: kwargs[name] for name in kwargs if name not in _LOGGING_ARGUMENTS}
        known["extra"] = {"event": context.pop("event", ""), "context": context}
        return msg, known


_LOGGING_ARGUMENTS: Final = ("exc_info", "stack_info", "stacklevel")


def bound_log(name: str) -> BoundLog:
    """Return the logger of a module."""
    return BoundLog(logging.getLogger(name))


def notable(count: int) -> bool:
    """Say whether this occurrence is worth a line: the 1st, 2nd, 4th, 8th and so on."""
    return count & (count - 1) == 0
