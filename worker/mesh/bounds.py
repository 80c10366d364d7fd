"""Bounds on what comes in, whatever transport brings it.

Owns how long and of which characters ids, names, places and texts are behind this point.  Strangers
choose most of them, servers may lie about the rest, and they are kept in databases, repeated in
rooms and shown on terminals.  Does not own what a network allows beyond that (its transport).
Called by the bot for everything that its transport delivers.
"""

from __future__ import annotations

import math
import re
from typing import Final

from msgspec.structs import replace

from meshvisor.shared.model.user_id import LONGEST_ANYWHERE
from meshvisor.shared.protocol.fields import LONGEST_NAME, as_name, as_sentence
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Checkpoint,
    Delivery,
    Incoming,
    Observed,
    Remark,
    TypingChanged,
    User,
    UserJoined,
    UserLeft,
)

LONGEST_ID: Final = 1_024
"""Characters of the id of a message, and of a place; one that is cut would be another."""

LONGEST_TEXT: Final = 64 * 1024
"""Characters of what a user says, as much as an event of Matrix has; what is longer is cut."""

LONGEST_KIND: Final = 64
"""Characters of a word such as `position`."""

MOST_MENTIONS: Final = 50
"""Users that one message mentions; further ones are passed over."""

_UNWANTED: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
"""Control characters but line ends and tabs, and halves of characters, which no writer takes."""


def bounded(incoming: Incoming) -> Incoming | None:
    """Return what came in, within bounds; the same object where it is so already.

    Names and texts are cut and cleaned.  None: it cannot be used, for the id of its user or its
    place is none; cut, it would be another user's.
    """
    match incoming:
        case ChatMessage():
            return _message(incoming)
        case Observed():
            return _observed(incoming)
        case UserJoined() | UserLeft() | TypingChanged():
            return _about_user(incoming)
        case Delivery():
            return _delivery(incoming)
        case Remark() if incoming.text != (text := as_sentence(incoming.text)):
            return Remark(text)
        case Checkpoint() | Remark():
            return incoming


# Private


def _message(message: ChatMessage) -> ChatMessage | None:
    user = _user(message.user)
    if user is None or not _is_id(message.place):
        return None
    fit = replace(
        message,
        id=_id(message.id) or "",
        user=user,
        text=_text(message.text),
        mentions=_mentions(message.mentions),
        reply_to=_id(message.reply_to),
        at=message.at if message.at is not None and math.isfinite(message.at) else None,
    )
    return message if fit == message else fit


def _observed(observed: Observed) -> Observed | None:
    user = None if observed.user is None else _user(observed.user)
    if (user is None) is not (observed.user is None) or not _is_id(observed.place):
        return None
    kind = as_name(observed.kind)[:LONGEST_KIND]
    if user is observed.user and kind == observed.kind:
        return observed
    return replace(observed, user=user, kind=kind)


def _about_user(event: UserJoined | UserLeft | TypingChanged) -> Incoming | None:
    user = _user(event.user)
    if user is event.user:
        return event
    return None if user is None else replace(event, user=user)


def _delivery(delivery: Delivery) -> Delivery | None:
    if not delivery.sent_id or not _is_id(delivery.sent_id):
        return None
    reason, state = as_sentence(delivery.reason), as_name(delivery.state)[:LONGEST_KIND]
    if (reason, state) == (delivery.reason, delivery.state):
        return delivery
    return Delivery(delivery.sent_id, state, reason)


def _user(user: User) -> User | None:
    if not 0 < len(user.id) <= LONGEST_ANYWHERE or not user.id.isprintable() or " " in user.id:
        return None
    if user.name and len(user.name) <= LONGEST_NAME and user.name.isprintable():
        return user
    name = as_name(user.name).strip() or user.id
    return user if name == user.name else replace(user, name=name)


def _mentions(users: tuple[User, ...]) -> tuple[User, ...]:
    if not users:
        return users
    return tuple(fit for one in users[:MOST_MENTIONS] if (fit := _user(one)) is not None)


def _is_id(text: str) -> bool:
    return len(text) <= LONGEST_ID and text.isprintable()


def _id(text: str | None) -> str | None:
    return text if text and _is_id(text) else None


def _text(text: str) -> str:
    return text if text.isprintable() and len(text) <= LONGEST_TEXT else _cut(text)


def _cut(text: str) -> str:
    return _UNWANTED.sub("", text[:LONGEST_TEXT])
