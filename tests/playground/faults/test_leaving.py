from __future__ import annotations

import pytest

from meshvisor.features.watch_party.protoo.client import LeftError, RefusedError, connect
from meshvisor.features.watch_party.protoo.rooms import ENDED, KICKED
from meshvisor.playground.server import Playground
from tests.playground.joining import joined, next_of


async def test_kick(playground: Playground) -> None:
    """A kicked peer is notified and closed for good, is out at once, and may come back."""
    async with joined(playground) as client:
        playground.kick("lobby", "1_a")
        assert playground.peers("lobby") == []
        await next_of(client, KICKED)
        with pytest.raises(LeftError) as caught:
            await next_of(client, "nothing more")
    async with joined(playground):
        pass

    assert caught.value.for_good


async def test_ban(playground: Playground) -> None:
    """A banned user is refused on every device, and only in that room."""
    async with joined(playground, peer_id="1_a"):
        playground.kick("lobby", "1_a", ban=True)

    with pytest.raises(RefusedError, match="banned") as caught:
        await connect(playground.server, "lobby", "1_b").__aenter__()
    async with joined(playground, room="cinema", peer_id="1_a"):
        pass
    assert caught.value.status == 403


async def test_close_room(playground: Playground) -> None:
    """Everyone in a closed room gets 4000 and nothing else; others are left alone."""
    async with joined(playground) as inside, joined(playground, room="cinema") as outside:
        playground.close_room("lobby")
        with pytest.raises(LeftError) as caught:
            await next_of(inside, "nothing more")
        await outside.peer.request("clientPing")

    assert caught.value.for_good


async def test_end_room(playground: Playground) -> None:
    """All in a room that ends are notified, and no peer comes in any more."""
    async with joined(playground) as client:
        playground.end_room("lobby")
        await next_of(client, ENDED)
        with pytest.raises(LeftError) as caught:
            await next_of(client, "nothing more")
    with pytest.raises(RefusedError) as refused:
        await connect(playground.server, "lobby", "1_a").__aenter__()

    assert caught.value.for_good
    assert refused.value.status == 404


async def test_drop_one(playground: Playground) -> None:
    """A dropped peer sees no close frame; the others stay."""
    async with (
        joined(playground, peer_id="1_a") as first,
        joined(playground, peer_id="2_b") as second,
    ):
        playground.drop("lobby", "1_a")
        with pytest.raises(LeftError, match="cut off") as caught:
            await next_of(first, "nothing more")
        await second.peer.request("clientPing")

    assert not caught.value.for_good


async def test_drop_all(playground: Playground) -> None:
    """Everyone in every room is dropped."""
    async with joined(playground), joined(playground, room="cinema"):
        playground.drop()

        assert playground.world.all_peers() == []
