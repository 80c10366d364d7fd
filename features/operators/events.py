"""The kinds of events of operators (docs/events.md).

Each is appended in the transaction of what it tells of.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind

_DATA: Final = {"origin": "as in the audit log", "detail": "what was done, in words"}
_NAME: Final = "the operator"

ADDED: Final = EventKind(
    "operator.added", "An operator was added, who may use the console.", _NAME, _DATA
)
CHANGED: Final = EventKind(
    "operator.changed", "An operator has another role or password.", _NAME, _DATA
)
REMOVED: Final = EventKind(
    "operator.removed",
    "An operator was removed, who may not use the console any more.",
    _NAME,
    _DATA,
)
INVITED: Final = EventKind(
    "operator.invited", "A link was made that makes an operator, or gives a new password.",
    "the operator, or the role of a new one", _DATA,
)  # fmt: skip
SIGNED_IN: Final = EventKind("operator.signed_in", "An operator has signed in.", _NAME, _DATA)
SIGNED_OUT: Final = EventKind(
    "operator.signed_out", "A session was ended on request.", _NAME, _DATA
)
PASSKEY_ADDED: Final = EventKind(
    "operator.passkey_added", "An operator has added a passkey.", _NAME, _DATA
)
PASSKEY_REMOVED: Final = EventKind(
    "operator.passkey_removed",
    "Passkeys of an operator are valid no more.",
    _NAME,
    _DATA,
)
REFUSED: Final = EventKind(
    "operator.refused",
    "A sign-in was refused; of many attempts in a row not each is an event.",
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
    PASSKEY_ADDED,
    PASSKEY_REMOVED,
    REFUSED,
    TOKEN_ADDED,
    TOKEN_REVOKED,
)
