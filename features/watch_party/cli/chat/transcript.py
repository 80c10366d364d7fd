"""What is said and done in a room, as lines for a person.

Owns names, replies and who came and went.  Every text from the room is cleaned: people in chat
rooms do send escape sequences.  Written to by `Session`, printed by `chat`.
"""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from meshvisor.features.watch_party.protoo.rooms import ChatMessage, RoomState, RoomUser
from meshvisor.supervisor.cli import terminal

REMEMBERED: Final = 500
"""Messages that a reply can still be traced back to."""
QUOTE: Final = 30
"""Cells of the quoted message in front of a reply."""
_COLOURS: Final = (
    terminal.GREEN,
    terminal.YELLOW,
    terminal.BLUE,
    terminal.MAGENTA,
    terminal.CYAN,
)


class Transcript:
    """The lines of one visit.

    Args:
        show: prints a line, which may hold line breaks.
        colours: whether to colour names.
    """

    def __init__(self, show: Callable[[str], None], colours: bool = False) -> None:
        self.lines = 0
        """Messages shown so far; a caller that waits for silence watches it."""
        self.users: tuple[RoomUser, ...] = ()
        """Who is in the room as far as known, ourselves included."""
        self._show = show
        self._colours = colours
        self._handles: dict[str, str] = {}
        self._me = ""
        self._room = ""
        self._arriving = False
        self._messages: OrderedDict[str, ChatMessage] = OrderedDict()

    # ---- What happens ------------------------------------------------------------------------

    def arrive(self, room: str, user_id: str) -> None:
        """Begin, or begin again after the connection was lost."""
        self._room = room
        self._me = user_id
        self._arriving = True

    def state(self, state: RoomState) -> None:
        """Say who has come and gone; on arrival, who is here."""
        before = {user.id for user in self.users}
        now = {user.id for user in state.users}
        self._handles.update((user.id, user.handle) for user in state.users if user.handle)
        came = [user for user in state.users if user.id not in before and user.id != self._me]
        left = [user for user in self.users if user.id not in now and user.id != self._me]
        self.users = state.users
        if self._arriving:
            self._arriving = False
            self.who()
            return
        for user in came:
            self.notice(f"{self._name(user.id)} came in.")
        for user in left:
            self.notice(f"{self._name(user.id)} left.")

    def chat(self, message: ChatMessage) -> None:
        """Show a message of another user."""
        self._remember(message)
        self._line(self._painted(message.sender_id), message)

    def own(self, message: ChatMessage) -> None:
        """Show a message that was sent from here."""
        self._remember(message)
        self._line(terminal.paint("you", terminal.BOLD, self._colours), message)

    def who(self) -> None:
        """Say who is in the room."""
        others = [self._name(user.id) for user in self.users if user.id != self._me]
        company = f"with {', '.join(others)}" if others else "alone"
        self.notice(f"You are in {self._room} as user {self._me}, {company}.")

    def notice(self, text: str) -> None:
        """Say something that is no message of the room."""
        self._show(terminal.paint(f"* {terminal.clean(text)}", terminal.DIM, self._colours))

    # ---- How it looks ------------------------------------------------------------------------

    def _line(self, who: str, message: ChatMessage) -> None:
        self.lines += 1
        body = terminal.clean_lines(message.text).replace("\n", "\n    ")
        self._show(f"{who}{self._reply(message)}: {body}")

    def _reply(self, message: ChatMessage) -> str:
        if message.reply is None:
            return ""
        original = self._messages.get(message.reply)
        if original is None:
            return " (reply)"
        quote = terminal.cut(terminal.clean(original.text), QUOTE)
        text = f" to {self._name(original.sender_id)}, “{quote}”"
        return terminal.paint(text, terminal.DIM, self._colours)

    def _name(self, user_id: str) -> str:
        if user_id == self._me:
            return "you"
        return terminal.clean(self._handles.get(user_id) or f"user {user_id}")

    def _painted(self, user_id: str) -> str:
        colour = _COLOURS[zlib.crc32(user_id.encode()) % len(_COLOURS)]
        return terminal.paint(self._name(user_id), colour, self._colours)

    def _remember(self, message: ChatMessage) -> None:
        if message.id:
            self._messages[message.id] = message
            while len(self._messages) > REMEMBERED:
                self._messages.popitem(last=False)
