"""In which channels the bot wants to be, and in which it is.

Owns the list, and the lines that join them.  Does not own when (`worker.session`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.message import written

JOIN_BYTES: Final = 400
"""Of the names and keys in one JOIN: what fits into a line, with room to spare."""


class Channels:
    """The channels of one connection.

    Args:
        main: the one in which the mesh is at home.
        further: others, each a place.
        keys: of channels that have one.
        support: knows which names are equal.
        most: channels at most.
    """

    def __init__(
        self,
        main: str,
        further: Iterable[str],
        keys: Mapping[str, str],
        support: Support,
        most: int,
    ) -> None:
        self._support = support
        self._most = most
        self._keys = {support.folded(name): key for name, key in keys.items()}
        self._wanted = {support.folded(name): name for name in (main, *further)}
        """By folded name, as they are spelled in the settings: places are called so."""
        self.main = support.folded(main)
        self.joined: set[str] = set()

    def name(self, channel: str) -> str:
        """Return how a channel is spelled here; one that is not wanted as it was said."""
        return self._wanted.get(self._support.folded(channel), channel)

    def is_wanted(self, channel: str) -> bool:
        """Say whether the bot is to be in a channel."""
        return self._support.folded(channel) in self._wanted

    def is_missing(self, channel: str) -> bool:
        """Say whether the bot is to be in a channel and is not."""
        return self.is_wanted(channel) and not self.is_in(channel)

    def is_in(self, channel: str) -> bool:
        """Say whether the bot is in a channel."""
        return self._support.folded(channel) in self.joined

    def is_main(self, channel: str) -> bool:
        """Say whether a channel is the one in which the mesh is at home."""
        return self._support.folded(channel) == self.main

    def want(self, channel: str) -> bool:
        """Have the bot be in one more channel; False: it is in as many as it may be."""
        if not self.is_wanted(channel) and len(self._wanted) >= self._most:
            return False
        self._wanted.setdefault(self._support.folded(channel), channel)
        return True

    def give_up(self, channel: str) -> None:
        """Have the bot not be in a channel any more."""
        self._wanted.pop(self._support.folded(channel), None)

    def missing(self) -> list[str]:
        """Return the channels that the bot is not in, the main one first."""
        absent = [name for key, name in self._wanted.items() if key not in self.joined]
        return sorted(absent, key=lambda name: not self.is_main(name))

    def joins(self, names: Iterable[str]) -> Iterator[str]:
        """Yield the lines that join channels; those with keys come first in each (RFC 2812)."""
        most = self._support.targets_of_join or len(self._wanted) or 1
        batch: list[str] = []
        for name in names:
            size = sum(len((other + self._key(other)).encode()) + 2 for other in [*batch, name])
            if batch and (len(batch) >= most or size > JOIN_BYTES):
                yield self._join(batch)
                batch = []
            batch.append(name)
        if batch:
            yield self._join(batch)

    # Private

    def _key(self, name: str) -> str:
        return self._keys.get(self._support.folded(name), "")

    def _join(self, names: list[str]) -> str:
        ordered = sorted(names, key=lambda name: not self._key(name))
        keys = ",".join(key for name in ordered if (key := self._key(name)))
        return written("JOIN", ",".join(ordered), *([keys] if keys else []))
