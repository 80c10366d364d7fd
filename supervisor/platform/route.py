"""The way from here to a foreign server: which host, with TLS or without, through which proxy.

Owns reading addresses.  Does not own which proxy is meant (`shared.proxies`), nor going the way
(`http_client`).
Called by `json_api`.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.client import HTTP_PORT, HTTPS_PORT
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

import msgspec

from meshvisor.shared.proxies import proxy_address


class ProxyError(ValueError):
    """The environment names a proxy that cannot be used; the message says what could be."""


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that passes requests on."""

    host: str
    port: int
    headers: Mapping[str, str] = field(repr=False)
    """What it has to be sent; may hold a password."""


class Route(msgspec.Struct, frozen=True):
    """The way to a server."""

    host: str
    port: int
    tls: bool
    path: str
    """What the paths of all requests begin with."""
    proxy: Proxy | None

    @classmethod
    def to(cls, url: str) -> Route:
        """Return the way to a base URL; to loopback it never leads through a proxy.

        Raises:
            ProxyError: see there.
        """
        parts = urlsplit(url)
        host, tls = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (HTTPS_PORT if tls else HTTP_PORT)
        address = proxy_address(parts.scheme, host, port)
        return cls(
            host=host,
            port=port,
            tls=tls,
            path=quote(parts.path, safe="/%:@!$&'()*+,;=~"),
            proxy=None if address is None else _proxy(address, parts.scheme),
        )

    @property
    def is_relayed(self) -> bool:
        """Whether the proxy reads the requests; with TLS it is only asked for a tunnel."""
        return self.proxy is not None and not self.tls

    @property
    def by_way_of(self) -> str:
        """What to add to a sentence about this way: nothing, or which proxy it leads through."""
        return f" (through the proxy {self.proxy.host}:{self.proxy.port})" if self.proxy else ""

    def target(self, path: str, params: Mapping[str, str] | None = None) -> str:
        """Return what a request asks for: a path, or the whole address when a proxy reads it."""
        query = f"?{urlencode(params, quote_via=quote, safe='')}" if params else ""
        return f"{self._start if self.is_relayed else ''}{self.path}{path}{query}"

    @property
    def _start(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}" if self.port == HTTP_PORT else f"http://{host}:{self.port}"


def _proxy(address: str, scheme: str) -> Proxy:
    # The message does not repeat the address, which may hold a password.
    problem = ProxyError(f"for {scheme} it has to be like http://host:port")
    try:
        parts = urlsplit(address if "://" in address else f"http://{address}")
        port = parts.port or HTTP_PORT
    except ValueError:
        raise problem from None
    if parts.scheme != "http" or not parts.hostname:
        raise problem
    return Proxy(parts.hostname, port, _authorization(parts))


def _authorization(proxy: SplitResult) -> dict[str, str]:
    if proxy.username is None:
        return {}
    pair = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}"
    return {"Proxy-Authorization": f"Basic {b64encode(pair.encode()).decode()}"}
