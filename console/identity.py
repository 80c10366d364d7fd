"""Who asks: what the console has to know of a person or a program, and who tells it.

Owns the contract of `Feature.authenticator`.  Does not own operators, sessions and tokens: a
feature does.  Without such a feature the console refuses every client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from meshvisor.console.control import Control
from meshvisor.console.database import Database
from meshvisor.console.options import ConsoleOptions
from meshvisor.shared.scopes import allows


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """An operator who is signed in, or a program with a token."""

    name: str
    """Of the operator, or of the token."""
    actor: str
    """As the audit log has it: `web:ann`, `token:ci`."""
    scopes: tuple[str, ...]
    """What they may do (`shared.scopes`)."""
    role: str | None = None
    """Of an operator; None: a program, which has only scopes."""
    session_id: int | None = None
    """None: it is no session but a token."""
    expires_at: int | None = None
    """Epoch milliseconds at which the session or the token ends by itself; None: never."""

    def may(self, scope: str) -> bool:
        """Return whether that is allowed."""
        return allows(self.scopes, scope)


class Authenticator(Protocol):
    """Knows sessions and tokens."""

    async def of_session(self, secret: str) -> Identity | None:
        """Return the identity of a session; None: it is unknown or over."""
        ...

    async def of_token(self, secret: str) -> Identity | None:
        """Return whose token it is; None: there is none, or it is revoked or over."""
        ...


MakeAuthenticator = Callable[[Database, Control, ConsoleOptions], Authenticator]
"""`Feature.authenticator`."""


class Closed:
    """Refuses every client."""

    async def of_session(self, _secret: str) -> Identity | None:
        """Know no session."""
        return None

    async def of_token(self, _secret: str) -> Identity | None:
        """Know no token."""
        return None


def csrf_token(session: str) -> str:
    """Return what a page has to send with each change: other sites cannot know it.

    Args:
        session: the secret of the session, which pages cannot read.
    """
    return hashlib.sha256(b"meshvisor csrf " + session.encode()).hexdigest()
