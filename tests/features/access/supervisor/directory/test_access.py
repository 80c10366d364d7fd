"""From what the directory holds to what is sent to workers."""

from __future__ import annotations

import pytest

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.features.access.supervisor.directory.access import AccessTable, without_hard_coded
from meshvisor.features.access.supervisor.directory.model import Admin, Permission, Snapshot
from tests.directories import NOON


def test_admins() -> None:
    """Only those who still are."""
    admins = (Admin("1", NOON), Admin("2", NOON, is_active=False))
    assert AccessTable.of(Snapshot(admins=admins)).admins == {"1"}


def test_the_bot_itself() -> None:
    """It is no admin, whatever the directory holds."""
    admins = (Admin("1", NOON), Admin("2", NOON))
    assert AccessTable.of(Snapshot(admins=admins), "2").admins == {"1"}


def test_names_in_other_case() -> None:
    """A command has one name, and of two decisions the stricter one holds, whatever the order."""
    both = (Permission("Ping", True, NOON), Permission("pING", False, NOON))
    for permissions in (both, both[::-1]):
        assert AccessTable.of(Snapshot(permissions=permissions)).requires_admin == {"ping": True}


@pytest.mark.parametrize("name", sorted(ADMIN_COMMANDS))
def test_hard_coded(name: str) -> None:
    """A row about one of these in the database opens it to no user."""
    opened = tuple(Permission(text, False, NOON) for text in (name, name.upper()))
    assert AccessTable.of(Snapshot(permissions=opened)).requires_admin == {}


def test_hard_coded_is_no_decision() -> None:
    """It is left out, and what would open a command is a flaw; the version stays."""
    kept = Permission("ping", False, NOON)
    vain = (Permission("SetPerm", False, NOON), Permission("admin", True, NOON))
    found = without_hard_coded(Snapshot(permissions=(kept, *vain), version=7))
    assert (found.permissions, found.version) == ((kept,), 7)
    (flaw,) = found.flaws
    assert str(flaw) == (
        "command_permissions 'SetPerm': the command setperm is for admins for ever; "
        "remove the document"
    )


def test_realms() -> None:
    """Each has admins of its own; a permission holds everywhere but where a realm has another."""
    admins = (
        Admin("1", NOON),
        Admin("1", NOON, is_active=False, realm="irc"),
        Admin("2", NOON, realm="irc"),
    )
    permissions = (
        Permission("ping", True, NOON),
        Permission("search", True, NOON),
        Permission("Ping", False, NOON, realm="irc"),
    )
    snapshot = Snapshot(admins=admins, permissions=permissions)
    tables = AccessTable.by_realm(snapshot, own_id="2")
    assert tables == {
        "": AccessTable(frozenset({"1"}), {"ping": True, "search": True}),
        "irc": AccessTable(frozenset({"2"}), {"ping": False, "search": True}),
    }
