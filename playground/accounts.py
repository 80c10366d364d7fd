"""Who has logged in to this server: links that were sent, sessions and tokens that were issued.

Owns what a link goes through and what is valid.  Does not own the addresses (`login`).  Shared by
the login, by requests for a token, and by faults.

Everything is forgotten when the server ends.
"""

from __future__ import annotations

import hashlib
import math
import re
import secrets
from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from meshvisor.shared.clock import Clock

LINK_LIFETIME: Final = 600.0
"""Seconds that a link can be clicked: as long as a user needs to find a mail."""
LINKS_A_MINUTE: Final = 5
"""Links for one address within `MINUTE`; more would not be their owner's."""
MINUTE: Final = 60.0
"""Seconds."""
KEPT: Final = 1_000
"""Links, sessions and tokens remembered, of each; the oldest are forgotten first."""

CLICK: Final = "/auth/click"
"""What every link begins with."""

T = TypeVar("T")

_ADDRESS: Final = re.compile(r"[!-?A-~]{1,64}@[!-?A-~]{1,189}")
"""Printable ASCII with one at sign: enough for a server that sends no mail."""


class AddressError(ValueError):
    """What was given is no e-mail address; the message is a sentence."""


class TooManyLinksError(Exception):
    """Too many links for an address; `wait`: whole seconds until the next one may be sent."""

    def __init__(self, wait: int) -> None:
        super().__init__(f"too many links for this address; the next one in {wait} s")
        self.wait = wait


class LinkState(StrEnum):
    """What has become of a link."""

    PENDING = "pending"
    """Sent and not clicked yet."""
    AUTHENTICATED = "authenticated"
    """Clicked."""
    EXPIRED = "expired"
    """It was not clicked in time."""
    REFUSED = "refused"
    """The owner of the mailbox does not want it."""


@dataclass(frozen=True, slots=True)
class User:
    """A user with an account here; each e-mail address has one."""

    email: str

    @property
    def id(self) -> int:
        """The same for one address at every start of the server."""
        return 100_000 + int.from_bytes(self._digest[:4]) % 900_000

    @property
    def parse_id(self) -> str:
        """What sessions call the user."""
        return f"p{self._digest.hex()[:10]}"

    @property
    def handle(self) -> str:
        """The name of the user."""
        return self.email.partition("@")[0]

    @property
    def _digest(self) -> bytes:
        return hashlib.sha256(self.email.lower().encode()).digest()


@dataclass(slots=True)
class Link:
    """A link that was sent."""

    id: str
    """A client that logs in asks for it."""
    token: str
    """The end of the link itself, which only the receiver of the mail knows."""
    user: User
    expires_at: float
    """Seconds of the monotonic clock."""
    state: LinkState = LinkState.PENDING
    jwt: str = ""
    """What a click has earned."""


class Accounts:
    """All that was issued."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._links: dict[str, Link] = {}
        self._sent: dict[str, deque[float]] = {}
        self._clicked: dict[str, User] = {}  # by JWT
        self._sessions: dict[str, User] = {}  # by session token
        self._tokens: dict[str, User] = {}

    # ---- Links -------------------------------------------------------------------------------

    def send_link(self, email: str) -> Link:
        """Make a link for an address.

        Raises:
            AddressError: it is none.
            TooManyLinksError: there were `LINKS_A_MINUTE` of them within the last minute.
        """
        if not _ADDRESS.fullmatch(email):
            raise AddressError("email must be an address like bot@example.org")
        self._count(email.lower())
        link = Link(
            id=secrets.token_hex(8),
            token=secrets.token_urlsafe(24),
            user=User(email),
            expires_at=self._clock.monotonic() + LINK_LIFETIME,
        )
        _keep(self._links, link.id, link)
        return link

    def link(self, link_id: str) -> Link | None:
        """Return a link as it is by now; None: there is none, or it is forgotten."""
        return next((link for link in self.links() if link.id == link_id), None)

    def link_at(self, token: str) -> Link | None:
        """Return the link that ends with `token`; None: there is none."""
        given = token.encode()
        return next(
            (link for link in self.links() if secrets.compare_digest(link.token.encode(), given)),
            None,
        )

    def links(self, state: LinkState | None = None) -> list[Link]:
        """Return the links in one state, or all, oldest first."""
        now = self._clock.monotonic()
        for link in self._links.values():
            if link.state is LinkState.PENDING and now >= link.expires_at:
                link.state = LinkState.EXPIRED
        return [link for link in self._links.values() if state in {None, link.state}]

    def click(self, link: Link) -> bool:
        """Authenticate the client that waits for the link; False: it is not open any more."""
        if link.state is not LinkState.PENDING:
            return False
        link.state = LinkState.AUTHENTICATED
        link.jwt = secrets.token_urlsafe(32)
        _keep(self._clicked, link.jwt, link.user)
        return True

    def seconds_left(self, link: Link) -> float:
        """Return for how long a link can still be clicked."""
        return max(0.0, link.expires_at - self._clock.monotonic())

    def settle_links(self, state: LinkState) -> int:
        """Have all open links end in `state`; return how many."""
        pending = self.links(LinkState.PENDING)
        for link in pending:
            if state is LinkState.AUTHENTICATED:
                self.click(link)
            link.state = state
        return len(pending)

    def _count(self, email: str) -> None:
        now = self._clock.monotonic()
        sent = self._sent.setdefault(email, deque(maxlen=LINKS_A_MINUTE))
        if len(sent) == LINKS_A_MINUTE and now - sent[0] < MINUTE:
            raise TooManyLinksError(math.ceil(MINUTE - (now - sent[0])))
        sent.append(now)
        _keep(self._sent, email, sent)

    # ---- Sessions and tokens -----------------------------------------------------------------

    def open_session(self, jwt: str) -> tuple[User, str] | None:
        """Return the user of a click and a new session; None: there was no click for this."""
        if (user := self._clicked.get(jwt)) is None:
            return None
        session = secrets.token_hex(16)
        _keep(self._sessions, session, user)
        return user, session

    def log_in(self, parse_id: str, session: str) -> str | None:
        """Return a new token for a session; None: the session is not valid."""
        user = self._sessions.get(session.removeprefix("r:"))
        if user is None or user.parse_id != parse_id:
            return None
        token = secrets.token_urlsafe(32)
        _keep(self._tokens, token, user)
        return token

    def user_of(self, token: str) -> User | None:
        """Return whose token it is; None: it was not issued here, or is not valid any more."""
        return self._tokens.get(token.removeprefix("r:"))

    def log_out(self, *, keep_sessions: bool = False) -> int:
        """Make every token invalid, and every session unless they are kept; return how many."""
        gone = list(self._tokens)
        self._tokens.clear()
        if not keep_sessions:
            gone += self._sessions
            self._sessions.clear()
            self._clicked.clear()
        return len(gone)


def link_address(base: str, link: Link) -> str:
    """Return the link itself, on a server whose REST addresses begin with `base`."""
    return f"{base}{CLICK}/{link.token}"


def _keep(store: dict[str, T], key: str, value: T) -> None:
    store[key] = value
    while len(store) > KEPT:
        del store[next(iter(store))]
