"""Whose records follow `[logs] level`: those of our own code and of plug-ins.

Owns that libraries say nothing below WARNING, at whatever level.  What they say there is meant for
their own developers: PyMongo writes whole documents, HTTP clients addresses and headers, and all
of it may hold tokens.  Does not own how the level is set (`supervisor.logs.own`,
`worker.logs.capture`).
"""

from __future__ import annotations

import logging
from typing import Final

from meshvisor.shared.python_code import OURS, is_installed

LIBRARIES: Final = (
    "aiohttp",
    "asyncio",
    "httpcore",
    "httpx",
    "pymongo",
    "urllib3",
    "websockets",
)
"""Known talkers.  Theirs is a level of their own, so that they do not even make the records."""

_plug_ins: set[str] = set()


def include(module: str) -> None:
    """Count a plug-in's top-level package among those that follow the level."""
    _plug_ins.add(module.partition(".")[0])


def quiet_libraries() -> None:
    """Let the known ones begin at WARNING; for a process whose level is about to be set."""
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)


def is_wanted(record: logging.LogRecord) -> bool:
    """Say whether a record is not one of a library below WARNING: a filter of a handler."""
    return record.levelno >= logging.WARNING or not _is_of_library(record)


def _is_of_library(record: logging.LogRecord) -> bool:
    top = record.name.partition(".")[0]
    if top in OURS or top in _plug_ins:
        return False
    return top in LIBRARIES or is_installed(record.pathname)
