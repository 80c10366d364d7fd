"""Which host names and addresses mean this machine."""

from __future__ import annotations

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine, whatever a name server would say.

    The names are those of RFC 6761.  An IPv4 address may be written as one of IPv6, which Python
    before 3.13 does not take for the same.
    """
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback
