"""Services are found by their type."""

from __future__ import annotations

import pytest

from meshvisor.supervisor.services import Services


class Base:
    """What a service extends."""


class Derived(Base):
    """A service."""


def test_a_service_is_found_by_the_type_that_it_was_provided_under() -> None:
    """Its own class, or one that it extends, and no other."""
    services, service = Services(), Derived()
    services.provide(Base, service)

    assert services.need(Base) is service
    assert services.find(Base) is service
    assert services.find(Derived) is None


def test_a_missing_service_is_named() -> None:
    """The error says which one is missing."""
    with pytest.raises(LookupError, match="no feature provides a Derived"):
        Services().need(Derived)


def test_two_of_one_type_are_a_mistake() -> None:
    """The second would hide the first."""
    services = Services()
    services.provide(Base, Base())

    with pytest.raises(ValueError, match="there is a Base already"):
        services.provide(Base, Derived())
