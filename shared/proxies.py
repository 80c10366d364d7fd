"""Through which proxy of the environment a server is reached.

Owns which of the variables counts: `http_proxy`, `https_proxy`, `all_proxy`, `no_proxy` and those
for WebSocket.  Does not own reading what stands in it, nor going the way: each client has its own
words for an address that it cannot use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from meshvisor.shared.loopback import is_loopback

_VARIABLES: Final[Mapping[str, Sequence[str]]] = {
    "http": ("http", "all"),
    "https": ("https", "all"),
    # As RFC 6455 (4.1) has it: first SOCKS, then what is meant for TLS, which lets anything pass.
    "ws": ("ws", "socks", "https", "http"),
    "wss": ("wss", "socks", "https"),
}
"""By the scheme of a server the variables that name its proxy, without `_proxy`, best first."""


def proxy_address(scheme: str, host: str, port: int) -> str | None:
    """Return the address of the proxy as it is written; None: the way is direct.

    Servers on this machine need none, whatever the environment says.

    Args:
        scheme: of the server's address: `http`, `https`, `ws` or `wss`.
        host: of the server.
        port: of the server.
    """
    if is_loopback(host):
        return None
    # Loaded for foreign hosts only: two functions that come with 300 KB.
    from urllib.request import getproxies, proxy_bypass

    # People write an IPv6 address with brackets, and without.
    written = (host, f"[{host}]") if ":" in host else (host,)
    if any(proxy_bypass(f"{one}:{port}") for one in written):
        return None
    named = getproxies()
    variable = next((one for one in _VARIABLES[scheme] if named.get(one)), None)
    if variable is None:
        return None
    address = named[variable]
    # Where the operating system names it, a SOCKS proxy looks like any other.
    is_plain = variable == "socks" and address.startswith("http://")
    return address.replace("http://", "socks5h://", 1) if is_plain else address
