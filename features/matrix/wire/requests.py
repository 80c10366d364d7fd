"""The requests of the client-server API that a bot makes: method, target and content.

Owns paths and their escaping.  Does not own who sends them (`worker.client`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

_API: Final = "/_matrix/client/v3"

VERSIONS: Final = "/_matrix/client/versions"


class Request(msgspec.Struct, frozen=True):
    """One request."""

    method: str
    target: str
    """Path and query, escaped."""
    content: Any = None
    """JSON; None: none."""
    has_token: bool = True

    @property
    def encoded(self) -> bytes | None:
        """The content as bytes; None: there is none."""
        return None if self.content is None else msgspec.json.encode(self.content)


def _target(*parts: str, query: Mapping[str, str] | None = None) -> str:
    path = "/".join((_API, *(quote(part, safe="") for part in parts)))
    return f"{path}?{urlencode(query)}" if query else path


def versions() -> Request:
    """Ask whether this is a homeserver."""
    return Request("GET", VERSIONS, has_token=False)


def well_known() -> Request:
    """Ask a domain where its homeserver is."""
    return Request("GET", "/.well-known/matrix/client", has_token=False)


def login_flows() -> Request:
    """Ask how one can log in."""
    return Request("GET", _target("login"), has_token=False)


def login(user: str, password: str, device: str, device_name: str) -> Request:
    """Log in.

    Args:
        user: its id, or the part of it behind the `@`.
        password: of it.
        device: id of the session; a token of an earlier one with the same id is void then.
        device_name: what people see of it.
    """
    content = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": user},
        "password": password,
        "device_id": device,
        "initial_device_display_name": device_name,
    }
    return Request("POST", _target("login"), content, has_token=False)


def who_am_i() -> Request:
    """Ask whose token it is."""
    return Request("GET", _target("account", "whoami"))


def resolve(alias: str) -> Request:
    """Ask which room an alias is of."""
    return Request("GET", _target("directory", "room", alias))


def join(room: str, via: tuple[str, ...]) -> Request:
    """Go into a room, by its id or an alias.

    Args:
        room: which.
        via: servers that are in it, where its own is not known.
    """
    target = _target("join", room)
    if via:
        target += "?" + urlencode(
            [("server_name", one) for one in via] + [("via", one) for one in via]
        )
    return Request("POST", target, {})


def joined_members(room: str) -> Request:
    """Ask who is in a room."""
    return Request("GET", _target("rooms", room, "joined_members"))


def state(room: str, kind: str, key: str = "") -> Request:
    """Ask for a state of a room."""
    parts = ("rooms", room, "state", kind, *([key] if key else []))
    return Request("GET", _target(*parts))


def sync(wanted: str, since: str | None, timeout: float) -> Request:
    """Ask what has happened, and wait until something has.

    Args:
        wanted: filter, as `sync_filter` makes it.
        since: where the last answer ended; None: from now on.
        timeout: seconds that the server may wait.
    """
    query = {"filter": wanted, "timeout": str(int(timeout * 1000)), "set_presence": "offline"}
    if since is not None:
        query["since"] = since
    return Request("GET", _target("sync", query=query))


def send(room: str, kind: str, transaction: str, content: Mapping[str, Any]) -> Request:
    """Say something; the same transaction again changes nothing and has the same answer."""
    return Request("PUT", _target("rooms", room, "send", kind, transaction), content)


def typing(room: str, user: str, milliseconds: int) -> Request:
    """Show that the bot is writing, for a while at most; 0: that it is not."""
    content: dict[str, Any] = {"typing": milliseconds > 0}
    if milliseconds:
        content["timeout"] = milliseconds
    return Request("PUT", _target("rooms", room, "typing", user), content)


_NOTHING: Final = {"not_types": ["*"]}

SEEN: Final = (
    "m.room.message",
    "m.room.member",
    "m.room.encryption",
    "m.room.tombstone",
    "m.room.topic",
    "m.room.redaction",
    "m.reaction",
)
"""Events of a room that a bot hears of."""


def sync_filter(room: str, *, typing: bool, limit: int) -> str:
    """Return what of one room a `/sync` is to bring.

    Members are loaded lazily: servers leave rooms whose state they do not know whole yet out of
    other syncs, and on Synapse one that waits costs four times as much each time it is woken.

    Args:
        room: its id.
        typing: whether the server sends who is writing.
        limit: events at most.
    """
    wanted = {
        "presence": _NOTHING,
        "account_data": _NOTHING,
        "room": {
            "rooms": [room],
            "account_data": _NOTHING,
            "ephemeral": {"types": ["m.typing"]} if typing else _NOTHING,
            "state": {"types": list(SEEN), "lazy_load_members": True},
            "timeline": {"types": list(SEEN), "limit": limit, "lazy_load_members": True},
        },
    }
    return msgspec.json.encode(wanted).decode()


def now_filter(room: str, nonce: str) -> str:
    """Return a filter for nothing of a room but where it is now.

    Args:
        room: its id.
        nonce: makes one filter unlike another: Synapse answers the same first question of an
            account with the same answer for two minutes (element-hq/synapse#15500).
    """
    wanted = {
        "presence": {**_NOTHING, "not_senders": [f"@{nonce}:invalid"]},
        "account_data": _NOTHING,
        "room": {
            "rooms": [room],
            "account_data": _NOTHING,
            "ephemeral": _NOTHING,
            "state": {**_NOTHING, "lazy_load_members": True},
            "timeline": {"types": ["m.room.create"], "limit": 1, "lazy_load_members": True},
        },
    }
    return msgspec.json.encode(wanted).decode()


def rooms_filter(nonce: str) -> str:
    """Return a filter for which rooms an account is in or invited to, and nothing else of them."""
    wanted = {
        "presence": {**_NOTHING, "not_senders": [f"@{nonce}:invalid"]},
        "account_data": _NOTHING,
        "room": {
            "account_data": _NOTHING,
            "ephemeral": _NOTHING,
            "state": {"types": ["m.room.create"]},
            "timeline": {"types": ["m.room.create"], "limit": 1},
        },
    }
    return msgspec.json.encode(wanted).decode()
