"""How long each address of a server is tried: a name may have several, and some may be dead.

A name often leads to an IPv6 address first, and in many networks nothing comes back from there.
Trying the addresses side by side, as RFC 8305 has it, leaks sockets when it is cancelled (asyncio
of Python 3.11); so each gets a share of the time.

Owns the shares.  Does not own finding the addresses or connecting, which differ between the event
loop of a worker and the threads of the platform's client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeVar

LEAST_SHARE: Final = 2.0
"""Seconds for one address, however many there are; a SYN that is lost is repeated after one."""

_Address = TypeVar("_Address")


def in_turn(
    addresses: Sequence[_Address], end: float, clock: Callable[[], float]
) -> Iterator[tuple[_Address, float, bool]]:
    """Yield each address, the seconds that it has, and whether it is the last one.

    What one address has left of its share, the next ones have.

    Args:
        addresses: in the order in which they are tried.
        end: when all of them together have had their time, by `clock`.
        clock: seconds.
    """
    for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
        yield address, max(LEAST_SHARE, (end - clock()) / left), left == 1
