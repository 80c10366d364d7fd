"""The official client of radios at a radio: says what it understands, one JSON line for each.

Run by the Python of its own environment (`make peers`), for its library is GPL and nothing else
here imports it.  Arguments: host and port.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from typing import Any, Final

import meshtastic.tcp_interface  # type: ignore[import-not-found]
from pubsub import pub  # type: ignore[import-not-found]

TIMEOUT: Final = 60.0
"""Seconds for each answer."""

LOCK: Final = threading.Lock()


def tell(kind: str, **fields: Any) -> None:
    """Print one line."""
    with LOCK:
        print(json.dumps({"kind": kind, **fields}), flush=True)


def on_text(packet: dict[str, Any], interface: Any) -> None:
    """Tell what was heard."""
    tell("text", sender=packet["fromId"], text=packet["decoded"]["text"], to=packet["to"])


def on_position(packet: dict[str, Any], interface: Any) -> None:
    """Tell where a node is."""
    position = packet["decoded"]["position"]
    tell("position", sender=packet["fromId"], latitude=position["latitude"])


def acknowledged(interface: Any, text: str, to: int) -> tuple[int, str] | None:
    """Send a text; return which node has acknowledged it and how, or None: none has."""
    done, found = threading.Event(), list[tuple[int, str]]()

    def answer(packet: dict[str, Any]) -> None:
        found.append((packet["from"], packet["decoded"]["routing"]["errorReason"]))
        done.set()

    # The library hands acknowledgements on only to what is called like this.
    answer.__name__ = "onAckNak"
    interface.sendText(text, destinationId=to, wantAck=True, onResponse=answer)
    done.wait(TIMEOUT)
    return found[0] if found else None


def main() -> None:
    """Connect, tell, say, and listen until standard input ends."""
    pub.subscribe(on_text, "meshtastic.receive.text")
    pub.subscribe(on_position, "meshtastic.receive.position")
    host, port = sys.argv[1], int(sys.argv[2])
    begin = time.monotonic()
    interface = meshtastic.tcp_interface.TCPInterface(host, portNumber=port)
    nodes = interface.nodes
    tell(
        "connected",
        seconds=time.monotonic() - begin,
        number=interface.myInfo.my_node_num,
        names={key: node["user"]["longName"] for key, node in nodes.items() if "user" in node},
        channels=[channel.settings.name for channel in interface.localNode.channels or ()],
        region=interface.localNode.localConfig.lora.region,
        firmware=interface.metadata.firmware_version,
    )
    for line in sys.stdin:
        asked = json.loads(line)
        tell("acknowledged", by=acknowledged(interface, asked["text"], asked["to"]))
    interface.sendHeartbeat()
    interface.close()


main()
