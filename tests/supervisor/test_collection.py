"""Garbage collection around the start of a supervisor."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.shared.errors import MissingError
from meshvisor.shared.paths import Home
from meshvisor.shared.run_options import RunOptions
from meshvisor.supervisor import app, collection
from tests.supervisor.chain import NoScreen


class Knot:
    """Something that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    yield
    gc.enable()
    gc.collect()
    gc.freeze()


def test_pause_and_resume() -> None:
    """What is made before stays out of every later collection, what is made after does not."""
    collection.pause()
    assert not gc.isenabled()
    collection.resume()
    assert gc.isenabled()
    assert gc.get_freeze_count() > 0
    later = weakref.ref(Knot())
    gc.collect()
    assert later() is None


def test_resume_alone() -> None:
    """Nothing that is collected already is kept for ever."""
    earlier = weakref.ref(Knot())
    collection.resume()
    gc.collect()
    assert earlier() is None


def test_a_start_that_fails(tmp_path: Path) -> None:
    """Whatever runs in this process afterwards is collected as usual."""
    (tmp_path / "config").write_text("no folder")
    with pytest.raises(MissingError):
        app.run(RunOptions(home=Home(tmp_path)), NoScreen())
    assert gc.isenabled()
