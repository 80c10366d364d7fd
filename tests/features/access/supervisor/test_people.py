"""Who may do what in which mesh."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from meshvisor.features.access.settings import AccountSettings
from meshvisor.features.access.supervisor.accounts import Network
from meshvisor.features.access.supervisor.directory.model import Admin
from meshvisor.features.access.supervisor.people import UNKNOWN, People
from meshvisor.shared.paths import Home
from tests.directories import NOON, DirectoryHome

NETWORKS = {
    "lobby": Network(),
    "channel": Network("program", "irc"),
    "other": Network("program", "libera"),
    "bridge": Network("program"),
    "late": Network("program", "gone"),
    "rave": Network("program", "rave"),
}


@pytest.fixture
async def people(home: Home) -> AsyncIterator[People]:
    """Return those of a home with several networks; ann is an admin on each, by the operator."""
    place = DirectoryHome(home)
    place.accounts = {
        "irc": AccountSettings(transport="program"),
        "libera": AccountSettings(transport="program", realm="irc"),
        "rave": AccountSettings(transport="program", realm=""),
    }
    opened = await place.open()
    for realm in ("irc", "program"):
        await opened.directory.put_admin(Admin(f"ann-{realm}", NOON, realm=realm))
    await opened.directory.put_admin(Admin("ann", NOON))
    # The first by a user whose id looks like one for whom a program asks.
    await opened.directory.put_admin(Admin("bob", NOON, "irc/web:eve", realm="irc"))
    yield People(opened.directory, opened.accounts, NETWORKS.get)
    await place.close()


@pytest.mark.parametrize(
    ("mesh_id", "realm", "admin"),
    [
        ("lobby", "", "ann"),
        ("rave", "", "ann"),
        ("channel", "irc", "ann-irc"),
        ("other", "irc", "ann-irc"),
        ("bridge", "program", "ann-program"),
        ("late", "gone", ""),
        ("nowhere", UNKNOWN, ""),
    ],
)
async def test_realms(people: People, mesh_id: str, realm: str, admin: str) -> None:
    """An account says whose people are meant; without one no user of the platform is."""
    assert people.realm_of(mesh_id) == realm
    for user_id in ("ann", "ann-irc", "ann-program"):
        assert people.is_admin(user_id, mesh_id) is (user_id == admin)
        assert people.is_owner(user_id, mesh_id) is (user_id == admin)


async def test_owners(people: People) -> None:
    """Who was made an admin in a chat is none, whatever the id of who did it looks like."""
    assert people.is_admin("bob", "channel")
    assert not people.is_owner("bob", "channel")
