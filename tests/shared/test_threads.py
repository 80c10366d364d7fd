"""Threads that are there before they are needed."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from meshvisor.shared.threads import make_pool


def test_all_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once it is made, a pool works on a machine that has no thread left."""
    pool = make_pool(3, "test")

    def refuse(*_: Any) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuse)
    meeting = threading.Barrier(3)
    # Only three at the same time can get past it.
    met = [pool.submit(meeting.wait) for _ in range(3)]
    assert sorted(one.result() for one in met) == [0, 1, 2]
    assert pool.submit(int, "7").result() == 7
    pool.shutdown()


def test_none_to_be_had(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pool that cannot be made leaves no thread behind."""
    real, before = threading.Thread.start, set(threading.enumerate())

    def one_only(self: threading.Thread) -> None:
        if set(threading.enumerate()) - before:
            raise RuntimeError("can't start new thread")
        real(self)

    monkeypatch.setattr(threading.Thread, "start", one_only)
    with pytest.raises(RuntimeError, match="can't start new thread"):
        make_pool(3, "test")
    for thread in set(threading.enumerate()) - before:
        thread.join()
