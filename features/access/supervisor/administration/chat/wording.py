"""Words that several admin commands use."""

from __future__ import annotations

from meshvisor.shared.errors import UsageError
from meshvisor.shared.model.command_name import check_command_name


def command_name(text: str) -> str:
    """Return what can be the name of a command.

    Raises:
        UsageError: it cannot.
    """
    try:
        return check_command_name(text)
    except ValueError as error:
        raise UsageError(str(error), in_room=str(error)) from None


def for_whom(level: str | None) -> str:
    """Return who may use a command of this level."""
    return "for admins only" if level == "admin" else "for everybody"
