"""Connecting to a server that has several addresses, of which some may be dead.

Owns finding and connecting.  Does not own how long each is tried (`shared.addresses`).  Called by
`web_socket`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from asyncio import sslproto
from typing import Final

from meshvisor.shared.addresses import in_turn

TLS_BUFFER: Final = 16 * 1024
"""Bytes that a secure connection reads at once: a record of TLS has no more.  asyncio's 256 KiB are
written with zeros by each connection, and are then a worker's own."""

sslproto.SSLProtocol.max_size = TLS_BUFFER


async def connect_to_any(
    protocol: asyncio.Protocol, host: str, port: int, context: ssl.SSLContext | None, time: float
) -> None:
    """Connect `protocol` to the first address of a server that answers.

    Args:
        protocol: gets the connection.
        host: a name or an address.
        port: of the server.
        context: TLS settings; None: no TLS.
        time: seconds for all addresses together.

    Raises:
        OSError: there is no way to the server; of several reasons the last one.  A certificate
            that is not accepted is final, whatever other addresses there are.
        TimeoutError: the last address did not answer in its share of the time.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + time
    addresses = await _addresses(host, port)
    for address, share, is_last in in_turn(addresses, end, loop.time):
        try:
            async with asyncio.timeout(share):
                await loop.create_connection(
                    lambda: protocol,
                    address,
                    port,
                    ssl=context,
                    server_hostname=host if context is not None else None,
                )
        except ssl.SSLError:
            raise
        except OSError:
            if is_last:
                raise
        else:
            return


async def _addresses(host: str, port: int) -> list[str]:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        pass
    else:
        return [host]
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    # Each once, in the order in which the system prefers them.
    return list(dict.fromkeys(_written(place) for *_, place in found))


def _written(place: tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]) -> str:
    address = str(place[0])
    scope = place[3] if len(place) == 4 else 0
    return f"{address}%{scope}" if scope and "%" not in address else address
