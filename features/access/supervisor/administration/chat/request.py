"""What a chat command is given: the request, and the services that carry it out."""

from __future__ import annotations

from typing import Final, NoReturn

import msgspec

from meshvisor.features.access.supervisor.administration.administration import Administration
from meshvisor.features.access.supervisor.administration.session import Session
from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.realm import DEFAULT, within
from meshvisor.shared.model.user_id import LONGEST_ANYWHERE
from meshvisor.shared.protocol.from_worker import AdminRequest
from meshvisor.supervisor.audit.log import Actor

LONGEST_NAME: Final = 64
"""Characters of a name in the audit log, whose entries have to stay small whatever a room says."""


class MisusedError(UsageError):
    """A command was written in a wrong way; the message is how it is used, as workers say it."""


class AdministrationServices(msgspec.Struct, frozen=True):
    """The services that carry it out."""

    administration: Administration
    session: Session


class ChatRequest(msgspec.Struct, frozen=True):
    """One use of an admin command."""

    mesh_id: str
    message: AdminRequest
    realm: str = DEFAULT
    """Of the mesh: whose admins and permissions it is about."""

    @property
    def actor(self) -> Actor:
        """Who asks, for the audit log."""
        user_id = self.message.user_id[:LONGEST_ANYWHERE]
        who = within(self.realm, user_id)
        name = self.message.user_name[:LONGEST_NAME]
        known_as = f"{who} ({name})" if name and name != user_id else who
        return Actor(known_as, self.mesh_id, who)

    @property
    def subject(self) -> str:
        """What it is about, for the audit log, as far as one can tell without looking closer."""
        people = (person.user_id[:LONGEST_NAME] for person in self.message.mentions)
        return " ".join([*people, *self.message.arguments])[:LONGEST_NAME]

    @property
    def arguments(self) -> tuple[str, ...]:
        """What was written behind the command, without mentions."""
        return self.message.arguments

    @property
    def everywhere(self) -> str:
        """In which meshes something holds that is decided here, in words."""
        return f"in every mesh of {self.realm}" if self.realm else "in every mesh"

    def example(self, text: str) -> str:
        """Return a command as people in this room write it."""
        return f"{self.message.prefix}{text}"

    def misused(self, *usages: str) -> NoReturn:
        """Say how the command is used.

        Raises:
            MisusedError: always.
        """
        raise MisusedError(f"Use: {' or '.join(self.example(usage) for usage in usages)}")
