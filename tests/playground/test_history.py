from __future__ import annotations

from meshvisor.features.watch_party.protoo.rooms import ChatMessage
from meshvisor.playground.history import ACCEPTED, CHATS_KEPT, ChatLog, Connect, ConnectLog


def filled(count: int) -> ChatLog:
    """Return a log with so many messages, named by their position."""
    log = ChatLog()
    for number in range(count):
        log.add(ChatMessage("hello", id=str(number)))
    return log


def test_since_a_position() -> None:
    """Only what came at a position or later is returned, oldest first."""
    log = filled(5)

    assert [message.id for message in log.since(3)] == ["3", "4"]
    assert list(log.since(5)) == []
    assert len(list(log.since(0))) == 5


def test_old_messages_are_forgotten() -> None:
    """The log is bounded, and positions go on counting."""
    log = filled(CHATS_KEPT + 10)

    assert log.count == CHATS_KEPT + 10
    assert next(message.id for message in log.since(0)) == "10"
    assert [message.id for message in log.since(CHATS_KEPT + 9)] == [str(CHATS_KEPT + 9)]


def test_position_after_a_message() -> None:
    """The position after a message is where the next one comes, and 0 when it is unknown."""
    log = filled(5)

    assert log.position_after("3") == 4
    assert log.position_after("unknown") == 0


def test_connects_of_a_room() -> None:
    """Connects are returned by room or all together."""
    log = ConnectLog()
    lobby, cinema = Connect(1, "lobby", "1_a", ACCEPTED), Connect(2, "cinema", "1_a", 503)
    log.add(lobby)
    log.add(cinema)

    assert log.of("lobby") == [lobby]
    assert log.of() == [lobby, cinema]
    assert [connect.accepted for connect in log.of()] == [True, False]
