"""What the directory holds, in any backend.

Owns the values.  Does not own how they are stored (`documents`, `sqlite`, `mongodb`) nor what
may be done with them (`directory`).  Moments are aware and UTC, to the millisecond: databases
keep no more, and a moment has to survive the way there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import msgspec
from pydantic import SecretStr

from meshvisor.shared.logs.secrets import remember
from meshvisor.shared.model.realm import DEFAULT, within

NO_SECRET: Final = SecretStr("")

LONGEST_ID: Final = 64
"""Characters of an `_id` that a flaw repeats; in a database it may be as long as a book."""

LONGEST_REASON: Final = 240
"""Characters of what is wrong, which may repeat a name from the database."""


@dataclass(frozen=True, slots=True)
class Account:
    """The bot's account on the mesh platform; secrets print as asterisks."""

    peer_id: str
    """`userId_deviceId`: what the bot is called in a room."""
    updated_at: datetime
    """When it was last changed; of two copies the newer one counts."""
    email: str = ""
    device_id: str = ""
    ssaid: str = ""
    """A second id of the device, which some platforms ask for."""
    parse_id: str = ""
    parse_token: SecretStr = NO_SECRET
    """The session that a magic link gave; logs in again without another link."""
    auth_token: SecretStr = NO_SECRET
    """Sent as a bearer token.  Like `parse_token` without a leading `r:`."""
    user_id: str = ""
    """Left out: the part of the peer id before its underscore."""

    def __post_init__(self) -> None:
        if not self.user_id:
            object.__setattr__(self, "user_id", self.peer_id.partition("_")[0])
        remember((self.parse_token, self.auth_token, self.ssaid))


@dataclass(frozen=True, slots=True)
class Admin:
    """A user who may use admin commands in every mesh of a realm."""

    user_id: str
    added_at: datetime | None
    """None: unknown; another program has made them one."""
    added_by: str | None = None
    """The admin, as of `id`; None: the operator did, at the command line."""
    is_active: bool = True
    """False: was one, and is no more."""
    realm: str = DEFAULT
    """Where the user id means them."""

    @property
    def id(self) -> str:
        """The user, distinct from those of other realms."""
        return within(self.realm, self.user_id)


@dataclass(frozen=True, slots=True)
class Permission:
    """The permission of a command, instead of its default."""

    command: str
    requires_admin: bool
    updated_at: datetime | None
    """None: unknown; another program has decided it."""
    updated_by: str | None = None
    """The admin, as of `Admin.id`; None: the operator did, at the command line."""
    description: str = ""
    is_broken: bool = False
    """It was not decided: its document cannot be used, which keeps it for admins."""
    realm: str = DEFAULT
    """Where it holds; the platform's: everywhere but where another one is about the command."""

    @property
    def id(self) -> str:
        """The command, distinct from that of other realms."""
        return within(self.realm, self.command)


class Flaw(msgspec.Struct, frozen=True):
    """A document that cannot be used."""

    collection: str
    id: str
    """Its `_id`, as text."""
    why: str
    """What was found and what is allowed."""
    closes: tuple[str, ...] = ()
    """Commands, as of `Permission.id`, that it keeps for admins until it is corrected."""
    own: str = ""
    """The command that is its `_id`: deciding about that one writes the document anew."""

    def keeps_closed(self, command: str) -> bool:
        """Say whether it goes on to keep a command for admins, whatever is decided about it."""
        key = command.casefold()
        return key != self.own.casefold() and key in map(str.casefold, self.closes)

    def __str__(self) -> str:
        return f"{self.collection} {self.id[:LONGEST_ID]!r}: {self.why:.{LONGEST_REASON}}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything that the directory held at one moment."""

    account: Account | None = None
    """None: the directory has none, or its document has a flaw."""
    admins: Sequence[Admin] = ()
    """By id, with those who are admins no more."""
    permissions: Sequence[Permission] = ()
    """By id."""
    flaws: Sequence[Flaw] = ()
    version: object = field(default=None, compare=False)
    """What its backend recognises this state by; see `Backend.wait_for_change`."""


def to_millisecond(moment: datetime) -> datetime:
    """Return a moment in UTC without what is smaller than a millisecond."""
    utc = moment.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)


def from_epoch(seconds: float) -> datetime:
    """Return the moment of an epoch time, to the millisecond."""
    return to_millisecond(datetime.fromtimestamp(seconds, UTC))
