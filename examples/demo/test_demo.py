"""The schedules of `make run`, as its home is given them, and what they do."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from examples.lane import Lane
from meshvisor.features.jobs.messages.from_runner import JobFinished
from meshvisor.features.jobs.worker.actions import ACTIONS
from meshvisor.worker import plugins

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def _loaded() -> Iterator[None]:
    """Load the plug-in as the zygote does, and forget it afterwards."""
    actions = ACTIONS.snapshot()
    path = Path(__file__).with_name("demo.py")
    report = plugins.load_one(plugins.Source("demo", "file", str(path)))
    assert report.ok, report.traceback
    yield
    ACTIONS.restore(actions)


@pytest.mark.usefixtures("_loaded")
async def test_actions() -> None:
    """One says what time it is, also in an empty room; the other one fails at first."""
    async with Lane("demo") as lane:
        [(mesh, text)] = (await lane.do("demo-clock")).said
        assert (mesh, text[:6]) == ("lobby", "It is ")
        lane.absent.add("lobby")
        assert (await lane.do("demo-clock")).log == ["nothing was said: no bot is in lobby"]
        job = lane.submit("demo-retry")
        first, second = await lane.run(job), await lane.run(job)
        assert isinstance(first, JobFinished)
        assert isinstance(second, JobFinished)
        assert "the second one does not" in str(first.error)
        assert second.error is None
        assert job.log[-1] == "attempt 2 has gone well"


class Checkout:
    """A home, and commands in it."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self._program = folder / "meshvisor"
        module = "meshvisor.supervisor.cli.main"
        self._program.write_text(f'#!/bin/sh\nexec {sys.executable} -m {module} "$@"\n')
        self._program.chmod(0o755)

    def prepare(self) -> None:
        """Do what `make run` does before the start."""
        environment = {"MESHVISOR": str(self._program), "MESHVISOR_HOME": str(self.home)}
        self._run([str(PROJECT / "tools" / "demo.sh")], environment)

    def schedules(self) -> dict[str, Any]:
        """Return the schedules by name."""
        out = self.command("list", "--json")
        return {one["name"]: one for one in json.loads(out)["schedules"]}

    def command(self, *arguments: str) -> str:
        """Run a command of schedules."""
        return self._run([str(self._program), "schedules", *arguments, "--home", str(self.home)])

    def _run(self, command: list[str], environment: dict[str, str] | None = None) -> str:
        done = subprocess.run(
            command,
            cwd=PROJECT,
            env={**os.environ, **(environment or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done
        return done.stdout


def test_a_new_home(tmp_path: Path) -> None:
    """A home that was never started gets both, once: what its user removes stays away."""
    checkout = Checkout(tmp_path)
    checkout.prepare()
    found = checkout.schedules()
    assert {(one["action"], one["mesh_id"]) for name, one in found.items() if "demo" in name} == {
        ("demo-clock", "workshop"),
        ("demo-retry", "workshop"),
    }
    plugin = checkout.home / "config" / "plugins" / "demo.py"
    assert plugin.read_text() == Path(__file__).with_name("demo.py").read_text()
    checkout.command("remove", "demo-clock")
    plugin.unlink()
    checkout.prepare()
    assert "demo-clock" not in checkout.schedules()
    assert not plugin.exists()
