"""One rhythm for what looks at something again and again.

Owns when the next look is due: at whole multiples of its interval since the loop's clock began, so
that the looks of a process come in one turn of the loop instead of one after another.  A turn costs
more than what most of them do.
"""

from __future__ import annotations

import asyncio


def until_next_beat(now: float, interval: float) -> float:
    """Return how long it is until a multiple of an interval, half of it or more.

    Args:
        now: seconds.
        interval: seconds; 0: at once.
    """
    if not interval:
        return 0.0
    remaining = interval - now % interval
    return remaining if remaining >= interval / 2 else remaining + interval


async def next_beat(interval: float) -> None:
    """Wait for the next multiple of an interval; from one to the next it is exactly that.

    Args:
        interval: seconds.
    """
    await asyncio.sleep(until_next_beat(asyncio.get_running_loop().time(), interval))
