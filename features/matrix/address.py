"""Where a homeserver is, as `server` of an entry says it, and what rooms are called.

`https://matrix.example.org`, `matrix.example.org`, `matrix.example.org:8448`: with TLS.
`http://host:8008`: without, which has to be said.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

TLS_PORT: Final = 443
PLAIN_PORT: Final = 80

PLAIN: Final = "http://host:port"
"""How a server without TLS is written."""

LONGEST_ID: Final = 255
"""Characters of a user or room id (specification, appendix 4.2: bytes)."""

_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>https?)://)?(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[A-Za-z0-9._-]+))"
    r"(?::(?P<port>[0-9]{1,5}))?(?P<path>(?:/[A-Za-z0-9._~-]+)*)/?"
)

_ROOM: Final = re.compile(r"![^\s:]+(?::\S+)?")
"""Since room version 12, ids have no server."""

_ALIAS: Final = re.compile(r"#[^\s:]+:\S+")

WANTED: Final = (
    "must be the address of a homeserver, such as https://matrix.example.org, or http://host:port "
    "for one without TLS"
)


class Homeserver(msgspec.Struct, frozen=True):
    """Where the client-server API of a homeserver is."""

    host: str
    port: int
    tls: bool
    path: str = ""
    """In front of `/_matrix`; without a slash at its end."""

    @property
    def authority(self) -> str:
        """Host and port as a request names them; the usual port is left out."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        usual = TLS_PORT if self.tls else PLAIN_PORT
        return host if self.port == usual else f"{host}:{self.port}"

    def __str__(self) -> str:
        """Return it as `server` says it."""
        return f"{'https' if self.tls else 'http'}://{self.authority}{self.path}"


def homeserver(text: str) -> Homeserver:
    """Read a server.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(WANTED)
    tls = found["scheme"] != "http"
    port = int(found["port"] or (TLS_PORT if tls else PLAIN_PORT))
    if not 0 < port < 65_536:
        raise ValueError(f"{WANTED}; ports are 1 to 65535")
    return Homeserver(found["v6"] or found["host"], port, tls, found["path"])


def check_server(text: str) -> str:
    """Return a server as it is meant: `https://host`.

    Raises:
        ValueError: it is none; the message begins with "must".
    """
    return str(homeserver(text))


def check_room(text: str) -> str:
    """Return a room as it is meant: its id or an alias.

    Raises:
        ValueError: it is neither; the message begins with "must".
    """
    is_room = _ROOM.fullmatch(text) or _ALIAS.fullmatch(text)
    if not is_room or len(text) > LONGEST_ID or not text.isprintable():
        raise ValueError(
            "must be the id of a room, such as !abc:example.org, or an address of one, such as "
            "#room:example.org"
        )
    return text


def is_alias(room: str) -> bool:
    """Say whether a room is called by an alias, which may be another room's tomorrow."""
    return room.startswith("#")


def is_id(text: object) -> bool:
    """Say whether this can be a user id; servers are foreign."""
    return (
        isinstance(text, str)
        and text.startswith("@")
        and ":" in text
        and len(text) <= LONGEST_ID
        and text.isprintable()
        and " " not in text
    )
