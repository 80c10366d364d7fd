"""What requests about operators return: the JSON that `--json` prints (docs/cli.md)."""

from __future__ import annotations

from meshvisor.shared.control.results import Result


class Operator(Result):
    """An account of the console."""

    name: str
    role: str
    """`viewer`, `operator`, `admin` or `owner`."""
    has_password: bool
    created_at: str
    created_by: str
    sessions: int
    """That are open."""
    seen_at: str | None
    """When one of them was last used; None: there is none."""


class OperatorList(Result):
    """Answer to `operators_list`."""

    operators: tuple[Operator, ...]


class OperatorOutcome(Result):
    """Answer to `operators_role`, `operators_password` and `operators_remove`."""

    name: str
    role: str | None
    """None: they are no operator any more."""
    ended_sessions: int = 0


class LinkMade(Result):
    """Answer to `operators_link`."""

    operator: str | None
    """None: its user chooses a name."""
    role: str | None
    """Of the operator that it makes; None: it gives a new password."""
    expires_at: str


class LinkUsed(Result):
    """Answer to `operators_use_link`."""

    name: str
    role: str


class SessionOpened(Result):
    """Answer to `operators_open_session`."""

    id: int
    expires_at: str


class Session(Result):
    """An open session."""

    id: int
    operator: str
    created_at: str
    seen_at: str
    expires_at: str
    """When it ends by itself, as things are."""
    address: str
    agent: str
    """What the browser calls itself."""


class SessionList(Result):
    """Answer to `operators_sessions`."""

    sessions: tuple[Session, ...]


class SessionsEnded(Result):
    """Answer to `operators_end_sessions`."""

    ended: int


class Passkey(Result):
    """By what an operator signs in beside the password."""

    id: int
    operator: str
    name: str
    """What its owner calls it."""
    host: str
    """The name of the console for which it is good."""
    created_at: str
    used_at: str | None
    """None: never yet."""


class PasskeyList(Result):
    """Answer to `operators_passkeys`."""

    passkeys: tuple[Passkey, ...]


class PasskeysRemoved(Result):
    """Answer to `operators_remove_passkeys`."""

    removed: int


class Token(Result):
    """What a program uses the console with."""

    name: str
    scopes: tuple[str, ...]
    created_at: str
    created_by: str
    expires_at: str | None
    """None: never."""


class TokenList(Result):
    """Answer to `token_list`."""

    tokens: tuple[Token, ...]


class TokenRevoked(Result):
    """Answer to `token_revoke`."""

    name: str
    revoked: bool


class View(Result):
    """Filters of a page that an operator has given a name."""

    page: str
    """Its path."""
    name: str
    search: str
    """The query of its address, without the question mark."""


class ViewList(Result):
    """Answer to `operators_views`, `operators_keep_view` and `operators_forget_view`."""

    views: tuple[View, ...]
    """By page and name."""
