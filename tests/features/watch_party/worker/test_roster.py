"""Joins and leaves from full lists."""

from __future__ import annotations

from meshvisor.features.watch_party.worker.roster import Roster
from meshvisor.worker.mesh.transport import User

ANN, BOB, BOT = User("1", "ann"), User("2", "bob"), User("9", "bot")


def test_the_first_list_is_no_news() -> None:
    """A user who was there before the bot has not joined."""
    roster = Roster("9")
    assert roster.update([ANN, BOT]) == ([], [])
    assert roster.users == {"1": ANN}


def test_differences_are_joins_and_leaves() -> None:
    """Later lists tell who came and who went."""
    roster = Roster("9")
    roster.update([ANN])
    assert roster.update([BOB]) == ([BOB], [ANN])
    assert roster.update([BOB]) == ([], [])


def test_the_bot_itself_never_joins_or_leaves() -> None:
    """The bot's own coming and going is no event."""
    roster = Roster("9")
    roster.update([])
    assert roster.update([BOT]) == ([], [])
    assert roster.update([]) == ([], [])


def test_an_unknown_user_is_named_by_id() -> None:
    """A message may come from a user whom no list has named yet."""
    roster = Roster("9")
    roster.update([ANN])
    assert roster.find("1") is ANN
    assert roster.find("5") == User("5", "5", authenticated=True)
