"""One person in one room: connected, joined, reconnected, and shown what happens there.

Owns the connection and what is known about the room.  Does not own the terminal: lines go to a
`Transcript`.  Called by `chat`.
"""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import Callable
from typing import Final

from meshvisor.features.watch_party.cli.chat.transcript import Transcript
from meshvisor.features.watch_party.protoo.client import (
    Client,
    LeftError,
    RefusedError,
    UnreachableError,
    connect,
)
from meshvisor.features.watch_party.protoo.control import request_state
from meshvisor.features.watch_party.protoo.messages import Notification, Request
from meshvisor.features.watch_party.protoo.peer import (
    REQUEST_TIMEOUT,
    PeerClosedError,
    RequestFailedError,
)
from meshvisor.features.watch_party.protoo.rooms import (
    CHAT,
    CLIENT_PING,
    CLIENT_PING_INTERVAL,
    ENDED,
    FULLY_JOINED,
    KICKED,
    STATE,
    ChatMessage,
    RoomState,
    mentioned,
)
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.shared.near_names import did_you_mean, near_names

FIRST_DELAY: Final = 1.0
LONGEST_DELAY: Final = 12.5
"""Seconds between two attempts to come back: doubled from the first to the longest, as the
platform's own client does it."""
ANSWER_TIMEOUT: Final = REQUEST_TIMEOUT
"""Seconds after which a server that does not answer is left."""
STATE_WAIT: Final = 0.5
"""Seconds after joining in which a server says who is in the room, if it ever does."""
_NO_LOGIN: Final = 401
_NOT_FOUND: Final = 404


class Session:
    """A person's presence in a room.

    Args:
        server: like `ws://host:port`.
        room: its id.
        name: what the others shall see.
        transcript: takes every line for the person.
        find: asked in a thread, before a lost connection is made again, where the server is now;
            None: where it was.
    """

    def __init__(
        self,
        server: str,
        room: str,
        name: str,
        transcript: Transcript,
        find: Callable[[], str | None] = lambda: None,
    ) -> None:
        self.joined = asyncio.Event()
        """Set while messages can be sent."""
        self._server = server
        self._room = room
        self._name = name
        self._peer_id = ""
        self._transcript = transcript
        self._find = find
        self._client: Client | None = None
        self._been_in = False
        self._was_in_room = False

    @property
    def user_id(self) -> str:
        """The user id in the room; the same name has the same one every time."""
        return user_id_of(self._name)

    async def hold_connection(self) -> None:
        """Be in the room until it ends for us; lost connections are made again.

        Raises:
            MissingError: no server answers at the address, and none ever did.
            UsageError: there is no such room.
            MeshvisorError: the server does not want us (any more).
        """
        delay = FIRST_DELAY
        while (reason := await self._visit()) is not None:
            if self._was_in_room:
                delay = FIRST_DELAY
            self._transcript.notice(f"Connection lost ({reason}); trying again in {delay:g} s.")
            await asyncio.sleep(delay)
            moved_to = await asyncio.to_thread(self._find)
            self._server = moved_to or self._server
            delay = min(delay * 2, LONGEST_DELAY)

    async def _visit(self) -> str | None:
        """Connect and be in the room; return why it is worth another try, or None at the end."""
        self._was_in_room = False
        # A new one each time: a server that has not noticed yet that the last connection is lost
        # would take this one for its double and close it for good.
        self._peer_id = f"{self.user_id}_{secrets.token_hex(8)}"
        try:
            async with connect(self._server, self._room, self._peer_id) as client:
                await self._be_in(client)
                return None
        except RefusedError as error:
            if not self._been_in or error.status < 500:
                raise await self._explain(error) from None
            return str(error)
        except UnreachableError as error:
            if not self._been_in:
                raise self._no_server(error) from None
            return str(error)
        except LeftError as error:
            if error.for_good:
                raise MeshvisorError(f"The server has closed {self._room} for you.") from None
            return str(error)
        except RequestFailedError as error:
            raise MeshvisorError(f"{self._server} did not let you in: {error}.") from None
        except TimeoutError:
            return "no answer"

    async def say(self, text: str) -> None:
        """Send a chat message; the user sees when that is impossible at the moment."""
        client = self._client
        message = ChatMessage(
            text,
            id=secrets.token_hex(16),
            sender=self._peer_id,
            mentions=mentioned(text, self._transcript.users),
        )
        try:
            if client is None:
                raise ConnectionError
            await client.peer.notify(CHAT, message.to_data())
        except ConnectionError:
            self._transcript.notice("Not sent: there is no connection at the moment.")
        else:
            self._transcript.own(message)

    # ---- In the room -------------------------------------------------------------------------

    async def _be_in(self, client: Client) -> None:
        """Join, then listen; returns when the room has ended."""
        try:
            await client.peer.request(FULLY_JOINED, {"handle": self._name}, timeout=ANSWER_TIMEOUT)
        except PeerClosedError:
            raise client.end from None
        self._client = client
        self._been_in = self._was_in_room = True
        self._transcript.arrive(self._room, self.user_id)
        # Who is here comes next, and is good to know before we speak; not every server says it.
        ready = asyncio.get_running_loop().call_later(STATE_WAIT, self.joined.set)
        pings = asyncio.create_task(self._ping(client), name="pings")
        try:
            while self._handle(await client.receive()):
                pass
        finally:
            pings.cancel()
            ready.cancel()
            self.joined.clear()
            self._client = None

    async def _ping(self, client: Client) -> None:
        """Show the server that we live, and find out whether it does."""
        try:
            while True:
                await asyncio.sleep(CLIENT_PING_INTERVAL)
                await client.peer.request(CLIENT_PING, timeout=ANSWER_TIMEOUT)
        except RequestFailedError:
            pass  # a server without pings is still a server
        except (TimeoutError, ConnectionError):
            client.abort()

    def _handle(self, message: Request | Notification) -> bool:
        """Take one thing from the server; return whether the room goes on."""
        if message.method == CHAT:
            chat = ChatMessage.from_data(message.data)
            if chat is not None and chat.sender != self._peer_id:  # some servers send it back
                self._transcript.chat(chat)
        elif message.method == STATE:
            if (state := RoomState.from_data(message.data)) is not None:
                self._transcript.state(state)
                self.joined.set()
        elif message.method == KICKED:
            raise MeshvisorError(f"You were thrown out of {self._room}.")
        elif message.method == ENDED:
            self._transcript.notice(f"{self._room} has ended.")
            return False
        return True

    # ---- Not in the room ---------------------------------------------------------------------

    def _no_server(self, error: UnreachableError) -> MissingError:
        return MissingError(
            f"No mesh server answers at {self._server} ({error}); start one with "
            "'meshvisor run --playground', or name another with --server."
        )

    async def _explain(self, error: RefusedError) -> MeshvisorError:
        if error.status == _NO_LOGIN:
            return MeshvisorError(
                f"{self._server} does not let you into {self._room}: {error}; this "
                "server asks for a login, and this chat has none: talk with the platform's own "
                "client, or start a playground without --require-login."
            )
        if error.status != _NOT_FOUND:
            return MeshvisorError(f"{self._server} does not let you into {self._room}: {error}.")
        others = await self._other_rooms()
        return UsageError(f"There is no room {self._room!r} at {self._server}{others}")

    async def _other_rooms(self) -> str:
        """Return the end of the sentence: which rooms there are, as far as the server says."""
        try:
            state = await request_state(self._server)
            rooms = [str(room["id"]) for room in state["rooms"] if not room["gone"]]
        except (OSError, RequestFailedError, LookupError, TypeError):
            return "."
        if meant := did_you_mean(map(repr, near_names(self._room, rooms))):
            return f"; {meant}"
        shown = ", ".join(rooms[:10]) + (" and more" if len(rooms) > 10 else "")
        return f"; there are {shown}." if rooms else "."


def user_id_of(name: str) -> str:
    """Return a made-up user id for a name: six digits, always the same for one name.

    It is what `meshvisor admin add` wants, so it must not change with every visit.
    """
    return str(100_000 + zlib.crc32(name.encode()) % 900_000)
