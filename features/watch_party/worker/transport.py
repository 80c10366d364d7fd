"""Watch-party rooms over protoo: the meshes that people watch videos in.

Owns getting a WebSocket into the room and handing it to a `ConnectionSession`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from meshvisor.features.watch_party.protoo.client import API_VERSION, room_address
from meshvisor.features.watch_party.protoo.messages import SUBPROTOCOL
from meshvisor.features.watch_party.protoo.peer import RequestFailedError
from meshvisor.features.watch_party.worker.refusals import (
    CONNECT_ERRORS,
    failed_request,
    join_error,
)
from meshvisor.features.watch_party.worker.session import ConnectionSession
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.shared.protocol.to_worker import Credentials
from meshvisor.shared.version import VERSION
from meshvisor.worker.mesh.timings import Timings
from meshvisor.worker.mesh.transport import (
    MAIN,
    CannotEditError,
    Deliver,
    End,
    EndKind,
    JoinError,
    Joining,
    Limits,
    Manners,
    MeshAddress,
    NoSuchPlaceError,
    NotInMeshError,
    SentAwayError,
    Traits,
    User,
)

MAX_CHAT_BYTES: Final = 4096
"""UTF-8 bytes of one chat message: about a screen of text on a phone.  The server would take
more, people would not."""

TRAITS: Final = Traits(replies=True, typing=True)
LIMITS: Final = Limits(MAX_CHAT_BYTES)
MANNERS: Final = Manners()


def make(mesh: MeshAddress, timings: Timings) -> WatchPartyRoom:
    """Make the transport of one room; `TransportKind.entry`."""
    return WatchPartyRoom(mesh.room, mesh.server, timings)


class WatchPartyRoom:
    """One watch-party room (implements `Transport`).

    Args:
        room: its id.
        server: `ws://` or `wss://` address without a query.
        timings: how long to wait for what.
    """

    def __init__(self, room: str, server: str, timings: Timings) -> None:
        self._room = room
        self._server = server
        self._timings = timings
        self._session: ConnectionSession | None = None

    @property
    def traits(self) -> Traits:
        """What watch-party rooms can do."""
        return TRAITS

    @property
    def manners(self) -> Manners:
        """Rooms set no pace."""
        return MANNERS

    @property
    def own_id(self) -> str:
        """The bot's user id."""
        return self._session.roster.own_id if self._session is not None else ""

    @property
    def users(self) -> Mapping[str, User]:
        """Who is in the room, by user id."""
        return self._session.roster.users if self._session is not None else {}

    @property
    def is_present(self) -> bool:
        """Whether a message could be sent now."""
        return self._session is not None and not self._session.over

    def limits(self, place: str) -> Limits:
        """Return what fits into a chat message."""
        return LIMITS

    async def join(self, joining: Joining, deliver: Deliver) -> None:
        """Connect and tell the room that the bot is there; see `Transport.join`.

        Rooms do not say what was said before, so there is nothing to resume.
        """
        credentials = joining.credentials
        address = room_address(self._server, self._room, credentials.peer_id)
        session = ConnectionSession(address, credentials.peer_id, deliver, self._timings)
        await self._open(session, credentials)
        try:
            await self._enter(session)
        except BaseException:
            await session.leave("not joined", politely=False)
            raise
        self._session = session

    async def ended(self) -> End:
        """Return when the session is over."""
        assert self._session is not None
        return await self._session.ended()

    async def leave(self, reason: str, *, politely: bool = True) -> None:
        """End the session, if there is one."""
        if self._session is not None:
            await self._session.leave(reason, politely=politely)

    async def say(self, text: str, place: str = MAIN, reply_to: str | None = None) -> str | None:
        """Send one chat message, and return its id."""
        return await self._present().say(text, reply_to)

    async def edit(self, sent_id: str, text: str, place: str = MAIN) -> None:
        """Rooms cannot change a message."""
        raise CannotEditError(sent_id)

    async def direct_place(self, user_id: str) -> str:
        """Refuse: no user can be written to alone."""
        raise NoSuchPlaceError(user_id)

    async def show_typing(self, typing: bool, place: str = MAIN) -> None:
        """Send `typing` or `typing_stop`."""
        await self._present().show_typing(typing)

    # Private

    def _present(self) -> ConnectionSession:
        if self._session is None or self._session.over:
            raise NotInMeshError(f"the bot is not in {self._room}")
        return self._session

    async def _open(self, session: ConnectionSession, credentials: Credentials) -> None:
        try:
            await session.open(_headers(credentials))
        except CONNECT_ERRORS as error:
            raise join_error(error, self._server, self._timings.open) from error

    async def _enter(self, session: ConnectionSession) -> None:
        if session.subprotocol != SUBPROTOCOL:
            raise JoinError(f"{self._server} does not speak {SUBPROTOCOL}", FailureKind.UNREACHABLE)
        try:
            await session.enter()
        except RequestFailedError as error:
            raise failed_request(error.code, error.reason) from error
        except TimeoutError as error:
            raise JoinError(
                f"the room did not let the bot in within {self._timings.request:g} s",
                FailureKind.UNREACHABLE,
            ) from error
        except ConnectionError as error:
            end = await session.ended()
            if end.kind is EndKind.LOST:
                raise JoinError(end.reason, FailureKind.UNREACHABLE) from error
            raise SentAwayError(end) from error


def _headers(credentials: Credentials) -> dict[str, str]:
    headers = {"API-Version": API_VERSION, "User-Agent": f"Meshvisor/{VERSION}"}
    if token := credentials.auth_token.get_secret_value():
        headers["Authorization"] = f"Bearer {token}"
    return headers
