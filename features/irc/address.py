"""Where an IRC server is, as `server` of an entry says it.

`irc.example.org`, `irc.example.org:6697`, `[2001:db8::1]:6697`: with TLS.  `irc://host:6667`:
without, which has to be said.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

TLS_PORT: Final = 6697
"""RFC 7194."""
PLAIN_PORT: Final = 6667

PLAIN: Final = "irc://host:port"
"""How a server without TLS is written."""

_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>ircs?)://)?(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?/?"
)

WANTED: Final = (
    "must be host, host:port or [IPv6]:port, which are reached with TLS, or irc://host:port "
    "for a server without"
)


class Endpoint(msgspec.Struct, frozen=True):
    """A server."""

    host: str
    port: int
    tls: bool

    def __str__(self) -> str:
        """Return it as `server` says it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'ircs' if self.tls else 'irc'}://{host}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """Read a server.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(WANTED)
    tls = found["scheme"] != "irc"
    port = int(found["port"] or (TLS_PORT if tls else PLAIN_PORT))
    if not 0 < port < 65_536:
        raise ValueError(f"{WANTED}; ports are 1 to 65535")
    return Endpoint(found["v6"] or found["host"], port, tls)


def check_server(text: str) -> str:
    """Return a server as it is meant: `ircs://host:port`.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    return str(endpoint(text))
