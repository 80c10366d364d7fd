"""What packets tell of nodes: who they are, where, how they are doing, and acknowledgements."""

from __future__ import annotations

import enum
from typing import Any, Final

import msgspec

from meshvisor.features.meshtastic.wire import protobuf as pb
from meshvisor.features.meshtastic.wire.protobuf import Fields

DEGREE: Final = 1e7
"""Units of a coordinate in one degree."""

METRES_PER_DEGREE: Final = 111_320.0
"""Of latitude, and of longitude at the equator."""

FULL_PRECISION: Final = 32
"""Bits of a coordinate that was not made coarser."""


class NodeUser(msgspec.Struct, frozen=True):
    """Who a node says it is."""

    id: str = ""
    long_name: str = ""
    short_name: str = ""
    hardware: int = 0
    role: int = 0
    public_key: bytes = b""
    is_unmessagable: bool = False
    """Whether no person reads messages there."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        return b"".join(
            (
                pb.text(1, self.id),
                pb.text(2, self.long_name),
                pb.text(3, self.short_name),
                pb.unsigned(5, self.hardware),
                pb.unsigned(7, self.role),
                pb.data(8, self.public_key),
                pb.unsigned(9, self.is_unmessagable),
            )
        )

    @classmethod
    def read(cls, fields: Fields) -> NodeUser:
        """Take one out of its fields."""
        return cls(
            fields.text(1),
            fields.text(2).strip(),
            fields.text(3).strip(),
            fields.unsigned(5),
            fields.unsigned(7),
            fields.data(8),
            bool(fields.unsigned(9)),
        )


class Position(msgspec.Struct, frozen=True):
    """Where a node is."""

    latitude: float
    """Degrees."""
    longitude: float
    altitude: int = 0
    """Metres; 0: it does not say, or the sea's level."""
    time: int = 0
    """Epoch seconds by the node's clock; 0: it does not say."""
    precision_bits: int = 0
    """How many bits of each coordinate mean something; 0: it does not say."""

    @property
    def accuracy(self) -> float | None:
        """Metres between what it says and where it may be; None: as good as its receiver."""
        if not 0 < self.precision_bits < FULL_PRECISION:
            return None
        step: float = 2 ** (FULL_PRECISION - self.precision_bits) / DEGREE
        return step * METRES_PER_DEGREE / 2

    def encoded(self) -> bytes:
        """Return its bytes."""
        return b"".join(
            (
                pb.signed_fixed(1, round(self.latitude * DEGREE)),
                pb.signed_fixed(2, round(self.longitude * DEGREE)),
                pb.unsigned(3, self.altitude),
                pb.fixed(4, self.time),
                pb.unsigned(23, self.precision_bits),
            )
        )

    @classmethod
    def read(cls, fields: Fields) -> Position | None:
        """Take one out of its fields; None: it says nowhere."""
        if not fields.has(1) or not fields.has(2):
            return None
        return cls(
            fields.signed_fixed(1) / DEGREE,
            fields.signed_fixed(2) / DEGREE,
            fields.signed(3),
            fields.fixed(4),
            fields.unsigned(23),
        )


class DeviceMetrics(msgspec.Struct, frozen=True):
    """How a node is doing; None: it does not say."""

    battery_percent: int | None = None
    """Above 100: it has power from outside."""
    voltage: float | None = None
    channel_utilization: float | None = None
    """Percent of the last minute in which the channel was busy, as the node hears it."""
    airtime_percent: float | None = None
    """Percent of the last hour in which the node itself was sending."""
    uptime: int | None = None
    """Seconds."""

    def encoded(self) -> bytes:
        """Return its bytes."""
        return b"".join(
            (
                pb.unsigned(1, self.battery_percent or 0),
                pb.number(2, self.voltage or 0),
                pb.number(3, self.channel_utilization or 0),
                pb.number(4, self.airtime_percent or 0),
                pb.unsigned(5, self.uptime or 0),
            )
        )

    @classmethod
    def read(cls, fields: Fields) -> DeviceMetrics:
        """Take one out of its fields."""
        return cls(
            fields.unsigned(1) if fields.has(1) else None,
            round(fields.real(2), 3) if fields.has(2) else None,
            round(fields.real(3), 3) if fields.has(3) else None,
            round(fields.real(4), 3) if fields.has(4) else None,
            fields.unsigned(5) if fields.has(5) else None,
        )

    def as_json(self) -> dict[str, Any]:
        """Return what it says, as events have it."""
        said = {
            "battery_percent": None if self.battery_percent is None else self.battery_percent,
            "voltage": self.voltage,
            "channel_utilization": self.channel_utilization,
            "airtime_percent": self.airtime_percent,
            "uptime_s": self.uptime,
        }
        return {name: value for name, value in said.items() if value is not None}


DEVICE_METRICS: Final = 2
ENVIRONMENT: Final = 3
"""Fields of a telemetry packet."""

ENVIRONMENT_NAMES: Final = {
    1: "temperature_c",
    2: "humidity_percent",
    3: "pressure_hpa",
}
"""What most sensors of the surroundings tell; others are left out."""


def environment(fields: Fields) -> dict[str, float]:
    """Return what sensors of the surroundings tell, as events have it."""
    return {
        name: round(fields.real(number), 3)
        for number, name in ENVIRONMENT_NAMES.items()
        if fields.has(number)
    }


class RoutingError(enum.IntEnum):
    """Why a packet was not delivered; 0: it was."""

    NONE = 0
    NO_ROUTE = 1
    GOT_NAK = 2
    TIMEOUT = 3
    NO_INTERFACE = 4
    MAX_RETRANSMIT = 5
    NO_CHANNEL = 6
    TOO_LARGE = 7
    NO_RESPONSE = 8
    DUTY_CYCLE_LIMIT = 9
    BAD_REQUEST = 32
    NOT_AUTHORIZED = 33
    PKI_FAILED = 34
    PKI_UNKNOWN_PUBKEY = 35
    RATE_LIMIT_EXCEEDED = 38
    PKI_SEND_FAIL_PUBLIC_KEY = 39


_SAID: Final = {
    RoutingError.NO_ROUTE: "there is no way to that node",
    RoutingError.GOT_NAK: "a node on the way has refused it",
    RoutingError.TIMEOUT: "it took too long",
    RoutingError.NO_INTERFACE: "the radio cannot send",
    RoutingError.MAX_RETRANSMIT: "nobody has acknowledged it",
    RoutingError.NO_CHANNEL: "the channel is not known",
    RoutingError.TOO_LARGE: "it is too long",
    RoutingError.NO_RESPONSE: "there was no answer",
    RoutingError.DUTY_CYCLE_LIMIT: "the radio may not send more within this hour",
    RoutingError.BAD_REQUEST: "the radio does not understand it",
    RoutingError.NOT_AUTHORIZED: "the radio does not allow it",
    RoutingError.PKI_FAILED: "it could not be encrypted for that node",
    RoutingError.PKI_UNKNOWN_PUBKEY: "the receiver does not know the key of this radio",
    RoutingError.RATE_LIMIT_EXCEEDED: "it came too soon after the last text",
    RoutingError.PKI_SEND_FAIL_PUBLIC_KEY: "the radio does not know the key of that node",
}


def why(error: int) -> str:
    """Return what an error means, in a few words."""
    try:
        return _SAID[RoutingError(error)]
    except (ValueError, KeyError):
        return f"error {error} of the radio"


def routing_error(payload: bytes) -> int | None:
    """Return the error of a routing packet, 0 for none; None: it is about something else.

    Raises:
        WireError: it is no message.
    """
    fields = Fields(payload)
    return fields.unsigned(3) if fields.has(3) else None


def routing(error: int) -> bytes:
    """Return the payload of a routing packet."""
    return pb.unsigned(3, error, always=True)


def telemetry(metrics: DeviceMetrics) -> bytes:
    """Return the payload of a telemetry packet."""
    return pb.data(DEVICE_METRICS, metrics.encoded())
