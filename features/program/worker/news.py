"""What a program tells of its mesh, as the bot takes it; without I/O.

Owns what becomes of each message of a program that is about the mesh and not about the program.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.program.worker.messages import (
    Came,
    Delivered,
    FromProgram,
    Noticed,
    ProgramTraits,
    Reached,
    Said,
    Types,
    Went,
)
from meshvisor.features.program.worker.people import People
from meshvisor.features.program.worker.reading import MalformedLineError
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Checkpoint,
    Delivery,
    Incoming,
    Observed,
    TypingChanged,
    UserJoined,
    UserLeft,
)

MOST_MENTIONS: Final = 50
"""Users that one message may mention; further ones are left out."""


def incoming(message: FromProgram, people: People, traits: ProgramTraits) -> Incoming | None:
    """Return what a message tells the bot, and note who came and went; None: it tells nothing.

    Raises:
        MalformedLineError: it cannot be said where an answer would go.
    """
    match message:
        case Said():
            return _said(message, people, traits)
        case Came(user=user):
            return UserJoined(people.find(user)) if people.came(user) else None
        case Went(user=user):
            return UserLeft(people.find(user)) if people.went(user) else None
        case Types(user=user, on=on):
            return TypingChanged(people.find(user), on) if user.id != people.own_id else None
        case Noticed(kind=kind, user=user, place=place, data=data):
            who = people.find(user) if user is not None else None
            return Observed(kind, who, place or "", data)
        case Delivered(sent_id=sent_id, state=state, reason=reason):
            return Delivery(sent_id, state, as_sentence(reason))
        case Reached(token=token):
            return Checkpoint(token)
        case _:
            return None


# Private


def _said(message: Said, people: People, traits: ProgramTraits) -> ChatMessage | None:
    if message.user.id == people.own_id:
        return None  # a bot that answers itself does so for ever
    place = message.place or ""
    if message.direct and not place:
        # Never the mesh's own room: others would read the answer.
        place = traits.direct_place(message.user.id)
        if not place:
            raise MalformedLineError("message: it is direct, and has no place")
    return ChatMessage(
        id=message.id or "",
        user=people.find(message.user),
        text=message.text,
        mentions=tuple(map(people.find, message.mentions[:MOST_MENTIONS])),
        reply_to=message.reply_to or None,
        place=place,
        is_direct=message.direct,
        at=message.at,
    )
