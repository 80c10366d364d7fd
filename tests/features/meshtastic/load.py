"""More to say than an hour has time for, with a clock that is moved: what the radio makes of it."""

from __future__ import annotations

import asyncio
import random
from typing import Final, NamedTuple

from meshvisor.features.meshtastic.radio.airtime import HOUR, UNIT, Airtime
from meshvisor.features.meshtastic.wire.client_api import LoRaConfig, send_packet
from meshvisor.features.meshtastic.wire.packet import Data, Packet, Port
from meshvisor.playground.radio.radio import Radio
from meshvisor.worker.mesh.transport import Limits, Manners, NotInMeshError
from meshvisor.worker.mesh.waiting import Urgency
from tests.worker.mesh.air import Scene, settle

EU_868: Final = LoRaConfig(region=3, hop_limit=3)
"""Ten percent of an hour, on LongFast."""

MINUTES: Final = 90


class Load(NamedTuple):
    """What became of it."""

    given: int
    """Texts that the radio was given."""
    sent: int
    """Texts that it has sent."""
    dropped: int
    """Texts that it has dropped, for they came too soon."""
    unanswered: int
    """Questions."""
    most_of_an_hour: float
    """Percent of the worst hour in which it has sent."""


async def loaded() -> Load:
    """Say four long texts a minute and answer a question every five, for an hour and a half."""
    airtime = Airtime(EU_868, 100)
    scene = Scene(Manners(2.2, 1, airtime.budget, airtime.cost, is_quiet=True))
    scene.air.most = Limits(200, 3, fences=False)
    chance = random.Random(7)
    chatter, answers = list[asyncio.Task[bool]](), list[asyncio.Task[bool]]()

    async def say(size: int, urgency: Urgency) -> bool:
        try:
            return bool(await scene.mesh.say("x" * size, urgency))
        except NotInMeshError:
            return False

    for minute in range(MINUTES):
        for _ in range(4):
            chatter.append(asyncio.create_task(say(chance.randint(20, 400), Urgency.CHATTER)))
        if minute % 5 == 0:
            answers.append(asyncio.create_task(say(30, Urgency.ANSWER)))
        await scene.timers.advance(60)
    unanswered = sum(not (answer.done() and answer.result()) for answer in answers)
    for task in (*chatter, *answers):
        task.cancel()
    await settle()
    return _on_the_radio([(at, text) for at, _, text in scene.air.said], unanswered)


# Private


def _on_the_radio(said: list[tuple[float, str]], unanswered: int) -> Load:
    """Have a radio send it at those moments."""
    now, sent = [0.0], list[tuple[float, int]]()
    radio = Radio(1, lambda: now[0], lora=EU_868)
    modem = Airtime(EU_868, 100).cost.modulation

    def on_air(packet: Packet) -> None:
        assert packet.data is not None
        sent.append((now[0], modem.milliseconds(16 + len(packet.data.encoded()))))

    radio.on_air = on_air
    for number, (moment, text) in enumerate(said, 1):
        now[0] = moment
        radio.receive(send_packet(Packet(number, data=Data(Port.TEXT, text.encode()))))
    most = max(sum(cost for at, cost in sent if moment <= at < moment + 3600) for moment, _ in sent)
    return Load(len(said), len(sent), len(radio.dropped), unanswered, 100 * most / (HOUR * UNIT))
