"""Who may use which command."""

from __future__ import annotations

from worker.mesh.commands.access import Access


def test_without_tables_everybody_may_do_everything() -> None:
    """A worker that was told nothing restricts nothing."""
    assert Access().allows("ping", "7")


def test_restricted_commands_are_for_admins() -> None:
    """The tables decide, command by command."""
    access = Access(admins=frozenset({"7"}), requires_admin={"search": True, "ping": False})
    assert access.allows("search", "7")
    assert not access.allows("search", "8")
    assert access.allows("ping", "8")
    assert access.is_admin("7")
