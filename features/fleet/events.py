"""The kinds of events of meshes (docs/events.md): one for each state, and what workers report."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice
from meshvisor.shared.model.mesh import MeshState

_DATA: Final = {
    "before": "the state before",
    "error": "what has led to it; null: no error has",
}

_TROUBLE: Final = "mesh {subject}"

_NOTICES: Final = {
    MeshState.FAILED: Notice(
        title="Mesh {subject} has failed",
        many="{count} meshes have failed",
        text="{error}",
        trouble=_TROUBLE,
    ),
    MeshState.CONNECTED: Notice(
        title="Mesh {subject} is connected again",
        many="{count} meshes are connected again",
        severity="info",
        ends=(_TROUBLE,),
    ),
}

STATES: Final = MappingProxyType(
    {
        state: EventKind(
            f"mesh.{state}",
            f"The state of a mesh has become `{state}`.",
            "the mesh",
            _DATA,
            notice=_NOTICES.get(state),
        )
        for state in MeshState
    }
)

KEEP_DAYS: Final = 2.0
"""Of what workers report: it is much, and soon of no use."""

USAGE: Final = EventKind(
    "mesh.usage",
    "Commands were used in a room; those of some seconds together.",
    "the mesh",
    {"commands": "number of uses by command"},
    KEEP_DAYS,
)

_USER: Final = {"user_name": "what the user is called"}

ROOM: Final = MappingProxyType(
    {
        "message": EventKind(
            "message.received",
            "A user has said something in a room.",
            "the user's id",
            {
                **_USER,
                "message_id": "its id in the room",
                "text": "what, cut at 32,768 characters",
                "mentions": "ids of the users whom it names",
                "reply_to": "id of the message that it answers; null: none",
                "place": "where, in the network's words; empty: the mesh's own room",
                "is_direct": "whether it was said to the bot alone",
                "at": "when it was said, epoch seconds; null: the network does not tell",
            },
            KEEP_DAYS,
        ),
        "command": EventKind(
            "bot.triggered",
            "A user has used a command of a bot, and may.",
            "the user's id",
            {
                **_USER,
                "command": "its name",
                "arguments": "what was written behind it, cut at 32,768 characters",
                "message_id": "id of the message in the room",
                "place": "where, in the network's words; empty: the mesh's own room",
                "is_direct": "whether it was said to the bot alone",
            },
            KEEP_DAYS,
        ),
        "join": EventKind(
            "user.joined", "A user has come into a room.", "the user's id", _USER, KEEP_DAYS
        ),
        "leave": EventKind(
            "user.left", "A user has left a room.", "the user's id", _USER, KEEP_DAYS
        ),
        "typing": EventKind(
            "user.typing",
            "A user has begun or stopped to write.",
            "the user's id",
            {**_USER, "typing": "whether they write now"},
            KEEP_DAYS,
        ),
        "observed": EventKind(
            "mesh.observed",
            "A network tells of something else: a node, a position, telemetry, a reaction.",
            "the id of the user whom it is about; empty: none",
            {
                **_USER,
                "kind": "a word of the network, such as `position`",
                "place": "where; empty: the mesh's own room",
                "details": "what, in the network's own fields; empty, where these are more than "
                "64 KiB",
            },
            KEEP_DAYS,
        ),
        "delivery": EventKind(
            "delivery.changed",
            "A network tells what became of a message that the bot has sent.",
            "empty",
            {
                "message_id": "its id",
                "state": "`on_air`, `delivered` or `failed`",
                "reason": "why it failed; empty: it did not, or it is unknown",
            },
            KEEP_DAYS,
        ),
    }
)
"""By what workers call them.  There are such events only while a subscriber wants them by name."""

SAID: Final = EventKind(
    "message.said",
    "An operator has had the bot say something.",
    "the mesh",
    {"text": "what", "user_id": "for whom; missing: for everybody"},
    KEEP_DAYS,
)

KINDS: Final = (*STATES.values(), USAGE, *ROOM.values(), SAID)
