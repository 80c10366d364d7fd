"""A fault as an operator asks for it: its options are read and checked here.

Owns the reading of options.  Every fault of the catalogue gets one `FaultRequest`.
"""

from __future__ import annotations

from dataclasses import dataclass

from meshvisor.playground.room import Room
from meshvisor.playground.room_peer import RoomPeer
from meshvisor.playground.world import World


class AskError(ValueError):
    """What was asked for cannot be; the message is one sentence for the client."""


@dataclass(frozen=True, slots=True)
class FaultRequest:
    """What an operator has asked for; everything in it is still unchecked."""

    world: World
    room_name: object
    options: object

    def check_options(self, known_options: tuple[str, ...]) -> None:
        """Raise AskError for an unknown option."""
        given = self.options if isinstance(self.options, dict) else {}
        unknown = [name for name in given if name not in known_options]
        if unknown:
            known = ", ".join(known_options) or "none"
            raise AskError(f"there is no option {unknown[0]!r} here; known are {known}")

    @property
    def room(self) -> Room:
        """The room that it is about; AskError when there is none."""
        if (room := self.world.rooms.get(str(self.room_name))) is None:
            raise AskError(f"there is no room {self.room_name!r}")
        return room

    @property
    def room_or_all(self) -> str | None:
        """The room that it is about, or None for all rooms."""
        return None if self.room_name is None else self.room.name

    def peers(self) -> list[RoomPeer]:
        """Return the peer that the option `peer` names, or all peers of the room."""
        peers = self.world.peers(self.room.name)
        if (peer := self._option("peer")) is None:
            return list(peers.values())
        if (found := peers.get(str(peer))) is None:
            raise AskError(f"there is no peer {peer!r} in {self.room.name}")
        return [found]

    def number(self, name: str, default: int | None, low: int, high: int) -> int | None:
        """Return a whole number between `low` and `high`; `default` when it is not given."""
        value = self._option(name)
        if value is None:
            return default
        if type(value) is not int or not low <= value <= high:
            raise AskError(f"{name} must be a whole number from {low} to {high}, not {value!r:.40}")
        return value

    def text(self, name: str, default: str) -> str:
        """Return a text; `default` when it is not given."""
        value = self._option(name)
        if value is not None and not isinstance(value, str):
            raise AskError(f"{name} must be a text, not {value!r:.40}")
        return default if value is None else value

    def flag(self, name: str) -> bool:
        """Return a boolean; False when it is not given."""
        value = self._option(name)
        if value not in {None, True, False}:
            raise AskError(f"{name} must be true or false, not {value!r:.40}")
        return bool(value)

    def _option(self, name: str) -> object:
        return self.options.get(name) if isinstance(self.options, dict) else None
