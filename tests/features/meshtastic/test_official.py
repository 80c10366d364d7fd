"""The official client understands the playground's radio: so it is what we say it is."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path

import pytest

from meshvisor.features.meshtastic.wire.client_api import LoRaConfig, NodeInfo
from meshvisor.features.meshtastic.wire.packet import Data, Port
from meshvisor.features.meshtastic.wire.payloads import NodeUser, Position
from tests.programs import give_up
from tests.transports.meshtastic import NODES, OWN, RadioNetwork

PEER = Path(__file__).parents[2] / "peers/meshtastic"

PYTHON = Path(sys.prefix) / "radio-peer/bin/python"

PATIENCE = 60.0


async def test_the_official_client() -> None:
    """It connects, sees nodes and channels, hears texts and positions, and is acknowledged."""
    if not PYTHON.exists():
        give_up("the official client of radios is not there: run 'make peers'")
    network = RadioNetwork()
    network.radio.lora = LoRaConfig(region=3, hop_limit=3)
    network.radio.nodes[NODES + 12] = NodeInfo(NODES + 12, NodeUser("!2000000c", "Ann", "ANN"))
    await network.open()
    host, _, port = network.server.partition(":")
    client = await asyncio.create_subprocess_exec(
        *(PYTHON, PEER / "client.py", host, port),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert client.stdin is not None
    assert client.stdout is not None

    async def observed(kind: str) -> dict[str, object]:
        assert client.stdout is not None
        async with asyncio.timeout(PATIENCE):
            while line := await client.stdout.readline():
                if line.startswith(b"{") and (one := json.loads(line))["kind"] == kind:
                    return dict(one)
        raise AssertionError(f"the client has ended without telling of {kind}")

    try:
        connected = await observed("connected")
        assert connected["number"] == OWN
        assert connected["region"] == 3
        assert connected["firmware"] == "2.8.0.playground"
        assert "Hiking" in list(connected["channels"])  # type: ignore[call-overload]
        assert dict(connected["names"])["!2000000c"] == "Ann"  # type: ignore[call-overload]
        await network.say("hello ☀", "12")
        text = await observed("text")
        assert (text["sender"], text["text"], text["to"]) == ("!2000000c", "hello ☀", 0xFFFFFFFF)
        network.hear("12", Data(Port.POSITION, Position(38.7, -9.1).encoded()))
        assert (await observed("position"))["latitude"] == pytest.approx(38.7)
        for to, by in ((NODES + 12, NODES + 12), (0xFFFFFFFF, OWN)):
            client.stdin.write(json.dumps({"text": "hi", "to": to}).encode() + b"\n")
            assert (await observed("acknowledged"))["by"] == [by, "NONE"]
            assert (await network.heard()).text == "hi"
        client.stdin.close()
        assert await client.wait() == 0
    finally:
        if client.returncode is None:
            client.kill()
            await client.wait()
        await network.close()
