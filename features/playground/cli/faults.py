"""The faults that `meshvisor playground` can ask for, and their options.

Owns how they are spelled on the command line.  What they do is the playground's; a test compares
the two lists.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import click


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault as a command."""

    name: str
    """At the playground."""
    help: str
    needs_room: bool = False
    """Otherwise it may be about all rooms."""
    takes_room: bool = True
    """Otherwise it is about the playground."""
    options: Mapping[str, Mapping[str, Any]] | None = None
    """Name of each option to the attributes of its `click.Option`."""

    def parameters(self) -> list[click.Parameter]:
        """Return the options as click has them."""
        return [
            click.Option([f"--{name.replace('_', '-')}"], **attributes)
            for name, attributes in (self.options or {}).items()
        ]


_PEER: Final = {"peer": {"help": "One peer only, by its id (see 'playground state')."}}

FAULTS: Final[Mapping[str, Fault]] = {
    "kick": Fault(
        "kick",
        "Throw the bot, or all peers, out of a room.",
        needs_room=True,
        options={**_PEER, "ban": {"is_flag": True, "help": "And do not let them in again."}},
    ),
    "close": Fault("close", "Close all connections of a room for good.", needs_room=True),
    "end": Fault("end", "End a room; discovery lists it no more.", needs_room=True),
    "open": Fault(
        "open",
        "Open a new room, or one that has ended.",
        needs_room=True,
        options={"kinds": {"help": "Such as public,invited."}},
    ),
    "drop": Fault("drop", "Cut connections without a word: of a room, or of all.", options=_PEER),
    "refuse": Fault(
        "refuse",
        "Refuse connects to a room, or to all.",
        options={
            "status": {"type": int, "help": "HTTP status (default: 503)."},
            "times": {"type": int, "help": "So often (default: until 'mend')."},
            "api": {"is_flag": True, "help": "Refuse REST requests instead."},
            "retry_after": {"type": int, "help": "Ask to come again after so many seconds."},
        },
    ),
    "stall": Fault("stall", "Leave connects to a room, or to all, without an answer."),
    "silent": Fault("silence", "Keep connections, but say and answer nothing."),
    "mend": Fault("mend", "Lift refuse, stall and silent of a room, or everywhere."),
    "garbage": Fault(
        "garbage",
        "Send frames that no client can use.",
        needs_room=True,
        options={"kind": {"help": "harmless (default), deadly, all, or one kind."}, **_PEER},
    ),
    "storm": Fault(
        "storm",
        "Say many messages as fast as possible.",
        needs_room=True,
        options={
            "count": {"type": int, "help": "How many (default: 1000)."},
            "text": {"help": "What."},
        },
    ),
    "down": Fault(
        "down",
        "Be gone for a while, like a server without power.",
        takes_room=False,
        options={"seconds": {"type": int, "help": "For how long (default: 5)."}},
    ),
    "login": Fault(
        "login",
        "Settle the open links of a login: refused, expired, or clicked.",
        takes_room=False,
        options={
            "refuse": {"is_flag": True, "help": "As if their receiver did not want them."},
            "expire": {"is_flag": True, "help": "As if time had run out."},
            "click": {"is_flag": True, "help": "As if their receiver had clicked them."},
        },
    ),
    "logout": Fault(
        "logout",
        "Make all tokens of logged-in bots invalid.",
        takes_room=False,
        options={
            "tokens": {"is_flag": True, "help": "Keep their sessions, which give new tokens."}
        },
    ),
}
"""By the name of the command."""
