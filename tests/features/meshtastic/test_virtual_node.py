"""A node that others have written, over multicast on the loopback interface.

What it encrypts is read here, and it reads what is encrypted here.
"""

from __future__ import annotations

import json
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from meshvisor.features.meshtastic.wire.crypto import ChannelKey, channel_key
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.features.meshtastic.wire.payloads import NodeUser
from meshvisor.features.meshtastic.wire.protobuf import Fields
from tests.irc_servers import free_port
from tests.programs import give_up

PYTHON = Path(sys.prefix) / "radio-peer/bin/python"

SCRIPT = Path(__file__).parents[2] / "peers/meshtastic/node.py"

GROUP = "239.255.77.69"
"""Not the one of real nodes, which may be on the same network."""

PATIENCE = 60.0

LOOPBACK = socket.inet_aton("127.0.0.1")


@contextmanager
def ether(port: int) -> Iterator[socket.socket]:
    """Open a socket in the group, whose packets never leave the machine."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as made:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        made.bind((GROUP, port))
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, LOOPBACK)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 0)
        member = struct.pack("4s4s", socket.inet_aton(GROUP), LOOPBACK)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
        made.settimeout(PATIENCE)
        yield made


def test_a_virtual_node(tmp_path: Path) -> None:
    """Its name comes out of the first packet that it sends, and a text of ours reaches it."""
    if not PYTHON.exists():
        give_up("the virtual node is not there: run 'make peers'")
    channel, port = ChannelKey("LongFast", channel_key("AQ==")), free_port()
    with (
        ether(port) as air,
        subprocess.Popen(
            [PYTHON, SCRIPT, tmp_path, GROUP, str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as node,
    ):
        assert node.stdout is not None
        packet = Packet.decoded(air.recv(512))
        data = channel.opened(packet)
        assert data is not None
        assert (packet.sender, data.port) == (0x0BADCAFE, Port.NODE_INFO)
        user = NodeUser.read(Fields(data.payload))
        assert (user.id, user.long_name, len(user.public_key)) == ("!0badcafe", "Virtual", 32)
        printed = (json.loads(line) for line in node.stdout if line.startswith("{"))
        assert next(printed) == {"started": True}
        text = Data(Port.TEXT, b"hello from here", bitfield=1)
        said = channel.closed(Packet(77, sender=0xDEADBEEF, data=text, hop_limit=3, hop_start=3))
        air.sendto(said.encoded(), (GROUP, port))
        assert "hello from here" in next(printed)["heard"]
        node.communicate()
