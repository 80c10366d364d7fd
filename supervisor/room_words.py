"""What of an error may be said in a room, which strangers may have entered.

Owns the rule: no address, file or shell command of the operator's.  Called wherever an error
becomes an answer in a chat by a feature; the whole
sentence is in the audit log and in the supervisor's own.
"""

from __future__ import annotations

import re
from typing import Final

from meshvisor.shared.errors import MeshvisorError

NEUTRAL: Final = "it cannot be done at present; the operator of the bot can see why"
"""Instead of a sentence that is for the operator."""

UNSAID: Final = "something that the operator of the bot can see"
"""Instead of such a reason."""

UNPROVEN: Final = "The network does not say whether it is really you, so this is not done."
"""Said to a user who asks for something restricted, on a network where their id can be faked."""

_OPERATORS: Final = re.compile(
    r"\bmeshvisor [a-z]"  # a command
    r"|(?:^|\s)--?[a-z]"  # its options
    r"|\w://"  # an address
    r"|\b\d{1,3}(?:\.\d{1,3}){3}\b|\[[0-9a-f]*:[0-9a-f:.]*\]"  # a host by its number
    r"|(?<!\w)[0-9a-f:]*::[0-9a-f]|\b[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){7}\b"  # without brackets
    r"|\b[\w.-]*[a-z][\w.-]*:\d{2,5}\b(?!:)"  # a host by its name, with a port; no moment
    r"|\bhost(?:name)?\b['\"]?\s*[=:]\s*['\"]?\w"  # or in an exception of a library
    r"|\blocalhost\b|\.(?:local|internal|lan|localdomain|corp|intranet)\b"
    r"|(?:^|[\s'\"(=])(?:~|\.{1,2})?/\w"  # a path
    r"|\bconfig/|\bvar/",
    re.IGNORECASE,
)


def for_room(error: MeshvisorError) -> str:
    """Return what to say of an error in a room, as a clause like the error's own message."""
    if error.in_room is not None:
        return error.in_room
    return public(str(error)) or error.room_sentence or NEUTRAL


def reason(error: str | None) -> str:
    """Return why something went wrong, such as a job whose plug-in has raised, for a room.

    An exception's own words are written for the operator of the bot, and often hold where it was.
    """
    return public(error or "") or UNSAID


def public(text: str) -> str | None:
    """Return a text that may be said in a room; None: it names what is the operator's."""
    return None if _OPERATORS.search(text) else text
