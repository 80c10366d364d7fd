"""Where something is said: a channel of the radio, or one node alone.

The mesh's own channel is `MAIN`; others are `#name`, or `#1` where two have the same name or one
has none.  A node alone is `dm:!a1b2c3d4`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from meshvisor.features.meshtastic.wire.client_api import Channel
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST, node_id, node_number
from meshvisor.worker.mesh.transport import MAIN, NoSuchPlaceError

DIRECT: Final = "dm:"


def is_direct(place: str) -> bool:
    """Say whether one node alone reads there."""
    return place.startswith(DIRECT)


def direct_place(node: int) -> str:
    """Return where one node alone reads."""
    return f"{DIRECT}{node_id(node)}"


class ChannelPlaces:
    """The channels of one radio as places.

    Args:
        channels: as the radio has said them.
        default_name: of the channel without a name.
        home: name of the channel that is the mesh's own; empty: the first one.

    Raises:
        NoSuchPlaceError: there is no channel of that name.
    """

    def __init__(self, channels: Iterable[Channel], default_name: str, home: str) -> None:
        used = sorted((one for one in channels if one.is_used), key=lambda one: one.index)
        names = [one.name or default_name for one in used]
        self._places: dict[int, str] = {}
        for channel, name in zip(used, names, strict=True):
            is_clear = names.count(name) == 1 and name.isprintable()
            self._places[channel.index] = f"#{name if is_clear else channel.index}"
        self.home = self._index(f"#{home.removeprefix('#')}") if home else 0
        """Index of the mesh's own channel."""
        self._places[self.home] = MAIN

    @property
    def places(self) -> Mapping[int, str]:
        """By the channels' indices."""
        return self._places

    def of(self, index: int) -> str:
        """Return the place of a channel; one that the radio has not named has its number."""
        return self._places.get(index, f"#{index}")

    def unanswered(self, places: Iterable[str]) -> str:
        """Say which of the places where commands are to be answered are no channels; empty: none.

        Args:
            places: as `places` of an entry has them.
        """
        known = set(self._places.values())
        missing = [place for place in places if place not in known and not is_direct(place)]
        if not missing:
            return ""
        there_are = ", ".join(place or '"" (the mesh\'s own)' for place in self._places.values())
        return (
            f"places names {', '.join(missing)}, where no command is answered: the radio has "
            f"no such channel; it has {there_are}"
        )

    def target(self, place: str) -> tuple[int, int]:
        """Return to whom and in which channel something is said.

        Raises:
            NoSuchPlaceError: there is no such place.
        """
        if is_direct(place):
            number = node_number(place.removeprefix(DIRECT))
            if number is None:
                raise NoSuchPlaceError(f"{place} is no node: they are like {DIRECT}!a1b2c3d4")
            return number, 0
        return BROADCAST, self._index(place)

    def _index(self, place: str) -> int:
        for index, known in self._places.items():
            if known == place:
                return index
        there_are = ", ".join(known for known in self._places.values() if known)
        hint = f"; it has {there_are}" if there_are else ""
        raise NoSuchPlaceError(f"the radio has no channel {place}{hint}")
