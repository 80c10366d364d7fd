"""How long a message is on the air, and how much of an hour a radio may send.

The formula is LoRa's own (Semtech AN1200.13); presets and regions are facts of the network.
"""

from __future__ import annotations

import math
from typing import Final

import msgspec

from meshvisor.features.meshtastic.radio.places import is_direct
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig

PREAMBLE: Final = 16 + 4.25
"""Symbols before a packet."""

HEADER: Final = 16
"""Bytes before what is encrypted."""

LONGEST: Final = 239
"""Bytes behind that."""

AROUND: Final = 24
"""Bytes at most around a text: its port, lengths, what it answers, and the check of a private
message."""

SIGNATURE: Final = 66
"""Bytes of a signature, which firmware 2.8 adds to what is said to all."""

ATTEMPTS: Final = 3
"""How often a radio sends what is not acknowledged."""

UNIT: Final = 10
"""Milliseconds of one unit of airtime, in which budgets are counted."""

HOUR: Final = 3_600_000 // UNIT
"""Units."""

PERCENT: Final = 100.0

LOW_RATE: Final = 16.0
"""Milliseconds of a symbol from which on every other bit is left out, against drift."""


class Modulation(msgspec.Struct, frozen=True):
    """What a message sounds like."""

    bandwidth: float
    """kHz."""
    spread_factor: int
    coding_rate: int
    """The 5 of 4/5."""

    def milliseconds(self, size: int) -> int:
        """Return how long a packet of so many bytes takes, rounded up."""
        symbol: float = 2**self.spread_factor / self.bandwidth
        low_rate = 2 if symbol > LOW_RATE else 0
        bits = 8 * size - 4 * self.spread_factor + 28 + 16
        blocks = max(0, math.ceil(bits / (4 * (self.spread_factor - low_rate))))
        return math.ceil((PREAMBLE + 8 + blocks * self.coding_rate) * symbol)


PRESETS: Final = {
    0: Modulation(250, 11, 5),  # LongFast
    1: Modulation(125, 12, 8),  # LongSlow
    2: Modulation(62.5, 12, 8),  # VeryLongSlow
    3: Modulation(250, 10, 5),  # MediumSlow
    4: Modulation(250, 9, 5),  # MediumFast
    5: Modulation(250, 8, 5),  # ShortSlow
    6: Modulation(250, 7, 5),  # ShortFast
    7: Modulation(125, 11, 8),  # LongModerate
    8: Modulation(500, 7, 5),  # ShortTurbo
    9: Modulation(500, 11, 8),  # LongTurbo
}

SLOWEST: Final = PRESETS[2]
"""What is reckoned with where a radio does not say how it sends: too long does no harm."""

PRESET_NAMES: Final = {
    0: "LongFast",
    1: "LongSlow",
    2: "VLongSlow",
    3: "MediumSlow",
    4: "MediumFast",
    5: "ShortSlow",
    6: "ShortFast",
    7: "LongMod",
    8: "ShortTurbo",
    9: "LongTurbo",
}
"""What the channel without a name is called, by preset."""

_BANDWIDTHS: Final = {31: 31.25, 62: 62.5, 200: 203.125, 400: 406.25, 800: 812.5, 1600: 1625.0}
"""kHz of bandwidths that are written as a whole number."""

EU: Final = 10.0
"""Percent of an hour in 433 and 869.4 to 869.65 MHz in Europe."""

DUTY_CYCLES: Final = {
    **dict.fromkeys(range(1, 27), PERCENT),
    2: EU,  # EU_433
    3: EU,  # EU_868
    14: EU,  # UA_433
    15: 1.0,  # UA_868
    29: 2.5,  # EU_866
}
"""Percent of an hour that a radio may send, by region."""

UNKNOWN_DUTY_CYCLE: Final = 1.0
"""In regions that are newer than this list: the least that any has."""


def modulation(config: LoRaConfig | None) -> Modulation:
    """Return how a radio sends; None: it has not said."""
    if config is None:
        return SLOWEST
    if config.uses_preset:
        return PRESETS.get(config.preset, SLOWEST)
    bandwidth = _BANDWIDTHS.get(config.bandwidth, float(config.bandwidth))
    if bandwidth <= 0 or not 5 <= config.spread_factor <= 12:
        return SLOWEST
    return Modulation(bandwidth, config.spread_factor, min(max(config.coding_rate, 5), 8))


def duty_cycle(config: LoRaConfig | None) -> float:
    """Return the percent of an hour that a radio may send."""
    if config is None:
        return UNKNOWN_DUTY_CYCLE
    return DUTY_CYCLES.get(config.region, UNKNOWN_DUTY_CYCLE)


class TextCost(msgspec.Struct, frozen=True):
    """What a text takes of the air at most: called as `Manners.cost`."""

    modulation: Modulation

    def __call__(self, size: int, place: str) -> int:
        """Return units of `UNIT`.

        Args:
            size: UTF-8 bytes of the text.
            place: a channel's texts are said once; those to one node until they are acknowledged.
        """
        alone = is_direct(place)
        around = AROUND if alone else AROUND + SIGNATURE
        once = self.modulation.milliseconds(HEADER + min(size + around, LONGEST))
        return math.ceil((once * ATTEMPTS if alone else once) / UNIT)


class Airtime:
    """How much of an hour the bot may have of its radio.

    Args:
        config: how the radio sends; None: it has not said.
        share: percent of an hour that the bot takes at most, whatever the region allows.
    """

    def __init__(self, config: LoRaConfig | None, share: float) -> None:
        self.cost: Final = TextCost(modulation(config))
        """Of a text."""
        self.region: Final = duty_cycle(config)
        """Percent of an hour that the radio may send."""
        self._share = min(share, self.region)
        self._others = 0.0

    @property
    def budget(self) -> int:
        """Units within any hour, at least 1, which is less than any text takes."""
        percent = min(self._share, self.region - self._others)
        return max(1, int(percent / PERCENT * HOUR))

    @property
    def is_used_up(self) -> bool:
        """Whether the radio may not send any more, because of what it says for others."""
        return self._others >= self.region

    def measured(self, percent: float, spent: int) -> None:
        """Take in how much of the last hour the radio was sending.

        Args:
            percent: as the radio says it.
            spent: units that the bot has said within that hour, at most.
        """
        self._others = max(0.0, percent - spent / HOUR * PERCENT)
