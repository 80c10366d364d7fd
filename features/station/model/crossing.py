"""What decides that a user has entered or left a zone, and not only touched its border.

Owns the rules: hysteresis and dwell time.  All functions are pure; the rows of standings are kept
by `supervisor.prepared_zones`.

    (out) ──inside──▶ entering ──inside for the dwell time──▶ inside ──outside──▶ leaving ──▶ (out)
              ◀──outside──┘                                      ◀──inside──┘

Outside is who is further from the zone than the hysteresis.  A user who comes has to be in the
zone itself; between border and hysteresis everything stays as it was.  So a position that jumps
around the border makes one entry, and one exit when the user has gone.  Without a dwell time
no user is in the state of entering or leaving.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class State(StrEnum):
    """Of a user and a zone; out of it there is none."""

    ENTERING = "entering"
    """In the zone, but not yet for as long as it asks for."""
    INSIDE = "inside"
    LEAVING = "leaving"
    """Out of the zone, but not yet for so long."""


class Standing(NamedTuple):
    """How a user stands to a zone; times in epoch milliseconds."""

    state: State
    since: int
    entered_at: int | None = None
    """When the user has come in; None: entering."""
    due_at: int | None = None
    """When it becomes something else if nothing is heard; None: it does not."""


class Crossing(NamedTuple):
    """An entry or an exit."""

    is_entry: bool
    dwell: int
    """Milliseconds: of an entry in the zone before it counted, of an exit in the zone."""


class Step(NamedTuple):
    """What becomes of it."""

    standing: Standing | None
    """None: the user is out."""
    crossings: tuple[Crossing, ...] = ()
    """In their order."""


OUT: Final = Step(None)


def moved(standing: Standing | None, at: int, dwell: int, *, present: bool) -> Step:
    """Return what a position makes of a standing.

    Args:
        standing: before; None: out.
        at: when the user was there.
        dwell: milliseconds that coming and going take.
        present: whether the position is in the zone; for a user who is not out, whether it is not
            further outside than the hysteresis.
    """
    if standing is not None and standing.due_at is not None and standing.due_at <= at:
        # Between the position before and this one the time has passed.
        first = passed(standing)
        then = moved(first.standing, at, dwell, present=present)
        return Step(then.standing, first.crossings + then.crossings)
    if standing is None:
        return _arrived(at, dwell) if present else OUT
    match standing.state:
        case State.ENTERING:
            return Step(standing) if present else OUT
        case State.INSIDE:
            return Step(standing) if present else _gone(standing, at, dwell)
        case State.LEAVING:
            if present:
                since = standing.since if standing.entered_at is None else standing.entered_at
                return Step(Standing(State.INSIDE, since, standing.entered_at))
            return Step(standing)


def passed(standing: Standing) -> Step:
    """Return what time makes of a standing that is due."""
    assert standing.due_at is not None
    if standing.state is State.ENTERING:
        inside = Standing(State.INSIDE, standing.since, standing.since)
        return Step(inside, (Crossing(True, standing.due_at - standing.since),))
    return Step(None, (Crossing(False, _stay(standing)),))


# Private


def _arrived(at: int, dwell: int) -> Step:
    if dwell:
        return Step(Standing(State.ENTERING, at, None, at + dwell))
    return Step(Standing(State.INSIDE, at, at), (Crossing(True, 0),))


def _gone(standing: Standing, at: int, dwell: int) -> Step:
    leaving = Standing(State.LEAVING, at, standing.entered_at, at + dwell)
    return Step(leaving) if dwell else Step(None, (Crossing(False, _stay(leaving)),))


def _stay(leaving: Standing) -> int:
    """Return how long a user who is leaving was in the zone."""
    entered_at = leaving.since if leaving.entered_at is None else leaving.entered_at
    return max(0, leaving.since - entered_at)
