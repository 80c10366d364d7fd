"""Who is in the room.

Owns members and their names.  Does not own what they say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meshvisor.features.matrix.address import is_id
from meshvisor.features.matrix.wire.events import Event, Profile
from meshvisor.shared.protocol.fields import as_name
from meshvisor.worker.mesh.transport import User

MOST: Final = 10_000
"""Members that are kept; of further ones only what they say is passed on."""


class Members:
    """The members of one room, without the bot.

    Args:
        own_id: the bot's.
        listed: all members, as the server lists them.
    """

    def __init__(self, own_id: str, listed: Mapping[str, Profile]) -> None:
        self._own_id = own_id
        self.users: dict[str, User] = {}
        """By id."""
        self.replace(listed)

    def replace(self, listed: Mapping[str, Profile]) -> None:
        """Take over a new list of all members."""
        self.users.clear()
        for user_id, profile in listed.items():
            self._add(user_id, profile.display_name or "")

    def user(self, user_id: str) -> User:
        """Return a user, who need not be here any more."""
        return self.users.get(user_id) or _user(user_id, "")

    def took(self, event: Event) -> tuple[User | None, User | None]:
        """Take in an `m.room.member`; return who has come and who has left."""
        user_id = event.state_key
        if not is_id(user_id) or user_id is None or user_id == self._own_id:
            return None, None
        if event.text("membership") == "join":
            is_news = user_id not in self.users
            added = self._add(user_id, event.text("displayname"))
            return (added if is_news else None), None
        return None, self.users.pop(user_id, None)

    # Private

    def _add(self, user_id: str, name: str) -> User | None:
        if user_id == self._own_id or not is_id(user_id):
            return None
        if user_id not in self.users and len(self.users) >= MOST:
            return None
        self.users[user_id] = added = _user(user_id, name)
        return added


def _user(user_id: str, name: str) -> User:
    # A homeserver vouches for its users, and the one of the bot for other servers.
    return User(user_id, as_name(name).strip() or user_id, authenticated=True)
