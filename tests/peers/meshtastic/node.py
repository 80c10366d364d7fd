"""A virtual node that others have written: says what it hears, one JSON line for each text.

Run by the Python of its own environment (`make peers`), for its libraries are GPL and nothing else
here imports them.  Arguments: a folder, a multicast group and a port.  Its packets never leave the
machine: its socket is bound to the loopback interface and their time to live is 0.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path
from typing import Any, Final

import mudp.connection  # type: ignore[import-not-found]
import vnode  # type: ignore[import-not-found]

NODE: Final = "!0badcafe"

LOOPBACK: Final = socket.inet_aton("127.0.0.1")


def pinned(self: Any, group: str, port: int, bind_mode: str | None = None) -> None:
    """Open the socket of a connection on the loopback interface alone."""
    del bind_mode
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    made.bind((group, port))
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
    made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
    member = socket.inet_aton(group) + LOOPBACK
    made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    self.host, self.port, self.socket, self.sock = group, port, made, made


def hear(packet: Any, interface: Any = None) -> None:
    """Tell of a text."""
    del interface
    data = packet["decoded"] if isinstance(packet, dict) else packet.decoded
    print(json.dumps({"heard": str(data)}), flush=True)


def main() -> None:
    """Be a node until standard input ends."""
    folder, group, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    mudp.connection.Connection.setup_multicast = pinned
    settings = folder / "node.json"
    said = {
        "node_id": NODE,
        "long_name": "Virtual",
        "short_name": "VIRT",
        "hw_model": "ANDROID_SIM",
        "role": "CLIENT",
        "channel": {"name": "LongFast", "psk": "AQ=="},
        "udp": {"mcast_group": group, "mcast_port": port},
        "meshdb": {"path": str(folder / "data")},
    }
    settings.write_text(json.dumps(said))
    node = vnode.VirtualNode(str(settings))
    node.start()
    node.receive(hear)
    print(json.dumps({"started": True}), flush=True)
    sys.stdin.read()
    node.stop()


main()
