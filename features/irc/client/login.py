"""As whom the bot comes: what a mesh and its account say together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from meshvisor.features.irc.wire import sasl

DEFAULT_NICK: Final = "meshvisor"


class Login(msgspec.Struct, frozen=True, kw_only=True):
    """Who the bot is.  Prints without its secrets."""

    nick: str
    user: str
    real_name: str
    server_password: str = ""
    account: str = ""
    password: str = ""
    has_certificate: bool = False

    def __repr__(self) -> str:
        """Return it without its secrets."""
        return f"Login({self.nick!r})"

    @property
    def mechanism(self) -> str:
        """How the bot logs in; empty: it does not."""
        if self.password:
            return sasl.PLAIN
        return sasl.EXTERNAL if self.has_certificate else ""

    @property
    def answer(self) -> bytes:
        """What it says then."""
        if self.mechanism == sasl.PLAIN:
            return sasl.plain(self.account or self.nick, self.password)
        return sasl.external(self.account)


def login_of(settings: Mapping[str, Any], account: Mapping[str, str]) -> Login:
    """Return as whom the bot comes.

    Args:
        settings: of the mesh, as `IrcSettings` has checked them.
        account: what the account of the mesh holds; empty: it has none.
    """
    nick = settings["nick"] or account.get("nick") or DEFAULT_NICK
    return Login(
        nick=nick,
        user=settings["user"] or nick,
        real_name=settings["real_name"],
        server_password=account.get("server_password", ""),
        account=account.get("account", ""),
        password=account.get("password", ""),
        has_certificate=bool(account.get("certificate")),
    )
