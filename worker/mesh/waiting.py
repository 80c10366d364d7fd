"""What waits to be said, and which of it is said next; without I/O.

Owns what is more urgent than what.  Does not own when it is said (`outgoing`).
"""

from __future__ import annotations

import asyncio
import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import msgspec


class Urgency(enum.IntEnum):
    """What is said before what."""

    ANSWER = 0
    """A user waits for it in the chat."""
    REPORT = 1
    """An outcome of a job or a question about it, which is not said again."""
    CHATTER = 2
    """Whatever else plug-ins and actions say."""
    PROGRESS = 3
    """How far a job is: soon there is something newer."""


class Timer(Protocol):
    """What `CallLater` returns."""

    def cancel(self) -> None:
        """Do not call it any more; idempotent."""
        ...


CallLater = Callable[..., Timer]
"""`loop.call_later`."""


class Wanted(msgspec.Struct, frozen=True):
    """A text that is to be said."""

    urgency: Urgency
    size: int = 0
    """UTF-8 bytes."""
    messages: int = 1
    """How many it will be, as far as is known before its turn."""
    cost: int = 0
    """What all its messages cost of the hour's budget; 0: one each."""
    subject: str | None = None
    """What it is about: progress of the same that still waits is left out, and a report waits for
    what was said of the same before; None: nothing."""

    @property
    def takes(self) -> int:
        """What the whole text costs of the hour's budget."""
        return self.cost or self.messages

    @property
    def outlives(self) -> bool:
        """Whether it waits on when the bot loses the mesh: it would not be asked for again."""
        return self.urgency is Urgency.REPORT

    @property
    def gives_way(self) -> bool:
        """Whether it is left out for what is more urgent, and leaves that the hour's reserve."""
        return self.urgency >= Urgency.CHATTER


@dataclass(eq=False, slots=True)
class Waiting:
    """A text whose turn has not come, or is not over."""

    wanted: Wanted
    place: str
    number: int
    turn: asyncio.Future[None]
    timer: Timer | None = field(default=None)
    left: int = 0
    """Messages of it that were not sent yet, as far as is known."""
    owes: int = 0
    """What its messages still cost of the hour's budget."""
    next_cost: int = 1
    """What the next of its messages costs."""
    slot: asyncio.Future[None] | None = field(default=None)
    """What it waits for before its next message, when its turn has come."""


def next_text(waiting: Sequence[Waiting], speakers: Sequence[Waiting]) -> Waiting | None:
    """Return the text that begins next; None: no waiting text may begin now.

    One begins where nothing is being said; a report not before what its job has said itself.

    Args:
        waiting: in the order in which they came.
        speakers: whose turn it is.
    """
    busy = {speaker.place for speaker in speakers}
    said = {one.wanted.subject for one in speakers if _is_chatter(one)} - {None}
    free: list[Waiting] = []
    for one in waiting:
        is_held = one.wanted.urgency is Urgency.REPORT and one.wanted.subject in said
        if _is_chatter(one) and one.wanted.subject is not None:
            said.add(one.wanted.subject)
        if one.place not in busy and not is_held:
            free.append(one)
    return min(free, key=order, default=None)


def _is_chatter(waiting: Waiting) -> bool:
    return waiting.wanted.urgency is Urgency.CHATTER


def order(waiting: Waiting) -> tuple[int, int]:
    """Sort what is said first first."""
    return waiting.wanted.urgency, waiting.number


def is_outdated(older: Wanted, newer: Wanted) -> bool:
    """Say whether progress that waits is overtaken by what is said now."""
    return (
        older.urgency is Urgency.PROGRESS
        and newer.urgency is not Urgency.CHATTER
        and older.subject is not None
        and older.subject == newer.subject
    )


def is_displaced(present: Wanted, newcomer: Wanted) -> bool:
    """Say whether a text is left out for another one."""
    if present.urgency is Urgency.PROGRESS:
        return True  # of progress the oldest is worth least
    return present.gives_way and newcomer.urgency < present.urgency


def worth(waiting: Waiting) -> tuple[int, int]:
    """Sort what is left out first: the oldest of progress, of anything else the newest."""
    urgency = waiting.wanted.urgency
    is_progress = urgency is Urgency.PROGRESS
    return -urgency, waiting.number if is_progress else -waiting.number
