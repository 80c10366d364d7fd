"""Reaching a server through the HTTP proxy that the environment names.

Owns the way through.  Does not own which proxy is meant (`shared.proxies`).
"""

from __future__ import annotations

import asyncio
import ssl

from websockets.asyncio.client import connect_http_proxy
from websockets.proxy import Proxy, parse_proxy
from websockets.uri import WebSocketURI

from meshvisor.shared.proxies import proxy_address


def proxy_of(uri: WebSocketURI) -> Proxy | None:
    """Return the proxy to use for a server, or None; servers on this machine need none.

    Raises:
        ValueError: the environment names a proxy that is no HTTP proxy.
    """
    address = proxy_address("wss" if uri.secure else "ws", uri.host, uri.port)
    if address is None:
        return None
    proxy = parse_proxy(address)
    if proxy.scheme not in {"http", "https"}:
        raise ValueError(f"proxies of kind {proxy.scheme} are not supported, only HTTP ones")
    return proxy


async def connect_through(
    proxy: Proxy, uri: WebSocketURI, protocol: asyncio.Protocol, context: ssl.SSLContext | None
) -> None:
    """Connect `protocol` to a server by way of a proxy.

    Args:
        proxy: from `proxy_of`.
        uri: the server.
        protocol: gets the connection.
        context: TLS settings for the server; None: no TLS.
    """
    loop = asyncio.get_running_loop()
    to_proxy = ssl.create_default_context() if proxy.scheme == "https" else None
    transport = await connect_http_proxy(proxy, uri, ssl=to_proxy)
    transport.set_protocol(protocol)
    if context is not None:
        secured = await loop.start_tls(transport, protocol, context, server_hostname=uri.host)
        assert secured is not None
        transport = secured
    protocol.connection_made(transport)
