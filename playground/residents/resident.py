"""One simulated person in one room: comes, chats, asks bots for things, leaves, comes back.

Owns the behaviour.  Everything random comes from a seeded generator and every wait goes through
`Options.sleep`, so that a test can live a whole evening in a moment.  Run by `crowd`.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import Final

from meshvisor.features.watch_party.protoo.messages import Notification
from meshvisor.features.watch_party.protoo.rooms import (
    CHAT,
    POSITION,
    STATE,
    TYPING,
    TYPING_STOP,
    ChatMessage,
    RoomState,
    RoomUser,
)
from meshvisor.playground.options import Options
from meshvisor.playground.residents import words
from meshvisor.playground.residents.walk import ACCURACY, Walk
from meshvisor.playground.room import Room

ARRIVAL: Final = (0.0, 4.0)
"""Seconds until a resident comes in for the first time: a new room shall not look dead."""
AWAY: Final = (30.0, 240.0)
"""Seconds between leaving and coming back."""
VISIT: Final = (6, 30)
"""Things that a resident does before leaving."""
PAUSE: Final = (6.0, 40.0)
"""Seconds between two things that it does."""
NOTICE: Final = (0.8, 3.0)
"""Seconds until it notices that it is spoken to."""
TYPING_SPEED: Final = 0.07
"""Seconds per character; about 170 words a minute, which is quick, because users do not like to
wait."""

CHANCE_COMMAND: Final = 0.3
CHANCE_GREETING: Final = 0.3
CHANCE_GOODBYE: Final = 0.4
CHANCE_THANKS: Final = 0.3
CHANCE_ANSWER: Final = 0.3
"""Of answering another resident; a bot or a person is always answered.  It ends talk between
residents."""

MEMORY: Final = 20
"""Messages of its own that a resident still knows when a peer answers them."""


@dataclass(frozen=True, slots=True)
class Nature:
    """What makes one resident differ from the next."""

    peer_id: str
    user: RoomUser
    random: random.Random
    walk: Walk | None = None
    """How it gets about; None: it does not say where it is."""


class Resident:
    """One simulated person; a `Member` of its room while it is there."""

    def __init__(self, room: Room, nature: Nature, options: Options) -> None:
        self._room = room
        self._nature = nature
        self._random = nature.random
        self._options = options
        self._spoken_to: ChatMessage | None = None
        self._newcomer: RoomUser | None = None
        self._known: set[str] = set()
        self._mine: deque[str] = deque(maxlen=MEMORY)
        self._asked: deque[str] = deque(maxlen=MEMORY)
        self._attention = asyncio.Event()
        self._walked_at = options.clock.monotonic()

    @property
    def peer_id(self) -> str:
        """As of any peer."""
        return self._nature.peer_id

    @property
    def user(self) -> RoomUser:
        """Who it is."""
        return self._nature.user

    # ---- Life --------------------------------------------------------------------------------

    async def live(self) -> None:
        """Come and go until cancelled."""
        await self._wait(ARRIVAL)
        try:
            while True:
                if not self._room.faults.gone:
                    self._room.join(self)
                    await self._visit()
                    self._room.leave(self)
                await self._wait(AWAY)
        finally:
            self._room.leave(self)

    async def _visit(self) -> None:
        for _ in range(self._random.randint(*VISIT)):
            await self._pause()
            if self._room.faults.gone:
                return
            self._move()
            await self._act()
        if self._random.random() < CHANCE_GOODBYE:
            await self._say(self._random.choice(words.GOODBYES))

    def _move(self) -> None:
        """Walk for as long as nothing else was done, and tell where that has led to."""
        now = self._options.clock.monotonic()
        passed, self._walked_at = now - self._walked_at, now
        if self._nature.walk is not None:
            latitude, longitude = self._nature.walk.after(passed)
            place = {"latitude": latitude, "longitude": longitude, "accuracy_m": ACCURACY}
            notice = Notification(POSITION, {"from": self.peer_id, **place})
            self._room.tell(notice, besides=self.peer_id)

    async def _act(self) -> None:
        """Do one thing: answer, greet, ask a bot for something, or just talk."""
        message, self._spoken_to = self._spoken_to, None
        newcomer, self._newcomer = self._newcomer, None
        self._attention.clear()
        if message is not None:
            await self._answer(message)
        elif newcomer is not None:
            await self._say(self._random.choice(words.GREETINGS).format(handle=newcomer.handle))
        elif self._has_peers() and self._random.random() < CHANCE_COMMAND:
            await self._say(self._options.prefix + self._random.choice(words.COMMANDS))
        else:
            await self._say(self._random.choice(words.CHATTER))

    async def _answer(self, message: ChatMessage) -> None:
        if message.reply in self._asked:
            # As no reply: a bot that took it for one would answer, and so on for ever.
            await self._say(self._random.choice(words.THANKS))
        else:
            await self._say(self._random.choice(words.ANSWERS), reply=message.id)

    async def _say(self, text: str, reply: str | None = None) -> None:
        self._show(TYPING)
        await self._options.sleep(len(text) * TYPING_SPEED)
        self._show(TYPING_STOP)
        message = ChatMessage(text, id=f"{self._random.getrandbits(128):032x}", reply=reply)
        own = self._asked if text.startswith(self._options.prefix) else self._mine
        own.append(message.id)
        self._room.post(self.peer_id, message)

    def _show(self, method: str) -> None:
        self._room.tell(Notification(method, {"from": self.peer_id}), besides=self.peer_id)

    # ---- Senses ------------------------------------------------------------------------------

    def deliver(self, notification: Notification, frame: bytes) -> None:
        """Notice what concerns this resident."""
        del frame  # for those with a socket
        if notification.method == CHAT:
            message = ChatMessage.from_data(notification.data)
            if message is not None and self._is_for_me(message):
                self._spoken_to = message
                self._attention.set()
        elif notification.method == STATE:
            self._look_around(RoomState.from_data(notification.data))

    def _is_for_me(self, message: ChatMessage) -> bool:
        if message.reply in self._asked:
            return self._random.random() < CHANCE_THANKS
        mine = message.reply in self._mine or self.user in message.mentions
        if mine and isinstance(self._room.members.get(message.sender), Resident):
            return self._random.random() < CHANCE_ANSWER
        return mine

    def _look_around(self, state: RoomState | None) -> None:
        users = [] if state is None else list(state.users)
        new = [user for user in users if user.id not in self._known and user != self.user]
        if self._known and new and self._random.random() < CHANCE_GREETING:
            self._newcomer = new[0]
            self._attention.set()
        self._known = {user.id for user in users}

    def _has_peers(self) -> bool:
        return any(not isinstance(member, Resident) for member in self._room.members.values())

    # ---- Time --------------------------------------------------------------------------------

    async def _wait(self, between: tuple[float, float]) -> None:
        await self._options.sleep(self._random.uniform(*between))

    async def _pause(self) -> None:
        """Wait a while, or less when something happens that concerns this resident."""
        if not self._attention.is_set():
            nap = asyncio.ensure_future(self._options.sleep(self._random.uniform(*PAUSE)))
            call = asyncio.ensure_future(self._attention.wait())
            try:
                await asyncio.wait({nap, call}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                nap.cancel()
                call.cancel()
        if self._attention.is_set():
            await self._wait(NOTICE)
