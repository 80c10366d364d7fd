"""The kinds of events of operators (docs/events.md).

Each is appended in the transaction of what it tells of.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

_DATA: Final = {"origin": "as in the audit log", "detail": "what was done, in words"}
_NAME: Final = "the operator"

ADDED: Final = EventKind("operator.added", "Somebody may use the console.", _NAME, _DATA)
CHANGED: Final = EventKind(
    "operator.changed", "Somebody has another role or password.", _NAME, _DATA
)
REMOVED: Final = EventKind(
    "operator.removed", "Somebody may not use the console any more.", _NAME, _DATA
)
INVITED: Final = EventKind(
    "operator.invited", "A link was made that makes an operator, or gives a new password.",
    "the operator, or the role of a new one", _DATA,
)  # fmt: skip
SIGNED_IN: Final = EventKind("operator.signed_in", "Somebody has signed in.", _NAME, _DATA)
SIGNED_OUT: Final = EventKind(
    "operator.signed_out", "A session was ended by somebody.", _NAME, _DATA
)
REFUSED: Final = EventKind(
    "operator.refused",
    "Somebody could not sign in; of many tries in a row not each is told.",
    "the name that was given",
    _DATA,
)
TOKEN_ADDED: Final = EventKind(
    "token.added", "A program may use the console.", "the token's name", _DATA
)
TOKEN_REVOKED: Final = EventKind(
    "token.revoked", "A token is valid no more.", "the token's name", _DATA
)

KINDS: Final = (
    ADDED,
    CHANGED,
    REMOVED,
    INVITED,
    SIGNED_IN,
    SIGNED_OUT,
    REFUSED,
    TOKEN_ADDED,
    TOKEN_REVOKED,
)
