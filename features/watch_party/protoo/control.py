"""The client of a playground's control room: asks for faults and for what goes on there.

Owns the words of that conversation.  The playground itself answers it only on loopback.  Used by
the command line and by tests that drive a playground in a process of its own.
"""

from __future__ import annotations

import secrets
from typing import Any, Final

from meshvisor.features.watch_party.protoo.client import connect

CONTROL_ROOM: Final = "_control"
"""No mesh can have this id: those begin with a letter or digit."""
FAULT: Final = "playground/fault"
"""Request with `name`, `room` and `options`."""
STATE: Final = "playground/state"
"""Request without data."""


async def request_fault(
    address: str, name: str, room: str | None = None, options: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Make something go wrong, and return what the playground says about it.

    Args:
        address: of the playground, `ws://host:port`.
        name: of the fault; the playground answers an unknown one with all that it knows.
        room: where; None where a fault can hold for all rooms.
        options: of that fault; unknown ones are refused with those that exist.

    Raises:
        UnreachableError: no playground runs there.
        RefusedError: it is no playground, or not on this machine.
        RequestFailedError: it cannot do that; the reason is a sentence.
        TimeoutError: it did not answer.
    """
    return await _ask(address, FAULT, {"name": name, "room": room, "options": options or {}})


async def request_state(address: str) -> dict[str, Any]:
    """Return what goes on in a playground: `server`, `url` and `rooms`, each with its `users`.

    Raises:
        As `request_fault`.
    """
    return await _ask(address, STATE, {})


async def _ask(address: str, method: str, data: dict[str, Any]) -> dict[str, Any]:
    operator = f"operator_{secrets.token_hex(4)}"
    async with connect(address, CONTROL_ROOM, operator) as client:
        return await client.peer.request(method, data)
