"""More to say than an hour has time for, with the clock of the test."""

from __future__ import annotations

import asyncio
import random

from meshvisor.features.meshtastic.radio.airtime import HOUR, UNIT, Airtime
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig, send_packet
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.playground.radio.radio import Radio
from meshvisor.worker.mesh.transport import Limits, Manners, NotInMeshError
from meshvisor.worker.mesh.waiting import Urgency
from tests.worker.mesh.air import Scene, settle

EU_868 = LoRaConfig(region=3, hop_limit=3)
"""Ten percent of an hour, on LongFast."""

MINUTES = 90


async def test_an_hour_of_load() -> None:
    """The radio drops no text, its hour is never exceeded, and each question is answered."""
    airtime = Airtime(EU_868, 100)
    scene = Scene(Manners(2.2, 1, airtime.budget, airtime.cost, is_quiet=True))
    scene.air.most = Limits(200, 3, fences=False)
    chance, tasks = random.Random(7), list[asyncio.Task[bool]]()

    async def say(size: int, urgency: Urgency) -> bool:
        try:
            return bool(await scene.mesh.say("x" * size, urgency))
        except NotInMeshError:
            return False

    answers = list[asyncio.Task[bool]]()
    for minute in range(MINUTES):
        for _ in range(4):
            size = chance.randint(20, 400)
            tasks.append(asyncio.create_task(say(size, Urgency.CHATTER)))
        if minute % 5 == 0:
            answers.append(asyncio.create_task(say(30, Urgency.ANSWER)))
        await scene.timers.advance(60)
    assert all([await answer for answer in answers])

    sent = on_the_radio([(at, text) for at, _, text in scene.air.said])
    assert len(sent) == len(scene.air.said) > 100
    for moment, _ in sent:
        within = sum(cost for at, cost in sent if moment <= at < moment + 3600)
        assert within <= HOUR * UNIT // 10
    for task in tasks:
        task.cancel()
    await settle()


def on_the_radio(said: list[tuple[float, str]]) -> list[tuple[float, int]]:
    """Have a radio send it at those moments; return when it has, and for how many milliseconds."""
    now, sent = [0.0], list[tuple[float, int]]()
    radio = Radio(1, lambda: now[0], lora=EU_868)
    modem = Airtime(EU_868, 100).cost.modulation

    def on_air(packet: Packet) -> None:
        assert packet.data is not None
        sent.append((now[0], modem.milliseconds(16 + len(packet.data.encoded()))))

    radio.on_air = on_air
    for number, (moment, text) in enumerate(said, 1):
        now[0] = moment
        radio.told(send_packet(Packet(number, data=Data(Port.TEXT, text.encode()))))
    assert radio.dropped == []
    return sent
