"""Who is in a room, from full lists that come now and then.

Owns the comparison of one list with the next.  Called by the protoo transport for every
`stateMessage`.
"""

from __future__ import annotations

from collections.abc import Iterable

from meshvisor.worker.mesh.transport import User


class Roster:
    """The people in one room, without the bot.

    Args:
        own_id: the bot's user id, which is left out.
    """

    def __init__(self, own_id: str) -> None:
        self.users: dict[str, User] = {}
        self.own_id = own_id
        self._own: User | None = None
        self._known = False

    def update(self, present: Iterable[User]) -> tuple[list[User], list[User]]:
        """Take over a full list; return who has joined and who has left since the one before.

        The first list only says who was there already: no user has joined then.
        """
        before, known = self.users, self._known
        self.users = {user.id: user for user in present}
        self._own = self.users.pop(self.own_id, None)
        self._known = True
        if not known:
            return [], []
        joined = [user for user in self.users.values() if user.id not in before]
        left = [user for user in before.values() if user.id not in self.users]
        return joined, left

    def find(self, user_id: str) -> User:
        """Return the user with this id, nameless if not in the list (it may be behind).

        The bot's own user id is found too: its account may speak from another device.
        """
        own = self._own if user_id == self.own_id else None
        return self.users.get(user_id) or own or User(user_id, user_id, authenticated=True)
