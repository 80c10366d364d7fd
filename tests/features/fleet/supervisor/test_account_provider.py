"""Asking an account's network: whatever the process says or does not say, it is one sentence."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from meshvisor.features.fleet.supervisor.providers import account as module
from meshvisor.features.fleet.supervisor.providers.account import AccountProvider, ListingProcess
from meshvisor.features.fleet.supervisor.providers.provider import DiscoveryError
from meshvisor.shared.found_meshes import Account
from meshvisor.supervisor.children.spawner import Child, SpawnOrder

SECRET = "hunter2"


class Process:
    """Stands in for the spawner: its child says what it was made with, or nothing and never ends.

    The real ones are in tests/supervisor/test_installed_transports.py.
    """

    def __init__(self, says: bytes | None) -> None:
        self._says = says
        self._theirs: list[socket.socket] = []
        self.signals: list[int] = []

    async def spawn(self, order: SpawnOrder) -> Child:
        """Start it."""
        assert SECRET not in str(order)  # others see the parameters of a process
        ours, theirs = socket.socketpair()
        self._theirs.append(theirs)
        if self._says is not None:
            theirs.setblocking(False)
            self._task = asyncio.create_task(self._say(theirs, self._says))
        exited: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        return Child(1, ours, None, exited, self.signals.append)

    async def _say(self, theirs: socket.socket, text: bytes) -> None:
        with contextlib.suppress(ConnectionError):
            await asyncio.get_running_loop().sock_sendall(theirs, text)
        theirs.close()

    def close(self) -> None:
        """Let go of what was not closed."""
        for theirs in self._theirs:
            theirs.close()


@pytest.fixture
def make() -> Iterator[Any]:
    """Return a function that makes a provider and its process."""
    made: list[Process] = []

    def make_one(says: bytes | None) -> tuple[AccountProvider, Process]:
        process = Process(says)
        made.append(process)
        account = Account(name="pigeons", fields={"password": SECRET}, mode="all")
        listing: Any = ListingProcess(process, lambda *_: None)  # type: ignore[arg-type]
        return AccountProvider(account, "program", listing, ""), process

    yield make_one
    for process in made:
        process.close()


@pytest.mark.parametrize(
    ("says", "why", "transient"),
    [
        (b"", "has ended without an answer", False),
        (b"{", "gives no answer that can be understood", False),
        (b"\xff\xff", "gives no answer that can be understood", False),
        (b'{"meshes": 3}', "gives no answer that can be understood", False),
        (b"[" * 4096, "answers with more than 0 MiB", False),
        (b'{"error": "nobody is there", "transient": true}', "asked: nobody is there", True),
        (None, "has not answered within 0.2 s", True),
    ],
)
async def test_what_is_wrong_with_an_answer(
    make: Any, monkeypatch: pytest.MonkeyPatch, says: bytes | None, why: str, transient: bool
) -> None:
    """It is said, the process is killed, and no secret is repeated."""
    monkeypatch.setattr(module, "PATIENCE", 0.2)
    monkeypatch.setattr(module, "LONGEST_ANSWER", 1000)
    provider, process = make(says)

    with pytest.raises(DiscoveryError) as raised:
        await provider.find()

    assert why in str(raised.value)
    assert raised.value.transient is transient
    assert SECRET not in f"{raised.value} {Account(name='a', fields={'b': SECRET}, mode='all')!r}"
    assert process.signals == [signal.SIGKILL]


async def test_a_mesh_says_nothing_that_is_not_its_transports(make: Any) -> None:
    """Its settings cannot replace the account, and what else stands beside it counts."""
    provider, _ = make(
        b'{"meshes": [{"id": "a", "settings": {"command": ["x"], "account": "other"}},'
        b'{"id": "b", "address": "#b", "places": ["#c"], "settings": {"command": ["x"]}}]}'
    )

    (found,) = await provider.find()

    assert (found.mesh_id, found.account, found.address) == ("b", "pigeons", "#b")
    assert (found.places, found.source) == (("#c",), "accounts.pigeons")
    assert found.settings["command"] == ["x"]
