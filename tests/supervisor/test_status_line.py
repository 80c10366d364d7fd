"""The status line is shown when it has changed, and many changes cost one look."""

from __future__ import annotations

import asyncio

import pytest

from meshvisor.supervisor import status_line
from meshvisor.supervisor.status_line import StatusLine


class Watched:
    """A line that counts how often it is looked up, and what is shown of it."""

    def __init__(self) -> None:
        self.meshes = 0
        self.looks = 0
        self.shown: asyncio.Queue[str] = asyncio.Queue()
        self.also_shown: list[str] = []
        self.line = StatusLine(self._text, self.shown.put_nowait, self.also_shown.append)

    def _text(self) -> str:
        self.looks += 1
        return f"{self.meshes} meshes"


async def test_many_changes_are_one_update(monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows what is then, on the terminal and to systemd alike."""
    monkeypatch.setattr(status_line, "INTERVAL", 0)
    watched = Watched()
    for watched.meshes in range(100):
        watched.line.update_soon()
    assert await watched.shown.get() == "99 meshes"
    assert (watched.looks, watched.also_shown) == (1, ["99 meshes"])
    watched.line.update_soon()
    assert await watched.shown.get() == "99 meshes"


async def test_an_update_at_once_takes_the_place_of_a_later_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is shown already is not looked up again."""
    monkeypatch.setattr(status_line, "INTERVAL", 0)
    watched = Watched()
    watched.line.update_soon()
    watched.line.update()
    for _ in range(20):
        await asyncio.sleep(0)
    assert (watched.looks, watched.shown.qsize()) == (1, 1)
