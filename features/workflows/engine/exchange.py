"""What goes in and out of a transaction of the engine: outcomes, questions, answers.

Owns the shapes.  Does not own when there is a transaction (`app`), nor what one does (`core`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from meshvisor.features.workflows.engine.execution import Request


class Done(msgspec.Struct, frozen=True):
    """What came of a request."""

    request: Request
    result: Any = None
    error: str | None = None
    """One sentence; None: it was done."""
    known: bool = True
    """Whether an error says that it was certainly not done."""


class Asked(msgspec.Struct, frozen=True):
    """A question of the supervisor."""

    number: int
    what: str
    arguments: Mapping[str, Any]


class Answer(msgspec.Struct, frozen=True):
    """The answer to one."""

    number: int
    result: Any = None
    error: str | None = None
    is_absent: bool = False
    """Whether the error is that there is no such thing."""


class TransactionResult(msgspec.Struct):
    """What follows from one transaction."""

    requests: list[Request]
    answers: list[Answer]
    has_more: bool
    """Whether more events wait."""


class RefusedError(ValueError):
    """What is asked for cannot be; the message is one sentence."""


class AbsentError(RefusedError):
    """There is nothing of the number that is asked for."""
