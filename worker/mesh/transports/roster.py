"""Who is in a room, from full lists that come now and then.

Owns the comparison of one list with the next.  Called by the protoo transport for every
`stateMessage`.
"""

from __future__ import annotations

from collections.abc import Iterable

from worker.mesh.transports.base import User


class Roster:
    """The people in one room, without the bot.

    Args:
        own_id: the bot's user id, which is left out.
    """

    def __init__(self, own_id: str) -> None:
        self.users: dict[str, User] = {}
        self._own_id = own_id
        self._known = False

    def update(self, present: Iterable[User]) -> tuple[list[User], list[User]]:
        """Take over a full list; return who has joined and who has left since the one before.

        The first list only says who was there already: nobody has joined then.
        """
        before, known = self.users, self._known
        self.users = {user.id: user for user in present if user.id != self._own_id}
        self._known = True
        if not known:
            return [], []
        joined = [user for user in self.users.values() if user.id not in before]
        left = [user for user in before.values() if user.id not in self.users]
        return joined, left

    def find(self, user_id: str) -> User:
        """Return the user with this id, nameless if not in the list (it may be behind)."""
        return self.users.get(user_id) or User(user_id, user_id)
