"""What parts of the supervisor offer to others, found by type.

Owns the table.  A feature puts in what it publishes when it is made, and takes out what the
features that it requires have published; requests of the control socket take what they need.
Without a supervisor, the command line fills one with what a feature can do then.
"""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


class Services:
    """Objects by their type."""

    def __init__(self) -> None:
        self._by_type: dict[type[Any], Any] = {}

    def provide(self, kind: type[T], service: T) -> None:
        """Offer a service under a type: its own class, or one that it extends.

        Raises:
            ValueError: there is one of that type already.
        """
        if kind in self._by_type:
            raise ValueError(f"there is a {kind.__name__} already")
        self._by_type[kind] = service

    def need(self, kind: type[T]) -> T:
        """Return the service of a type.

        Raises:
            LookupError: no feature in use provides one; the one that does is not required by the
                caller's.
        """
        try:
            service: T = self._by_type[kind]
        except KeyError:
            raise LookupError(f"no feature provides a {kind.__name__}") from None
        return service

    def find(self, kind: type[T]) -> T | None:
        """Return the service of a type; None: no feature provides one."""
        return self._by_type.get(kind)
