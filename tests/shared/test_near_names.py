"""Which names are suggested for one that there is not."""

from __future__ import annotations

import pytest

from meshvisor.shared.near_names import LOOSE, NEAREST, did_you_mean, near_names

ROOMS = ("room-1", "room-2", "room-3", "room-4", "cinema")


@pytest.mark.parametrize(
    ("name", "near"), [("cinma", ["cinema"]), ("cinema", ["cinema"]), ("zzz", []), ("", [])]
)
def test_the_nearest(name: str, near: list[str]) -> None:
    """One name is suggested, the nearest; none when no name is like it."""
    assert near_names(name, ROOMS) == near


def test_as_many_as_are_read() -> None:
    """Several are suggested where several are as near, but not more than a user reads."""
    assert len(near_names("room", ROOMS, NEAREST, LOOSE)) == NEAREST
    assert near_names("room", iter(ROOMS), 9, 0.99) == []


@pytest.mark.parametrize(
    ("names", "question"),
    [
        ([], ""),
        (["lobby"], "did you mean lobby?"),
        (iter(["list", "show"]), "did you mean list or show?"),
    ],
)
def test_question(names: list[str], question: str) -> None:
    """All suggestions stand in one question; without any there is none."""
    assert did_you_mean(names) == question
