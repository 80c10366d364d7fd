"""What a runner leaves about the open items of all its jobs."""

from __future__ import annotations

import pytest

from meshvisor.features.jobs.model.job import ItemMark, marked_item
from meshvisor.features.jobs.worker.marker import Marker


@pytest.fixture
def marks() -> list[int]:
    """Return what a marker has written, oldest first."""
    return []


@pytest.fixture
def marker(marks: list[int]) -> Marker:
    """Return the marker of a runner."""
    return Marker(marks.append)


def test_one_open_item_is_named(marker: Marker, marks: list[int]) -> None:
    """Whichever job it belongs to, and whatever was open before."""
    marker.opened(1, 5)
    marker.opened(2, 7)
    marker.closed(1, 5)
    assert marked_item(marks[-1]) == ItemMark(2, 7, several=False)
    marker.closed(2, 7)
    assert marks[-1] == 0


def test_of_several_only_that_there_are_several(marker: Marker, marks: list[int]) -> None:
    """With the last one that was handed out, of one job or of two."""
    marker.opened(1, 0)
    marker.opened(1, 1)
    assert marked_item(marks[-1]) == ItemMark(1, 1, several=True)
    marker.opened(2, 0)
    marker.closed(1, 0)
    assert marked_item(marks[-1]) == ItemMark(2, 0, several=True)


def test_an_item_that_is_not_open(marker: Marker, marks: list[int]) -> None:
    """Closing it twice changes nothing."""
    marker.opened(1, 0)
    marker.opened(1, 1)
    for _ in range(2):
        marker.closed(1, 0)
    assert marked_item(marks[-1]) == ItemMark(1, 1, several=False)
