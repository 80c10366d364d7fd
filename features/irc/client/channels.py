"""In which channels the bot wants to be, in which it is, and why it is not in others.

Owns the list, how many the server allows, and the lines that join them.  Does not own when
(`worker.session`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from meshvisor.features.irc.wire.isupport import Support
from meshvisor.features.irc.wire.message import written
from meshvisor.shared.listed import listed

NAMED: Final = 5
"""Channels that a sentence names; further ones are counted."""

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
        self._refused: dict[str, str] = {}
        """Why the server has not let the bot into a channel, by folded name."""

    def name(self, channel: str) -> str:
        """Return how a channel is spelled here; one that is not wanted as it was said."""
        return self._wanted.get(self._support.folded(channel), channel)

    def has_key(self, channel: str) -> bool:
        """Say whether the bot has a key of a channel."""
        return bool(self._key(channel))

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
        key = self._support.folded(channel)
        if key in self._wanted:
            return True
        if len(self._wanted) >= self._most:
            return False
        self._wanted[key] = channel
        if channel in self._beyond():
            del self._wanted[key]
            return False
        return True

    def give_up(self, channel: str) -> None:
        """Have the bot not be in a channel any more."""
        key = self._support.folded(channel)
        self._wanted.pop(key, None)
        self._refused.pop(key, None)

    def enter(self, channel: str) -> None:
        """Take in that the bot is in a channel."""
        key = self._support.folded(channel)
        self.joined.add(key)
        self._refused.pop(key, None)

    def lose(self, channel: str) -> None:
        """Take in that the bot is not in a channel any more."""
        self.joined.discard(self._support.folded(channel))

    def refuse(self, channel: str, why: str) -> bool:
        """Take in why the bot is not let into a channel; False: that was known."""
        key = self._support.folded(channel)
        is_new = self._refused.get(key) != why
        self._refused[key] = why
        return is_new

    def missing(self) -> list[str]:
        """Return the channels that the bot is not in and may try to get into, main one first."""
        beyond = set(self._beyond())
        return [name for name in self._absent() if name not in beyond]

    @property
    def remark(self) -> str:
        """Why the bot is not in all of its channels, in a sentence; empty: it is."""
        beyond = self._beyond()
        why = [self._refused[key] for key in self._wanted if key in self._refused]
        parts = [listed(why, NAMED, between="; ")] if why else []
        if beyond and (limit := self._support.most_channels(beyond[0])) is not None:
            parts.append(
                f"the server allows {limit[1]} at a time, which leaves out {listed(beyond, NAMED)}"
            )
        return f"The bot is not in all of its channels: {'; '.join(parts)}" if parts else ""

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

    def _absent(self) -> list[str]:
        absent = [name for key, name in self._wanted.items() if key not in self.joined]
        return sorted(absent, key=lambda name: not self.is_main(name))

    def _beyond(self) -> list[str]:
        """Return the channels that are wanted, and more than the server allows.

        The main one is always tried: if the server does not let the bot in, it says why.  One that
        does not let it in is tried now and then, and keeps no other one out meanwhile.
        """
        taken = Counter(name[:1] for name in self.joined)
        beyond = []
        for name in self._absent():
            if self._support.folded(name) in self._refused:
                continue
            kinds, most = self._support.most_channels(name) or ("", 1)
            if self.is_main(name) or sum(taken[kind] for kind in set(kinds)) < most:
                taken[name[:1]] += 1
            else:
                beyond.append(name)
        return beyond

    def _key(self, name: str) -> str:
        return self._keys.get(self._support.folded(name), "")

    def _join(self, names: list[str]) -> str:
        ordered = sorted(names, key=lambda name: not self._key(name))
        keys = ",".join(key for name in ordered if (key := self._key(name)))
        return written("JOIN", ",".join(ordered), *([keys] if keys else []))
