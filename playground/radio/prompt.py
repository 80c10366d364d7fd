"""What a person types to a radio network that runs in the foreground: texts, and what goes wrong.

Owns the words.  Does not own reading them (`__main__`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.playground.radio.nodes import Neighbourhood
from meshvisor.playground.radio.server import GARBAGE, RadioServer

HELP: Final = """\
  ?ping              say it to the bot alone, as the node "You"
  /all TEXT          say it in the channel
  /in CHANNEL TEXT   say it in another channel: Hiking
  /reboot            start the radio anew, as after a change of its settings
  /off, /on          take its power, and give it back
  /silent, /mend     keep the connection and answer nothing, and end that
  /take              have another client take the radio for a moment
  /garbage           have the radio say what no client can use
  /flood [N]         have a node say N texts at once (1000)
  /nodes             who is around, and where
"""

FLOOD: Final = 1000
MOST_FLOOD: Final = 100_000

REBOOT: Final = 3.0
"""Seconds that the radio is gone for; real ones take 7 to 15."""


class Prompt:
    """Carries out what was typed.

    Args:
        server: of the radio.
        around: the nodes.
        say: tells the person something.
    """

    def __init__(
        self, server: RadioServer, around: Neighbourhood, say: Callable[[str], None]
    ) -> None:
        self._server = server
        self._around = around
        self._say = say
        self._words: dict[str, Callable[[str], Awaitable[None]]] = {
            "all": self._all,
            "in": self._in,
            "reboot": self._reboot,
            "off": self._off,
            "on": self._on,
            "silent": self._silent,
            "mend": self._mend,
            "take": self._take,
            "garbage": self._garbage,
            "flood": self._flood,
            "nodes": self._nodes,
        }

    async def take(self, line: str) -> None:
        """Carry out one line."""
        line = line.strip()
        if not line:
            return
        if not line.startswith("/"):
            self._around.say(line, self._server.radio.number)
            return
        word, _, rest = line[1:].partition(" ")
        act = self._words.get(word)
        if act is None:
            self._say(HELP.rstrip("\n"))
            return
        await act(rest.strip())

    # Private

    async def _all(self, text: str) -> None:
        self._around.say(text, BROADCAST)

    async def _in(self, rest: str) -> None:
        name, _, text = rest.partition(" ")
        for channel in self._server.radio.channels:
            if channel.name == name.removeprefix("#") and name:
                self._around.say(text, BROADCAST, channel=channel.index)
                return
        names = ", ".join(one.name for one in self._server.radio.channels if one.name)
        self._say(f"There is no channel {name!r}; there are {names}.")

    async def _reboot(self, _: str) -> None:
        await self._server.reboot(REBOOT)
        self._say("The radio has started anew.")

    async def _off(self, _: str) -> None:
        await self._server.close()
        self._say("The radio is off.")

    async def _on(self, _: str) -> None:
        if not self._server.is_open:
            await self._server.open()
        self._say("The radio is on.")

    async def _silent(self, _: str) -> None:
        self._server.is_silent = True
        self._say("The radio says and answers nothing.")

    async def _mend(self, _: str) -> None:
        self._server.is_silent = False
        self._say("The radio answers.")

    async def _take(self, _: str) -> None:
        self._server.evict()
        self._say("Another client has taken the radio.")

    async def _garbage(self, _: str) -> None:
        self._server.raw(GARBAGE)

    async def _flood(self, rest: str) -> None:
        count = min(int(rest), MOST_FLOOD) if rest.isdecimal() else FLOOD
        for number in range(count):
            self._around.say(f"flood {number}", BROADCAST)
        self._say(f"{count} texts were said.")

    async def _nodes(self, _: str) -> None:
        for info in self._server.radio.nodes.values():
            where = info.position
            at = f" at {where.latitude:.5f},{where.longitude:.5f}" if where is not None else ""
            self._say(f"  {self._around.name(info.number)} (!{info.number:08x}){at}")
