"""Which packets were heard already, also by an earlier life of the worker.

A radio repeats what it does not know to be delivered, and several gateways hand on the same packet.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Final

from meshvisor.features.meshtastic.wire.packet import Packet

MOST: Final = 2000
"""Packets that are remembered: a busy mesh has some ten a minute."""

KEPT: Final = 100
"""Texts that a checkpoint holds, of 17 bytes each."""


class Seen:
    """The packets that were heard.

    Args:
        token: a checkpoint of an earlier life; None: there was none.  One that cannot be read is
            as good as none.
    """

    def __init__(self, token: str | None = None) -> None:
        self._packets: OrderedDict[tuple[int, int], None] = OrderedDict()
        self._texts: OrderedDict[tuple[int, int], None] = OrderedDict()
        for word in (token or "").split()[:KEPT]:
            sender, _, number = word.partition("-")
            try:
                key = int(sender, 16), int(number, 16)
            except ValueError:
                continue
            self._packets[key] = self._texts[key] = None

    def is_new(self, packet: Packet) -> bool:
        """Note a packet; say whether it was not heard before."""
        key = packet.sender, packet.id
        if key in self._packets:
            return False
        self._packets[key] = None
        if len(self._packets) > MOST:
            self._packets.popitem(last=False)
        return True

    def note_text(self, packet: Packet) -> str:
        """Note that a packet is a text that is acted on; return the checkpoint behind it."""
        self._texts[packet.sender, packet.id] = None
        if len(self._texts) > KEPT:
            self._texts.popitem(last=False)
        return " ".join(f"{sender:08x}-{number:08x}" for sender, number in self._texts)
