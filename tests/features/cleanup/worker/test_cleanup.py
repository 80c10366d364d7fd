"""The order of a cleanup: nothing goes without a backup, nor before it is in the archive."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, Final, cast

import pytest

from meshvisor.features.cleanup.worker import backup, cleanup
from meshvisor.features.jobs.worker.cancellation import GiveUp
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData
from meshvisor.shared.paths import Home
from meshvisor.shared.store.store import Store

TASKS: Final = [
    {"name": "ended", "what": "ended", "keep_days": 365, "count": 3, "archived": True},
    {"name": "logs", "what": "logs", "keep_days": 30, "count": 2, "archived": False},
]


class Job:
    """What an action sees of its job."""

    id = 7

    def __init__(self, *, dry_run: bool = False) -> None:
        self.dry_run = dry_run
        self.said: list[str] = []

    def log(self, text: str, _level: str = "info") -> None:
        """Remember a line."""
        self.said.append(text)

    def checkpoint(self) -> None:
        """Go on."""


class Supervisor:
    """Answers the requests of a cleanup, and remembers their order."""

    def __init__(self, backups: int = 2) -> None:
        self.plan = {
            "backups": backups,
            "databases": ["more.db", "not-there.db"],
            "outside": ["elsewhere"],
            "tasks": TASKS,
        }
        self.left: dict[str, list[int]] = {"ended": [1, 2, 3], "logs": [1, 2]}
        self.asked: list[str] = []

    def __call__(self, kind: str, /, **arguments: Any) -> Any:
        """Answer one."""
        self.asked.append(kind)
        if kind == "cleanup_plan":
            return self.plan
        if kind == "cleanup_export":
            some = self.left[arguments["task"]][:2]
            return {"exported": [{"id": one, "document": {"id": one}} for one in some]}
        if kind == "cleanup_remove":
            found = self.left[arguments["task"]]
            gone = arguments["archived"] or found[:1]
            self.left[arguments["task"]] = [one for one in found if one not in gone]
            return {"removed": len(found) - len(self.left[arguments["task"]])}
        return None


class Answered(HomeData):
    """The working directory, with such a supervisor."""

    def __init__(self, supervisor: Supervisor) -> None:
        super().__init__("job:7")
        self._supervisor = supervisor

    def ask(self, kind: str, **arguments: Any) -> Any:
        """Have it answer."""
        return self._supervisor(kind, **arguments)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home that is the working directory."""
    Store.open(Home(tmp_path).database).close()
    monkeypatch.chdir(tmp_path)
    return Home(tmp_path)


def run(supervisor: Supervisor, job: Job) -> list[str]:
    """Run the action and return what it said."""
    with Answered(supervisor) as home:
        cleanup.clean_up_home(cast("JobContext", job), home)
    return job.said


def test_the_order(home: Home) -> None:
    """Backups come first, then each task, and the archive has all that is gone."""
    shutil.copy(home.database, home.var / "more.db")
    supervisor = Supervisor()
    said = run(supervisor, Job())
    assert said[0].startswith("backup more-")
    assert said[1].startswith("backup meshvisor-")
    assert said[2:] == ["elsewhere", "3 ended archived and removed", "2 logs removed"]
    assert supervisor.left == {"ended": [], "logs": []}
    assert supervisor.asked[-1] == "cleanup_done"
    (file,) = (home.var / "archive").iterdir()
    assert [json.loads(line)["id"] for line in file.read_text().splitlines()] == [1, 2, 3]
    for _ in range(3):
        run(Supervisor(), Job())
    assert len(list((home.var / "backups").iterdir())) <= 4


def test_without_a_backup(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is removed, and the job fails at once: another try would find the same."""
    supervisor = Supervisor()
    monkeypatch.setattr(backup, "SPARE", 1e12)
    with pytest.raises(GiveUp, match="nothing was removed: a backup needs"):
        run(supervisor, Job())
    assert supervisor.asked == ["cleanup_plan"]
    assert not (home.var / "archive").exists()


def test_an_archive_that_cannot_be_written(home: Home) -> None:
    """What is not in the archive is not removed."""
    supervisor = Supervisor(backups=0)
    (home.var / "archive").write_text("a file in the place of the folder")
    with pytest.raises(OSError, match="archive"):
        run(supervisor, Job())
    assert supervisor.left["ended"] == [1, 2, 3]


def test_a_dry_run(home: Home) -> None:
    """It says what would be, and asks for nothing else."""
    supervisor = Supervisor()
    said = run(supervisor, Job(dry_run=True))
    assert said[1:] == [
        "3 ended (kept for 365 days) would be archived and removed",
        "2 logs (kept for 30 days) would be removed",
    ]
    assert supervisor.asked == ["cleanup_plan"]
    assert list(home.var.iterdir()) == [home.database]
