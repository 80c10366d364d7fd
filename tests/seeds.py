"""How much is tried: some in every run, more with `make test-long`."""

from __future__ import annotations

from collections.abc import Iterable

import pytest


def seeds(always: int, long: int) -> list[object]:
    """Return the parameters of a test that draws at random.

    Args:
        always: how many of them every run has.
        long: how many there are in all; the others are marked as long.
    """
    return [*range(always), *also_long(range(always, long))]


def also_long(values: Iterable[object]) -> list[object]:
    """Return values of a parameter of one name that only a long run has."""
    return [pytest.param(value, marks=pytest.mark.long) for value in values]
