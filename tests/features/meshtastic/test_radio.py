"""What is known of a radio: airtime, places, nodes, and what was heard already."""

from __future__ import annotations

from math import cos, hypot, radians

import pytest

from meshvisor.features.meshtastic.radio.airtime import (
    HOUR,
    PRESETS,
    Airtime,
    Modulation,
    duty_cycle,
    modulation,
)
from meshvisor.features.meshtastic.radio.nodes import MOST, PRESENT_FOR, Nodes
from meshvisor.features.meshtastic.radio.places import ChannelPlaces
from meshvisor.features.meshtastic.radio.seen import KEPT, Seen
from meshvisor.features.meshtastic.wire.client_api import Channel, LoRaConfig
from meshvisor.features.meshtastic.wire.node_ids import BROADCAST
from meshvisor.features.meshtastic.wire.packet import Packet
from meshvisor.features.meshtastic.wire.payloads import NodeUser
from meshvisor.playground.radio.nodes import Neighbourhood
from meshvisor.playground.radio.radio import Radio
from meshvisor.playground.residents.walk import DEGREE, SPEED
from meshvisor.worker.mesh.transport import NoSuchPlaceError

EU_868, US, NEW_REGION = 3, 1, 99


@pytest.mark.parametrize(
    ("modem", "with_eight", "symbol"),
    [(Modulation(125, 7, 5), 118.016, 1.024), (Modulation(125, 12, 5), 2793.472, 32.768)],
)
def test_airtime(modem: Modulation, with_eight: float, symbol: float) -> None:
    """It is that of LoRaWAN's tables for 64 bytes, whose preamble is eight symbols shorter."""
    assert modem.milliseconds(64) == pytest.approx(with_eight + 8 * symbol, abs=1)


def test_longer_and_slower_take_longer() -> None:
    """Of every preset."""
    for modem in PRESETS.values():
        times = [modem.milliseconds(size) for size in range(16, 256)]
        assert times == sorted(times)
    assert PRESETS[6].milliseconds(100) < PRESETS[0].milliseconds(100)


def test_a_text_to_one_node_may_be_said_three_times() -> None:
    """The worst case is reckoned with: no acknowledgement."""
    cost = Airtime(LoRaConfig(US), 100).cost
    once = cost.modulation.milliseconds(16 + 40 + 24)
    assert cost(40, "dm:!00000001") == pytest.approx(3 * once / 10, abs=1)
    assert cost(40, "") < 2 * once / 10


def test_budgets() -> None:
    """Never more than the region allows, the share of the settings, and what the radio leaves."""
    assert duty_cycle(LoRaConfig(EU_868)) == 10
    assert duty_cycle(LoRaConfig(NEW_REGION)) == duty_cycle(None) == 1
    assert Airtime(LoRaConfig(US), 5).budget == HOUR * 5 // 100
    airtime = Airtime(LoRaConfig(EU_868), 100)
    assert airtime.budget == HOUR // 10
    airtime.measured(9.0, HOUR * 3 // 100)  # 3 % of them were the bot's own
    assert airtime.budget == HOUR * 4 // 100
    assert not airtime.is_used_up
    airtime.measured(12.0, 0)
    assert airtime.budget == 1
    assert airtime.is_used_up


def test_a_radio_that_says_nothing_of_how_it_sends() -> None:
    """The slowest that there is, is reckoned with; the same for what makes no sense."""
    slowest = PRESETS[2]
    assert modulation(None) == slowest
    assert modulation(LoRaConfig(US, preset=77)) == slowest
    assert modulation(LoRaConfig(US, uses_preset=False)) == slowest
    own = LoRaConfig(US, uses_preset=False, bandwidth=62, spread_factor=9, coding_rate=6)
    assert modulation(own) == Modulation(62.5, 9, 6)


CHANNELS = (
    Channel(0),
    Channel(1, "Hiking"),
    Channel(2, "Twice"),
    Channel(3, "Twice"),
    Channel(4, is_used=False),
)


def test_channels_are_places() -> None:
    """By their names where these are clear, else by their numbers; the first one is the mesh's."""
    places = ChannelPlaces(CHANNELS, "LongFast", "")
    assert places.places == {0: "", 1: "#Hiking", 2: "#2", 3: "#3"}
    assert places.target("") == (BROADCAST, 0)
    assert places.target("#Hiking") == (BROADCAST, 1)
    assert places.target("dm:!0000000a") == (10, 0)
    assert places.of(9) == "#9"


def test_the_channel_at_home() -> None:
    """Any channel can be the mesh's own; the first one then has the preset's name."""
    places = ChannelPlaces(CHANNELS, "LongFast", "#Hiking")
    assert (places.home, places.of(0), places.of(1)) == (1, "#LongFast", "")
    with pytest.raises(NoSuchPlaceError, match=r"no channel #Sea; it has #LongFast, #Hiking"):
        ChannelPlaces(CHANNELS, "LongFast", "Sea")
    with pytest.raises(NoSuchPlaceError, match="no node"):
        places.target("dm:somebody")


def test_what_was_heard_already() -> None:
    """Once by its sender and number, also in a later life."""
    seen = Seen()
    assert [seen.is_new(Packet(7, sender=node)) for node in (1, 2, 1)] == [True, True, False]
    for number in range(2 * KEPT):
        token = seen.note_text(Packet(number, sender=5))
    later = Seen(token)
    assert not later.is_new(Packet(2 * KEPT - 1, sender=5))
    assert later.is_new(Packet(0, sender=5))
    assert len(token) < 4096
    assert Seen("what is this - x-y").is_new(Packet(1))


def test_nodes_of_the_playground_are_under_way() -> None:
    """Each of them walks from the first moment on, as people expect who look at a map."""
    radio = Radio(1, lambda: 0.0)
    around = Neighbourhood(radio, 6, lambda: 1_700_000_000.0)

    def places() -> list[tuple[float, float]]:
        return [
            (position.latitude, position.longitude)
            for node in around.nodes
            if (position := radio.nodes[node.number].position) is not None
        ]

    before = places()
    around.tick(30.0)
    ways = [
        hypot((lat - old[0]) * DEGREE, (lon - old[1]) * DEGREE * cos(radians(lat)))
        for (lat, lon), old in zip(places(), before, strict=True)
    ]
    assert len(ways) == 6
    assert min(ways) > 30 * SPEED / 2


def test_nodes_come_and_go() -> None:
    """A node is there while it was heard lately, by the name that it has said."""
    nodes = Nodes()
    assert nodes.heard(1, 100.0)
    nodes.named(1, NodeUser("", "Ann", "A"))
    assert not nodes.heard(1, 200.0)
    assert nodes.heard(2, 150.0)
    assert {user.name for user in nodes.present.values()} == {"Ann", "!00000002"}
    nodes.named(1, NodeUser("", "A\nn\x1b[31mn\u202e" + "x" * 999))
    (odd, _) = nodes.present.values()
    assert odd.name.isprintable()
    assert len(odd.name) < 300
    nodes.named(1, NodeUser("", "Ann", "A"))
    assert [user.id for user in nodes.gone(150.0 + PRESENT_FOR)] == ["!00000002"]
    assert list(nodes.present) == ["!00000001"]
    for number in range(2 * MOST):
        nodes.heard(number, 300.0)
    assert len(nodes.present) == MOST
