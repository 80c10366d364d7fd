"""The plug-in as a child of the supervisor has it, and a home with nothing in it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from examples.alliance.game_api import GameApi
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.worker import plugins
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the working directory of the children."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def alliance() -> Iterator[ModuleType]:
    """Return the plug-in, loaded as the zygote does, and forget it afterwards."""
    commands, handlers, actions = COMMANDS.snapshot(), HANDLERS.snapshot(), ACTIONS.snapshot()
    path = Path(__file__).with_name("alliance.py")
    report = plugins.load_one(plugins.Source("alliance", "file", str(path)))
    assert report.ok, report.traceback
    module = sys.modules[f"{plugins.FILE_PREFIX}alliance"]
    yield module
    if module.roster.cache_info().currsize:
        module.roster().close()
    COMMANDS.restore(commands)
    HANDLERS.restore(handlers)
    ACTIONS.restore(actions)


@pytest.fixture
async def game() -> AsyncIterator[GameApi]:
    """Return a game that nothing is wrong with."""
    async with GameApi() as api:
        yield api
