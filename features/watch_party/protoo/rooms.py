"""The watch-party rooms that are spoken on top of protoo: names, periods, chat and state.

Owns what chat and state messages carry.  Does not own connections.  The worker's transport, the
playground and `meshvisor chat` read and write rooms through it.  Everything that is read comes
from a foreign server, so wrong shapes are left out rather than raised.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec

from meshvisor.shared.foreign_json import decode_object

FULLY_JOINED: Final = "fullyJoined"
"""Request of a peer after it has connected; only then is it in the room."""
CLIENT_PING: Final = "clientPing"
"""Request that a peer repeats every `CLIENT_PING_INTERVAL`."""
CHAT: Final = "chatMessage"
"""Notification in both directions."""
TYPING: Final = "typing"
TYPING_STOP: Final = "typing_stop"
POSITION: Final = "position"
"""Notification to all peers where one of them is; only the playground sends it."""
STATE: Final = "stateMessage"
"""Notification to all peers whenever who is in the room changes."""
KICKED: Final = "kicked"
"""Notification to the one peer that is thrown out."""
ENDED: Final = "disconnected"
"""Notification to all peers: the server has ended the room, mostly because it is empty."""

CLIENT_PING_INTERVAL: Final = 6.0
"""Seconds between two `clientPing` requests of the platform's own client."""

_MENTION: Final = re.compile(r"@([\w-]+)")


class RoomUser(msgspec.Struct, frozen=True):
    """Someone who is in a room or is mentioned there."""

    id: str
    """As text, though the platform writes numbers: it is compared and stored as text."""
    handle: str
    """What people see; empty when the server did not say."""

    def to_data(self) -> dict[str, Any]:
        """Return the JSON object of the platform, with a number as the id where it is one."""
        number = self.id.isascii() and self.id.isdecimal()
        return {"id": int(self.id) if number else self.id, "handle": self.handle}


class ChatMessage(msgspec.Struct, frozen=True):
    """One chat message; the platform's field names are in `to_data`."""

    text: str
    id: str = ""
    """Given by the sender; a server fills in a missing one."""
    sender: str = ""
    """Peer id, `userId_deviceId`; filled in by the server."""
    reply: str | None = None
    """Id of the message that this one answers."""
    mentions: tuple[RoomUser, ...] = ()
    media: Any = None
    detected_lang: str | None = None
    translations: dict[str, Any] = msgspec.field(default_factory=dict)

    @property
    def sender_id(self) -> str:
        """The user id of the sender."""
        return user_id(self.sender)

    def to_data(self) -> dict[str, Any]:
        """Return the data of a `chatMessage`."""
        return {
            "id": self.id,
            "from": self.sender,
            "chat": self.text,
            "reply": self.reply,
            "user_metas": [user.to_data() for user in self.mentions],
            "media": self.media,
            "detected_lang": self.detected_lang,
            "translations": self.translations,
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> ChatMessage | None:
        """Return the message in the data of a `chatMessage`, or None when it has no text."""
        text = data.get("chat")
        if not isinstance(text, str):
            return None
        translations = data.get("translations")
        return cls(
            text,
            id=_text(data.get("id")) or "",
            sender=_text(data.get("from")) or "",
            reply=_text(data.get("reply")),
            mentions=read_users(data.get("user_metas")),
            media=data.get("media"),
            detected_lang=_text(data.get("detected_lang")),
            translations=translations if isinstance(translations, dict) else {},
        )


class RoomState(msgspec.Struct, frozen=True):
    """Who is in a room and what it shows."""

    users: tuple[RoomUser, ...] = ()
    mesh_state: Any = None
    """What is being watched; its shape is the platform's business."""

    def to_data(self) -> dict[str, Any]:
        """Return the data of a `stateMessage`: a JSON text inside the JSON object."""
        users = [user.to_data() for user in self.users]
        state = {"users": users, "mesh_state": self.mesh_state}
        return {"state": json.dumps(state, separators=(",", ":"), ensure_ascii=False)}

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> RoomState | None:
        """Return the state in the data of a `stateMessage`, or None when there is none.

        The text is looked for under any key, and the fields beside it are taken too: what a
        server calls the key is written down nowhere.
        """
        for candidate in (data, *map(_object, data.values())):
            if candidate is not None and isinstance(candidate.get("users"), list):
                return cls(read_users(candidate["users"]), candidate.get("mesh_state"))
        return None


def user_id(peer_id: str) -> str:
    """Return the user id in a peer id: what is before the first underscore."""
    return peer_id.split("_", 1)[0]


def mentioned(text: str, users: Iterable[RoomUser]) -> tuple[RoomUser, ...]:
    """Return those of `users` who are named as `@handle` in a text; case does not matter."""
    if "@" not in text:
        return ()
    handles = {handle.casefold() for handle in _MENTION.findall(text)}
    return tuple(user for user in users if user.handle.casefold() in handles)


def read_users(value: object) -> tuple[RoomUser, ...]:
    """Return the users in a JSON list, leaving out what is none."""
    if not isinstance(value, list):
        return ()
    return tuple(_users(value))


def _users(values: Iterable[object]) -> Iterable[RoomUser]:
    for value in values:
        if isinstance(value, dict) and (identity := _text(value.get("id"))):
            yield RoomUser(identity, _text(value.get("handle")) or "")


def _object(value: object) -> dict[str, Any] | None:
    if isinstance(value, str):
        return decode_object(value)
    return value if isinstance(value, dict) else None


def _text(value: object) -> str | None:
    # Ids are numbers in one place and text in another; a bool is a number only to Python.
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None
