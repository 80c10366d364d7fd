"""Every fault that an operator can ask for, by name.

Owns the names and options.  The first line of each docstring is what `playground/state` says
about it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

from meshvisor.playground.accounts import LinkState
from meshvisor.playground.admission import Refusal
from meshvisor.playground.faults import leaving, noise
from meshvisor.playground.faults.asked import AskError, FaultRequest
from meshvisor.playground.world import room_kinds

LONGEST_OUTAGE: Final = 3600
"""Seconds that the server may be asked to be down."""
LARGEST_STORM: Final = 1_000_000
"""Messages."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that goes wrong on request."""

    act: Callable[[FaultRequest], Awaitable[dict[str, Any]]]
    """Does it, and returns what to tell the operator."""
    options: tuple[str, ...]
    """Names of the options that it knows."""

    @property
    def summary(self) -> str:
        """What it does, in a sentence."""
        return (self.act.__doc__ or "").strip()


async def kick(asked: FaultRequest) -> dict[str, Any]:
    """Throw a peer, or all peers of a room, out: `kicked`, then 4000; `ban` keeps the user out."""
    ban = asked.flag("ban")
    peers = asked.peers()
    for peer in peers:
        leaving.kick(asked.world, peer, ban=ban)
    return {"peers": len(peers)}


async def close(asked: FaultRequest) -> dict[str, Any]:
    """Close all peers of a room with 4000 and nothing said before."""
    return {"peers": leaving.close_room(asked.world, asked.room)}


async def end(asked: FaultRequest) -> dict[str, Any]:
    """End a room: `disconnected`, then 4000, and discovery lists it no more."""
    return {"peers": leaving.end_room(asked.world, asked.room)}


async def open_(asked: FaultRequest) -> dict[str, Any]:
    """Open a new room, or one that has ended, and lift its bans; `kinds` like public,invited."""
    try:
        kinds = room_kinds(asked.text("kinds", "public,invited"))
        room = asked.world.add_room(str(asked.room_name), kinds)
    except ValueError as error:
        raise AskError(str(error)) from error
    room.faults.banned.clear()
    return {"kinds": sorted(room.kinds)}


async def drop(asked: FaultRequest) -> dict[str, Any]:
    """Cut a peer, a room or everything without a close frame."""
    peers = asked.world.all_peers() if asked.room_or_all is None else asked.peers()
    return {"peers": leaving.drop(asked.world, peers)}


async def refuse(asked: FaultRequest) -> dict[str, Any]:
    """Refuse connects of a room or of all with `status`, so many `times`; `api`: REST requests.

    `retry_after`: say that the next attempt is welcome after so many seconds.
    """
    status = asked.number("status", 503, 400, 599) or 503
    times = asked.number("times", None, 1, LARGEST_STORM)
    retry_after = asked.number("retry_after", None, 0, LONGEST_OUTAGE)
    refusal = Refusal(status, "refused on request", times, retry_after)
    if asked.flag("api"):
        asked.world.admission.api = refusal
    else:
        asked.world.admission.refuse(asked.room_or_all, refusal)
    return {"status": status, "times": times}


async def stall(asked: FaultRequest) -> dict[str, Any]:
    """Leave connects of a room or of all without an answer."""
    asked.world.admission.stall(asked.room_or_all)
    return {}


async def silence(asked: FaultRequest) -> dict[str, Any]:
    """Keep the connections of a room or of all, but send, answer and pong nothing."""
    rooms = list(asked.world.rooms.values()) if asked.room_or_all is None else [asked.room]
    for room in rooms:
        room.faults.silent = True
    return {"rooms": len(rooms)}


async def mend(asked: FaultRequest) -> dict[str, Any]:
    """Lift refuse, stall and silence of a room; without a room, of everything."""
    if asked.room_or_all is None:
        asked.world.admission.allow_all()
        for room in asked.world.rooms.values():
            room.faults.silent = False
    else:
        asked.world.admission.allow(asked.room.name)
        asked.room.faults.silent = False
    return {}


async def garbage(asked: FaultRequest) -> dict[str, Any]:
    """Send what no client can use: one `kind`, harmless (the default), deadly or all."""
    kind = asked.text("kind", "harmless")
    kinds = noise.SETS.get(kind) or ((kind,) if kind in noise.GARBAGE else ())
    if not kinds:
        known = ", ".join([*noise.SETS, *noise.GARBAGE])
        raise AskError(f"there is no garbage {kind!r}; known are {known}")
    return {"peers": noise.send_garbage(asked.peers(), kinds), "kinds": list(kinds)}


async def storm(asked: FaultRequest) -> dict[str, Any]:
    """Say `count` messages (1000) in a room as fast as possible, each `text` and its number."""
    count = asked.number("count", 1000, 1, LARGEST_STORM) or 1000
    await noise.storm(asked.room, count, asked.text("text", "storm"))
    return {"messages": count}


async def down(asked: FaultRequest) -> dict[str, Any]:
    """Be gone for some `seconds` (5), like a server without power."""
    seconds = asked.number("seconds", 5, 1, LONGEST_OUTAGE) or 5
    asked.world.cut_power(seconds)
    return {"seconds": seconds}


async def login(asked: FaultRequest) -> dict[str, Any]:
    """Have all open links be refused (`refuse`), expire (`expire`) or be clicked (`click`)."""
    states = {
        "refuse": LinkState.REFUSED,
        "expire": LinkState.EXPIRED,
        "click": LinkState.AUTHENTICATED,
    }
    wanted = [state for name, state in states.items() if asked.flag(name)]
    if len(wanted) != 1:
        raise AskError("login needs one of refuse, expire and click")
    links = asked.world.accounts.settle_links(wanted[0])
    asked.world.watch.changed()
    return {"links": links}


async def logout(asked: FaultRequest) -> dict[str, Any]:
    """Make every token that the login has issued invalid; `tokens`: but keep the sessions."""
    gone = asked.world.accounts.log_out(keep_sessions=asked.flag("tokens"))
    return {"invalid": gone}


FAULTS: Final[dict[str, Fault]] = {
    "kick": Fault(kick, ("peer", "ban")),
    "close": Fault(close, ()),
    "end": Fault(end, ()),
    "open": Fault(open_, ("kinds",)),
    "drop": Fault(drop, ("peer",)),
    "refuse": Fault(refuse, ("status", "times", "api", "retry_after")),
    "stall": Fault(stall, ()),
    "silence": Fault(silence, ()),
    "mend": Fault(mend, ()),
    "garbage": Fault(garbage, ("kind", "peer")),
    "storm": Fault(storm, ("count", "text")),
    "down": Fault(down, ("seconds",)),
    "login": Fault(login, ("refuse", "expire", "click")),
    "logout": Fault(logout, ("tokens",)),
}
"""The faults by name."""
