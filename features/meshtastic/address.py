"""Where a radio is, as `server` of an entry says it: `host`, `host:port`, or `/dev/ttyUSB0`; or the
broker of gateways: `mqtt://host`.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

PORT: Final = 4403
"""Of the client API."""

DEVICES: Final = "/dev/"

_ADDRESS: Final = re.compile(
    r"(?:(?P<scheme>tcp|mqtts?)://)?(?:\[(?P<v6>[0-9A-Fa-f:.%]+)\]|(?P<host>[A-Za-z0-9._-]+))(?::(?P<port>[0-9]{1,5}))?"
)

WANTED: Final = (
    "must be host, host:port or [IPv6]:port of a radio, its serial port (/dev/ttyUSB0), or "
    "mqtt://host or mqtts://host of a broker"
)

MQTT_PORTS: Final = {"mqtt": 1883, "mqtts": 8883}


class Endpoint(msgspec.Struct, frozen=True):
    """A radio."""

    host: str = ""
    port: int = PORT
    device: str = ""
    """Its serial port; empty: it is reached over TCP."""
    scheme: str = ""
    """`mqtt` or `mqtts`: it is the broker of gateways; empty: it is a radio."""

    @property
    def is_broker(self) -> bool:
        """Whether gateways are heard there."""
        return bool(self.scheme)

    @property
    def is_secure(self) -> bool:
        """Whether it is reached with TLS."""
        return self.scheme == "mqtts"

    def __str__(self) -> str:
        """Return it as `server` says it."""
        if self.device:
            return self.device
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}" if self.scheme else f"{host}:{self.port}"


def endpoint(text: str) -> Endpoint:
    """Read where a radio is.

    Raises:
        ValueError: it is nowhere; the message begins with "must".
    """
    if text.startswith(DEVICES) and text.isprintable():
        return Endpoint(device=text)
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise ValueError(WANTED)
    scheme = found["scheme"] if found["scheme"] in MQTT_PORTS else ""
    port = int(found["port"] or MQTT_PORTS.get(scheme, PORT))
    if not 0 < port < 65_536:
        raise ValueError(f"{WANTED}; ports are 1 to 65535")
    return Endpoint(found["v6"] or found["host"], port, scheme=scheme)


def check_server(text: str) -> str:
    """Return where a radio is as it is meant: `host:port` or a device.

    Raises:
        ValueError: it is nowhere; the message begins with "must".
    """
    return str(endpoint(text))
