"""What comes in: the news of a room as events.

Owns what an event of the room means.  Does not own asking for news (`session`) nor who is there
(`members`).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from meshvisor.features.matrix.address import is_id
from meshvisor.features.matrix.wire.contents import answered, heard_text, is_edit, thread_of
from meshvisor.features.matrix.wire.events import (
    ANNOTATION,
    Event,
    Events,
    Room,
    mapping_of,
    read_events,
    text_of,
    texts_of,
)
from meshvisor.features.matrix.worker.members import Members
from meshvisor.shared.protocol.fields import as_sentence
from meshvisor.worker.logs.bound import bound_log
from meshvisor.worker.mesh.transport import (
    ChatMessage,
    Deliver,
    End,
    EndKind,
    Observed,
    TypingChanged,
    UserJoined,
    UserLeft,
)

MOST_EVENTS: Final = 100
"""Events of one answer.  More than that between two answers are left out by the server, the oldest
first, and the mesh's log says so."""

MOST_AUTHORS: Final = 500
"""Messages whose authors are remembered, to mention them in answers."""

MESSAGE: Final = "m.room.message"
MEMBER: Final = "m.room.member"

ENCRYPTED: Final = "the room is encrypted from now on, and the bot reads no encrypted messages"

log = bound_log(__name__)


class Incoming:
    """The news of one room.

    Args:
        own_id: the bot's.
        members: who is there.
        deliver: called for everything that comes in.
        handled: called before what follows from an event is delivered, with its id.
    """

    def __init__(
        self, own_id: str, members: Members, deliver: Deliver, handled: Callable[[str], None]
    ) -> None:
        self._own_id = own_id
        self._members = members
        self._deliver = deliver
        self._handled = handled
        self._authors: OrderedDict[str, str] = OrderedDict()
        self._typing: set[str] = set()

    def author(self, message_id: str | None) -> str | None:
        """Return who has said something; None: it is not known any more."""
        return self._authors.get(message_id or "")

    def take(self, room: Room, after: str, clock_ahead: float) -> End | None:
        """Take in what is new; return how the session ends, if that ends it.

        Args:
            room: the news.
            after: id of the last event of them that an earlier life has handled; empty: none.
            clock_ahead: seconds that the server's clock is ahead of this machine's.
        """
        events = list(read_events(room.timeline.events))
        came = self._own_coming(events)
        if room.timeline.limited:
            if came < 0:
                log.warning(
                    "More than %d events came at once; the oldest were not heard",
                    MOST_EVENTS,
                    event="timeline_gap",
                )
            for event in read_events(room.state.events):
                if (end := _end_of_room(event)) is not None:
                    return end
        for event in _behind(after, events[came + 1 :]):
            if (end := self._event(event, clock_ahead)) is not None:
                return end
        self._take_typing(room.ephemeral)
        return None

    def thrown_out(self, room: Room) -> End:
        """Return how the session ends: the bot is not in the room any more."""
        for event in read_events([*room.state.events, *room.timeline.events]):
            if event.type == MEMBER and event.state_key == self._own_id:
                return _own_end(event, self._own_id)
        return End(EndKind.KICKED, "the bot is not in the room any more")

    # Private

    def _own_coming(self, events: list[Event]) -> int:
        """Return the place of the event with which the bot has come into the room; -1: none.

        Dendrite may notice it only after it has said from where on there is news, and tells then
        what was said before: that is not for the bot.
        """
        return max(
            (
                i
                for i, event in enumerate(events)
                if event.type == MEMBER
                and event.state_key == self._own_id
                and event.text("membership") == "join"
                and event.membership_before != "join"
            ),
            default=-1,
        )

    def _event(self, event: Event, clock_ahead: float) -> End | None:
        match event.type:
            case "m.room.message":
                self._message(event, clock_ahead)
            case "m.room.member":
                if event.state_key == self._own_id:
                    is_out = event.text("membership") in {"leave", "ban"}
                    return _own_end(event, self._own_id) if is_out else None
                self._member(event)
            case "m.reaction":
                self._reaction(event)
            case "m.room.topic":
                self._observe("topic", event, {"topic": event.text("topic")})
            case "m.room.redaction":
                message_id = event.redacts or event.text("redacts")
                self._observe("deleted", event, {"message": message_id})
            case _:
                return _end_of_room(event)
        return None

    def _message(self, event: Event, clock_ahead: float) -> None:
        if event.sender == self._own_id or not is_id(event.sender) or not event.event_id:
            return
        self._remember(event)
        kind = event.text("msgtype")
        if is_edit(event) or not event.text("body"):
            return
        place = thread_of(event)
        if kind == "m.emote":
            self._observe("action", event, {"text": heard_text(event)}, place)
        if kind != "m.text":
            return  # notices are what bots say; two that answer each other would never end
        self._handled(event.event_id)
        mentioned = texts_of(mapping_of(event.content, "m.mentions"), "user_ids")
        self._deliver(
            ChatMessage(
                id=event.event_id,
                user=self._members.user(event.sender),
                text=heard_text(event),
                mentions=tuple(self._members.user(one) for one in mentioned if is_id(one)),
                reply_to=answered(event),
                place=place,
                at=event.origin_server_ts / 1000 - clock_ahead,
            )
        )

    def _remember(self, event: Event) -> None:
        self._authors[event.event_id] = event.sender
        while len(self._authors) > MOST_AUTHORS:
            self._authors.popitem(last=False)

    def _member(self, event: Event) -> None:
        came, left = self._members.took(event)
        if came is not None:
            self._handled(event.event_id)
            self._deliver(UserJoined(came))
        if left is not None:
            self._handled(event.event_id)
            self._deliver(UserLeft(left))

    def _reaction(self, event: Event) -> None:
        relation = event.relation
        if text_of(relation, "rel_type") == ANNOTATION:
            reaction = {
                "message": text_of(relation, "event_id"),
                "reaction": text_of(relation, "key")[:100],
            }
            self._observe("reaction", event, reaction)

    def _observe(self, kind: str, event: Event, data: dict[str, str], place: str = "") -> None:
        if event.sender != self._own_id and is_id(event.sender):
            self._handled(event.event_id)
            user = self._members.user(event.sender)
            self._deliver(Observed(kind, user, place, data))

    def _take_typing(self, ephemeral: Events) -> None:
        for event in read_events(ephemeral.events):
            if event.type != "m.typing":
                continue
            now = {one for one in texts_of(event.content, "user_ids") if one in self._members.users}
            for user_id in sorted(now ^ self._typing):
                user = self._members.user(user_id)
                self._deliver(TypingChanged(user, user_id in now))
            self._typing = now


def _behind(after: str, events: list[Event]) -> list[Event]:
    """Return the events behind one; all of them, where it is not among them.

    It is not where so much has happened since that it was left out as too old.
    """
    found = next((i for i, event in enumerate(events) if event.event_id == after), -1)
    return events[found + 1 :] if after else events


def _end_of_room(event: Event) -> End | None:
    """Return how the session ends if a room is not what it was any more."""
    match event.type:
        case "m.room.encryption" if event.state_key == "":
            return End(EndKind.LOST, ENCRYPTED)
        case "m.room.tombstone" if event.state_key == "":
            new = event.text("replacement_room") or "another one"
            return End(EndKind.ROOM_ENDED, f"the room was replaced by {new}")
    return None


def _own_end(event: Event, own_id: str) -> End:
    said = as_sentence(event.text("reason"))
    reason = f": {said}" if said else ""
    if event.text("membership") == "ban":
        return End(EndKind.KICKED, f"{event.sender} has banned the bot{reason}")
    if event.sender == own_id:
        return End(EndKind.CLOSED_FOR_GOOD, "the bot's account has left the room elsewhere")
    return End(EndKind.KICKED, f"{event.sender} has thrown the bot out{reason}")
