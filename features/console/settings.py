"""`[console]`."""

from __future__ import annotations

from types import MappingProxyType
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from meshvisor.shared.settings.section import ALL, Section, Table

USUAL_PORT: Final = 8480

MORE_PORTS: Final = 20
"""Ports that are tried behind the usual one, for other homes of the machine; not where the settings
name a port."""

HOUR: Final = 3600.0
DAY: Final = 24 * HOUR


def _name(text: str) -> str:
    if text and text.isascii() and not set(text) & set("/:@ \\"):
        return text
    raise ValueError(
        f"{text[:60]!r} is no name of a host; write it without scheme and port, such as "
        "bots.example.org"
    )


class ConsoleSettings(Section):
    """`[console]`: the HTTP API and the web pages."""

    enabled: bool = True
    """Whether there is one; `meshvisor run --no-console` leaves it out for once."""
    host: str = Field("127.0.0.1", pattern=r"^\S+$", examples=["127.0.0.1"])
    """Address that it listens on."""
    port: int = Field(USUAL_PORT, ge=0, le=65535)
    """0: any free one."""
    hosts: tuple[Annotated[str, AfterValidator(_name)], ...] = ()
    """Names under which browsers may ask for it, besides addresses and localhost."""
    proxies: tuple[Annotated[str, Field(pattern=r"^[0-9A-Fa-f.:/]+$")], ...] = ()
    """Addresses or networks of reverse proxies, which are believed whom they ask for."""
    tls_certificate: str = ""
    """Path of a file with certificates (PEM), below the home unless absolute; empty: no TLS."""
    tls_key: str = ""
    """Likewise of the file with its key; empty: it is in the same file."""
    session_idle: float = Field(12 * HOUR, ge=60, le=90 * DAY)
    """Seconds without a request after which operators have to sign in again."""
    session_longest: float = Field(30 * DAY, ge=60, le=365 * DAY)
    """Seconds after which they have to in any case."""
    memory_limit_mb: int = Field(256, ge=0, le=65536)
    """Memory with which it is started again; 0: no limit."""

    @property
    def ports(self) -> tuple[int, ...]:
        """The ports to try, in this order."""
        if self.port == 0 or "port" in self.model_fields_set:
            return (self.port,)
        return tuple(range(self.port, self.port + MORE_PORTS))


SECTIONS: Final = MappingProxyType(
    {"console": Table(model=ConsoleSettings, position=95, needs_restart=ALL)}
)
