"""What `meshvisor doctor` checks of radios: that they answer, and can send; and of brokers: that
they let the account of the mesh in.

Owns the sentences.  Does not own the conversations (`visit`, `broker`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.meshtastic.address import Endpoint, endpoint
from meshvisor.features.meshtastic.cli.broker import Visit, visit_broker
from meshvisor.features.meshtastic.cli.visit import VisitError, visit
from meshvisor.features.meshtastic.kind import MESHTASTIC
from meshvisor.features.meshtastic.radio.airtime import duty_cycle
from meshvisor.features.meshtastic.radio.places import ChannelPlaces
from meshvisor.shared.settings.model import Settings
from meshvisor.supervisor.cli.doctor.check import Check, Examined
from meshvisor.supervisor.cli.doctor.finding import Finding, fail, ok, untried, warn
from meshvisor.supervisor.cli.human import milliseconds
from meshvisor.supervisor.cli.terminal import clean
from meshvisor.worker.mesh.transport import NoSuchPlaceError

NAME: Final = "radio"

BROKER: Final = "broker"

MOST_RADIOS: Final = 5
"""That are visited, and as many brokers; more would take too long when none answers."""


def check(settings: Settings, *, is_running: bool) -> Iterator[Finding]:
    """Visit each radio once, and each broker with each account that meshes have there.

    Args:
        settings: name the meshes and accounts.
        is_running: whether a supervisor runs, whose bots are the clients of these radios; a visit
            would take them away.
    """
    accounts = settings.named(AccountSettings)
    seen: set[Endpoint] = set()
    visits: dict[Visit, None] = {}
    left = 0
    for mesh in settings.each(StaticMesh):
        if mesh.transport != MESHTASTIC or mesh.why_broken() is not None:
            continue
        if not mesh.server:
            yield fail(
                f"mesh {clean(mesh.id)}",
                "it does not say where its radio is",
                'add server = "host" or server = "/dev/ttyUSB0" to its entry',
            )
            continue
        radio = endpoint(mesh.server)
        if radio.is_broker:
            held = accounts.get(mesh.account)
            fields = held.fields() if held is not None else {}
            user, password = fields.get("user", ""), fields.get("password", "")
            visits[Visit(radio, mesh.own_settings()["topic"], user, password)] = None
            continue
        if radio in seen:
            yield fail(
                f"mesh {clean(mesh.id)}",
                f"another mesh is the client of {radio}, which has one at a time",
                "one entry for each radio; its channels are places of one mesh",
            )
        elif is_running:
            yield ok(NAME, f"{radio} is not visited: the running bot is its one client")
        elif len(seen) < MOST_RADIOS:
            yield _visited(radio, mesh.address, mesh.answered_places() or ())
        else:
            left += 1
        seen.add(radio)
    yield from untried(NAME, left)
    for one in list(visits)[:MOST_RADIOS]:
        yield _broker(one)
    yield from untried(BROKER, len(visits) - MOST_RADIOS)


# Private


def _broker(visit: Visit) -> Finding:
    try:
        seconds = visit_broker(visit)
    except VisitError as error:
        return fail(BROKER, clean(str(error)), clean(error.advice))
    whom = f"the bot as {visit.user}" if visit.user else "the bot without an account"
    took = milliseconds(seconds * 1e3)
    return ok(BROKER, clean(f"{visit.broker} lets {whom} in, in {took}"))


def _visited(radio: Endpoint, home: str, answered: Iterable[str]) -> Finding:
    try:
        state, seconds = visit(radio)
    except VisitError as error:
        return fail(NAME, clean(str(error)), clean(error.advice))
    if state.lora is not None and not state.lora.region:
        return fail(
            NAME,
            f"{radio} has no region and sends nothing",
            "choose one with the Meshtastic app, under LoRa",
        )
    try:
        places = ChannelPlaces(state.channels.values(), state.channel_name, home)
    except NoSuchPlaceError as error:
        return fail(NAME, clean(f"{radio}: {error}"), "correct address, or add the channel")
    if unanswered := places.unanswered(answered):
        return warn(NAME, clean(f"{radio}: {unanswered}"), "correct places, or add the channel")
    parts = [f"{radio} answers in {milliseconds(seconds * 1e3)}"]
    if state.firmware:
        parts.append(f"firmware {state.firmware}")
    parts.append(f"{len(places.places)} channels" if len(places.places) != 1 else "one channel")
    parts.append(f"it may send {duty_cycle(state.lora):g} % of an hour")
    return ok(NAME, clean(", ".join(parts)))


def _radios(examined: Examined) -> Iterator[Finding]:
    if examined.settings is not None:
        yield from check(examined.settings, is_running=bool(examined.supervisor))


CHECKS: Final = (Check(name="radios", position=113, examine=_radios),)
