"""What a radio says of itself when a client comes, put together.

Owns what is known when it has said all.  Without I/O.
"""

from __future__ import annotations

from typing import Final

from meshvisor.features.meshtastic.radio.airtime import PRESET_NAMES
from meshvisor.features.meshtastic.wire.client_api import (
    Channel,
    ConfigComplete,
    FromRadio,
    Heard,
    LoRaConfig,
    Metadata,
    MyInfo,
    NodeInfo,
)
from meshvisor.features.meshtastic.wire.packet import Packet

MOST_EARLY: Final = 200
"""Packets that are kept while a radio still says what it knows; it has room for some thirty."""

MOST_NODES: Final = 1000

MOST_CHANNELS: Final = 8


class RadioState:
    """What one radio has said so far.

    Args:
        number: with which it ends what it says.
    """

    def __init__(self, number: int) -> None:
        self._number = number
        self.me: MyInfo | None = None
        """Who it is; None: it has not said."""
        self.channels: dict[int, Channel] = {}
        self.lora: LoRaConfig | None = None
        self.nodes: dict[int, NodeInfo] = {}
        self.firmware = ""
        self.early: list[Packet] = []
        """What was heard meanwhile."""
        self.is_complete = False

    @property
    def channel_name(self) -> str:
        """What the channel without a name is called."""
        if self.lora is None or not self.lora.uses_preset:
            return "Custom" if self.lora is not None else ""
        return PRESET_NAMES.get(self.lora.preset, "")

    def take(self, said: FromRadio) -> bool:
        """Take in what it says; say whether that was all."""
        match said:
            case MyInfo():
                self.me = said
            case Channel() if said.index < MOST_CHANNELS:
                self.channels[said.index] = said
            case LoRaConfig():
                self.lora = said
            case NodeInfo() if len(self.nodes) < MOST_NODES:
                self.nodes[said.number] = said
            case Metadata():
                self.firmware = said.firmware
            case Heard() if len(self.early) < MOST_EARLY:
                self.early.append(said.packet)
            case ConfigComplete(number) if number == self._number and self.me is not None:
                self.is_complete = True
            case _:
                pass
        return self.is_complete
