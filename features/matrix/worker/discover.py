"""Which rooms an account is in or invited to; `TransportKind.discover`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from typing import Final

from meshvisor.features.matrix.address import Homeserver, homeserver
from meshvisor.features.matrix.wire import requests
from meshvisor.features.matrix.wire.events import Room, Sync, read_events, read_sync
from meshvisor.features.matrix.wire.refusals import MatrixError
from meshvisor.features.matrix.worker.client import Client
from meshvisor.features.matrix.worker.failures import FAILURES, sentence
from meshvisor.shared.found_meshes import Account, CannotDiscoverError, FoundMesh

CONNECTS: Final = 5.0
ANSWERS: Final = 12.0
"""Seconds; together less than what a look may take."""

SPACE: Final = "m.space"
"""Type of a room that only holds others."""


async def discover(account: Account) -> list[FoundMesh]:
    """Return the rooms of an account; see `TransportKind.discover`.

    Raises:
        CannotDiscoverError: they cannot be found out.
    """
    server, token = account.fields.get("server", ""), account.fields.get("token", "")
    if not server or not token:
        raise CannotDiscoverError(
            f"the account {account.name} cannot be asked for its rooms; it needs server and token"
        )
    where = homeserver(server)
    rooms = await _ask(where, token)
    found = [*rooms.rooms.join.items()]
    if account.mode == "invited":
        found += rooms.rooms.invite.items()
    return [
        FoundMesh(id=name, address=room, server=str(where)) for room, name in _named(dict(found))
    ]


# Private


async def _ask(server: Homeserver, token: str) -> Sync:
    client = Client(server, "", CONNECTS, ANSWERS)
    client.token = token
    try:
        wanted = requests.rooms_filter(os.urandom(8).hex())
        return read_sync(await client.ask(requests.sync(wanted, None, 0)))
    except FAILURES as error:
        is_final = isinstance(error, MatrixError) and not (error.is_passing or error.is_limit)
        raise CannotDiscoverError(sentence(error, server), transient=not is_final) from error
    finally:
        client.close()


def _named(rooms: Mapping[str, Room]) -> Iterator[tuple[str, str]]:
    """Yield rooms and what their meshes are called: like their ids, which never change."""
    for room, news in rooms.items():
        if not _is_space(news):
            name = re.sub(r"[^A-Za-z0-9._:@~-]", "-", room.removeprefix("!"))[:128]
            yield room, name if name[:1].isalnum() else f"room{name}"[:128]


def _is_space(room: Room) -> bool:
    known = (*room.state.events, *room.timeline.events, *room.invite_state.events)
    return any(
        event.type == "m.room.create" and event.content.get("type") == SPACE
        for event in read_events(list(known))
    )
