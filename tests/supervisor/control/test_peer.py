"""Who asks, and for whom a program may ask."""

from __future__ import annotations

import contextlib
import os
import pwd
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.control.request import is_actor
from meshvisor.shared.model.user_id import check_user_id
from meshvisor.shared.paths import Home
from meshvisor.supervisor.audit.log import local_actor
from meshvisor.supervisor.control import server as server_module
from meshvisor.supervisor.control.peer import Peer
from meshvisor.supervisor.control.server import ControlServer
from tests.directories import DirectoryHome
from tests.supervisor.control.conftest import Connect, Raw
from tests.supervisor.control.in_memory import InMemorySupervisor
from tests.supervisor.control.in_memory_jobs import in_memory_jobs
from tests.supervisor.control.test_requests import error_of, result_of

OWN = pwd.getpwuid(os.getuid()).pw_name


@pytest.fixture
async def opened(place: DirectoryHome, home: Home, supervisor: InMemorySupervisor) -> OpenDirectory:
    """Return the real directory that the supervisor administers."""
    opened = await place.open()
    supervisor.administer(opened, home)
    return opened


async def entries(client: Raw) -> list[tuple[Any, ...]]:
    """Return the audit log, oldest first."""
    found = (await result_of(client, "audit"))["entries"]
    return [(e["actor"], e["origin"], e["action"], e["subject"]) for e in reversed(found)]


async def test_a_named_actor_is_audited(client: Raw, opened: OpenDirectory) -> None:
    """What a user does by way of a program is theirs; without a name it is the account's."""
    await result_of(client, "admin_add", user_id="12", actor="web:ann")
    await result_of(client, "admin_add", user_id="13")
    assert await entries(client) == [
        ("web:ann", "control socket", "admin.add", "12"),
        (OWN, "command line", "admin.add", "13"),
    ]
    admins = (await result_of(client, "admin_list"))["admins"]
    assert [entry["added_by"] for entry in admins] == ["web:ann", None]
    assert opened.directory.is_owner("12")
    assert opened.directory.is_owner("13")
    assert not opened.directory.is_owner("14")


async def test_a_program_names_its_user(
    server: ControlServer, home: Home, opened: OpenDirectory
) -> None:
    """The console asks by way of its client, and each of its users has their own name."""
    async with await AsyncControlClient.connect(home.root) as console:
        for user_id, actor in (("12", "web:ann"), ("13", "web:bob")):
            await console.request("admin_add", user_id=user_id, actor=actor)
        found = (await console.request("audit", actor="web:ann"))["entries"]
    assert [(entry["subject"], entry["actor"]) for entry in reversed(found)] == [
        ("12", "web:ann"),
        ("13", "web:bob"),
    ]


async def test_a_named_actor_owns_their_jobs(
    client: Raw, home: Home, opened: OpenDirectory, supervisor: InMemorySupervisor
) -> None:
    """A job is created by the named actor, unless it is on behalf of a user."""
    async with in_memory_jobs(home) as jobs:
        supervisor.take_jobs(jobs)
        work = {"mesh_id": "lobby", "submission": {"action": "addplayer"}, "actor": "token:ci"}
        await result_of(client, "jobs_submit", **work)
        await result_of(client, "jobs_submit", **work, created_by="12")
        listed = (await result_of(client, "jobs_list"))["jobs"]
        assert [job["created_by"] for job in listed] == ["12", "token:ci"]
        found = (await result_of(client, "audit"))["entries"]
        assert {(entry["actor"], entry["origin"]) for entry in found} == {
            ("token:ci", "control socket")
        }


@pytest.mark.parametrize(
    "actor",
    [
        *("", "ann", "12", ":ann", "Web:ann", "web:", "web: ", "web:ann "),
        *("web:a\nb", "web:a\x1bb", "web:\u202e", "web:" + "a" * 252),
    ],
)
async def test_who_cannot_be_named(client: Raw, actor: str) -> None:
    """A name that could be another's, or that could not be printed, is refused in one sentence."""
    sentence, code = await error_of(client, "version", actor=actor)
    assert "is no name of a client" in sentence
    assert code == 2


@pytest.mark.parametrize("actor", ["web:ann", "token:ci", "web:Ann Müller", "web:" + "a" * 251])
async def test_who_can_be_named(client: Raw, actor: str) -> None:
    """A kind and any printable name."""
    await result_of(client, "version", actor=actor)


async def test_only_the_own_user_is_trusted(
    connect: Connect, opened: OpenDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may ask, but for no other user: nothing says that it knows who that is."""
    monkeypatch.setattr(server_module, "peer_of", lambda _socket: Peer(0, 1000, local_actor(0)))
    client = await connect()
    sentence, code = await error_of(client, "admin_add", user_id="12", actor="web:ann")
    assert "only a program of the user who runs the supervisor may ask for web:ann" in sentence
    assert code == 2
    await result_of(client, "admin_add", user_id="12")
    assert await entries(client) == [("root", "command line", "admin.add", "12")]


@given(st.text(st.characters(min_codepoint=45, max_codepoint=122)))
def test_no_user_id_names_an_actor(text: str) -> None:
    """Admins made by a user of a mesh differ from those made by an operator."""
    with contextlib.suppress(ValueError):
        assert not is_actor(check_user_id(text))


def test_who_may_ask() -> None:
    """The supervisor's own user and root."""
    assert [Peer(uid, 1000, local_actor(uid)).may_ask for uid in (1000, 0, 1001)] == [
        True,
        True,
        False,
    ]
