"""Who may use which command."""

from __future__ import annotations

import pytest

from meshvisor.features.access.admin_commands import ADMIN_COMMANDS
from meshvisor.worker.mesh.commands.access import CommandAccess
from meshvisor.worker.mesh.commands.registry import COMMANDS, Command
from meshvisor.worker.mesh.transport import User

ADMIN, USER = User("7", "ann", authenticated=True), User("8", "bob", authenticated=True)


def command(name: str, *, admin: bool = False) -> Command:
    """Return a command that does nothing."""
    return Command(name, lambda _ctx: None, "", "here", admin)


def test_without_tables_defaults_count_and_there_are_no_admins() -> None:
    """What is open stays open, what is closed is closed to all."""
    access = CommandAccess()
    assert access.allows(command("ping"), USER)
    assert not access.allows(command("restart", admin=True), USER)
    assert not access.is_admin(USER)


def test_the_table_overrides_the_default_both_ways() -> None:
    """A command may be closed or opened; those that are not in the table keep their default."""
    access = CommandAccess(frozenset({ADMIN.id}), {"search": True, "secret": False})
    assert not access.allows(command("search"), USER)
    assert access.allows(command("search"), ADMIN)
    assert access.allows(command("secret", admin=True), USER)
    assert not access.allows(command("other", admin=True), USER)
    assert access.allows(command("ping"), USER)


def test_names_are_compared_without_case() -> None:
    """The table has names in lower case, a command has the one it was registered with."""
    access = CommandAccess(requires_admin={"grösse": True, "strasse": True})
    assert not access.allows(command("GRÖSSE"), USER)
    assert not access.allows(command("Straße"), USER)


@pytest.mark.parametrize("name", sorted(ADMIN_COMMANDS))
def test_no_table_opens_a_command_that_administers_the_fleet(name: str) -> None:
    """A user who could open `setperm` would own the fleet."""
    found = COMMANDS.find(name)
    assert found is not None
    access = CommandAccess(frozenset({ADMIN.id}), {name: False})
    assert not access.allows(found, USER)
    assert access.allows(found, ADMIN)
    assert not access.allows(command(name.upper()), USER)


def test_a_user_without_an_id_is_no_admin() -> None:
    """Neither an unknown nor an empty user id opens anything."""
    access = CommandAccess(frozenset({ADMIN.id}))
    assert not access.allows(command("x", admin=True), User("", "ann", authenticated=True))
    assert not access.allows(command("x", admin=True), User("07", "ann", authenticated=True))


def test_an_unauthenticated_user_is_no_admin() -> None:
    """A user who calls themselves like an admin may do what all may; not a word is no yes."""
    access = CommandAccess(frozenset({ADMIN.id}))
    impostor = User(ADMIN.id, ADMIN.name)
    assert not access.is_admin(impostor)
    assert not access.allows(command("restart", admin=True), impostor)
    assert access.allows(command("ping"), impostor)
