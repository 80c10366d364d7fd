"""What the console is started with: one JSON object on its command line.

Owns the fields.  Made by the supervisor from `[console]`; nothing in it is secret.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Self


@dataclass(frozen=True, slots=True)
class ConsoleOptions:
    """How a console listens, and what it allows."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    ports: tuple[int, ...] = (0,)
    """The first that is free is taken; 0: any."""
    certificate: str = ""
    """Path of the file with the TLS certificates; empty: no TLS."""
    key: str = ""
    """Path of the file with the certificate's key."""
    hosts: tuple[str, ...] = ()
    """Names under which it may be asked, besides addresses and those of this machine."""
    proxies: tuple[str, ...] = ()
    """Addresses of reverse proxies that are believed whom they ask for."""
    session_idle: float = 12 * 3600.0
    """Seconds without a request after which a session ends."""
    session_longest: float = 30 * 86400.0
    """Seconds after which a session ends in any case."""
    memory_limit: int = 0
    """Bytes; 0: no limit."""
    static: Path = field(default=Path(__file__).parent / "static")
    """Folder of the built web pages; it may be missing."""

    @classmethod
    def of_json(cls, text: str) -> Self:
        """Return the options in a JSON object."""
        fields = json.loads(text)
        for name in ("ports", "hosts", "proxies"):
            fields[name] = tuple(fields.get(name, ()))
        if "static" in fields:
            fields["static"] = Path(fields["static"])
        return cls(**fields)

    def as_json(self) -> str:
        """Return them as a JSON object."""
        return json.dumps({**asdict(self), "static": str(self.static)})

    @property
    def is_secure(self) -> bool:
        """Whether it speaks TLS itself."""
        return bool(self.certificate)
