"""Who is in the mesh, as far as its program has said.

Owns names that can be shown, and that there is an end to how many are kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from meshvisor.features.program.worker.messages import Person
from meshvisor.shared.protocol.fields import as_name
from meshvisor.worker.mesh.transport import User

MOST: Final = 10_000
"""Users that are kept; of further ones only what they say and do is passed on."""


class People:
    """The users of one mesh, without the bot."""

    def __init__(self) -> None:
        self.own_id = ""
        self.users: dict[str, User] = {}

    def begin(self, bot: Person, present: Iterable[Person]) -> None:
        """Note who the bot is, and who is there already."""
        self.own_id = bot.id
        for person in present:
            self.came(person)

    def came(self, person: Person) -> bool:
        """Note a user; False: they were known to be there, or are the bot."""
        if person.id == self.own_id:
            return False
        was_known = person.id in self.users
        if was_known or len(self.users) < MOST:
            self.users[person.id] = _user(person)
        return not was_known

    def went(self, person: Person) -> bool:
        """Forget a user; False: they were not known to be there, or are the bot."""
        return self.users.pop(person.id, None) is not None

    def find(self, person: Person) -> User:
        """Return a user as handlers see them; a name that is missing may be known."""
        known = self.users.get(person.id)
        if not person.name and known is not None:
            return User(known.id, known.name, person.authenticated)
        return _user(person)


def _user(person: Person) -> User:
    return User(person.id, as_name(person.name).strip() or person.id, person.authenticated)
