"""Watch-party rooms: the playground's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import STATE, RoomState, RoomUser
from meshvisor.playground.frames import message_frame
from meshvisor.playground.server import Playground
from meshvisor.shared.protocol.from_worker import FailureKind
from tests.transports.network import PATIENCE, Heard, Lack, Network

PEER: Final = "1_bot"

STATUS: Final = {
    FailureKind.UNREACHABLE: 503,
    FailureKind.REFUSED: 403,
    FailureKind.UNAUTHORIZED: 401,
}


class WatchPartyNetwork(Network):
    """The room `lobby` of a playground."""

    transport = "watch-party"
    lacks = frozenset(Lack) - {Lack.KICKS, Lack.ACCOUNTS, Lack.VOUCHING}
    own_id = "1"
    settings: Mapping[str, Any] = {}

    def __init__(self, playground: Playground) -> None:
        self._playground = playground
        self.server = playground.server
        self._heard = 0
        self._people: dict[str, RoomUser] = {}

    async def present(self) -> None:
        """Return when the bot is in the room."""
        await self._playground.wait_for_peer("lobby", PEER)
        await self._playground.wait_until_notified("lobby")

    async def absent(self) -> None:
        """Return when the room is empty."""
        await self._playground.wait_until_empty("lobby")

    async def heard(self) -> Heard:
        """Return what the bot has said next."""
        chats = self._playground.room("lobby").chats

        def find() -> Heard | None:
            said = [chat for chat in chats.since(0) if chat.sender == PEER]
            if len(said) <= self._heard:
                return None
            chat = said[self._heard]
            return Heard(chat.text, reply_to=chat.reply, id=chat.id)

        found = await self._playground.world.watch.until(find, PATIENCE, "the bot to speak")
        self._heard += 1
        return found

    async def say(
        self, text: str, user: str = "11", place: str = "", *, direct: bool = False
    ) -> str:
        """Say something in the room, which is the one place that there is."""
        assert not place
        assert not direct
        return self._playground.say("lobby", text, user=RoomUser(user, user)).id

    async def come(self, user: str) -> None:
        """Show a user in the room."""
        self._people[user] = RoomUser(user, user)
        self._show()

    async def go(self, user: str) -> None:
        """Show them no longer."""
        del self._people[user]
        self._show()

    def _show(self) -> None:
        state = Notification(STATE, RoomState(tuple(self._people.values())).to_data())
        self._playground.peer("lobby", PEER).deliver(state, message_frame(state))

    async def garbage(self) -> None:
        """Send every kind of frame that does no harm."""
        self._playground.send_garbage("lobby")

    async def lose(self) -> None:
        """Cut the connection."""
        self._playground.drop("lobby")

    async def kick(self) -> None:
        """Throw the bot out."""
        self._playground.kick("lobby", PEER)

    async def end(self) -> None:
        """End the room."""
        self._playground.end_room("lobby")

    async def refuse(self, kind: FailureKind) -> None:
        """Refuse connects with the status that means this."""
        self._playground.refuse("lobby", STATUS[kind])

    async def stall(self) -> None:
        """Leave connects without an answer."""
        self._playground.stall("lobby")

    async def accept(self) -> None:
        """Lift all of it."""
        self._playground.allow("lobby")
