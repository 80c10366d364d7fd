"""A text that must not be shown by accident: in a log, an error or a repr.

The same as pydantic's `SecretStr` to its users; children are spared the rest of pydantic.
"""

from __future__ import annotations

from typing import Final

MASK: Final = "**********"


class Secret:
    """Holds a secret and prints as asterisks."""

    __slots__ = ("_value",)

    def __init__(self, value: str = "") -> None:
        self._value = value

    def get_secret_value(self) -> str:
        """Return the secret itself."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __str__(self) -> str:
        return MASK if self._value else ""

    def __repr__(self) -> str:
        return f"Secret({str(self)!r})"
