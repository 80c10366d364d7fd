"""The kinds of events of the directory (docs/events.md).

Each is appended in one transaction with its entry in the audit log.  Where the directory is in
SQLite, the change itself is part of it; with MongoDB both follow right behind the change.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from meshvisor.shared.events.kind import EventKind

_DATA: Final = {
    "origin": "where it was asked for: a mesh, `command line` or `control socket`",
    "detail": "how it was before and is now, in words; empty: nothing to add",
}
_USER: Final = "the user's id; in a realm behind its name and a slash"
_COMMAND: Final = "the command; in a realm behind its name and a slash"

ADMIN_ADDED: Final = EventKind("admin.added", "A user was made an admin.", _USER, _DATA)
ADMIN_REMOVED: Final = EventKind("admin.removed", "An admin is none any more.", _USER, _DATA)
PERMISSION_SET: Final = EventKind(
    "permission.set", "It was decided who may use a command.", _COMMAND, _DATA
)
PERMISSION_REMOVED: Final = EventKind(
    "permission.removed", "A command has its default again.", _COMMAND, _DATA
)
CREDENTIALS_SAVED: Final = EventKind(
    "credentials.saved",
    "The bot has another account, or one copy of it was chosen.",
    "its peer id",
    _DATA,
)
SESSION_RENEWED: Final = EventKind(
    "session.renewed",
    "The session was renewed, and all bots join their rooms again.",
    "`session`",
    _DATA,
)
REFRESHED: Final = EventKind(
    "directory.refreshed", "Everything was read anew on request.", "`directory`", _DATA
)

BY_ACTION: Final = MappingProxyType(
    {
        "admin.add": ADMIN_ADDED,
        "admin.remove": ADMIN_REMOVED,
        "perm.set": PERMISSION_SET,
        "perm.unset": PERMISSION_REMOVED,
        "credentials.save": CREDENTIALS_SAVED,
        "credentials.keep file": CREDENTIALS_SAVED,
        "credentials.keep directory": CREDENTIALS_SAVED,
        "relogin": SESSION_RENEWED,
        "refresh": REFRESHED,
    }
)
"""The event of a change, by its name in the audit log."""

KINDS: Final = (
    ADMIN_ADDED,
    ADMIN_REMOVED,
    PERMISSION_SET,
    PERMISSION_REMOVED,
    CREDENTIALS_SAVED,
    SESSION_RENEWED,
    REFRESHED,
)
