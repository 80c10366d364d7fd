from __future__ import annotations

import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from meshvisor.supervisor.logs import files
from meshvisor.supervisor.logs.files import FileLimits, LogFiles

WIDE = FileLimits(file_size=10**9, files_kept=3, folder_cap=10**9)
TIMEOUT = 10.0


def notice(source: str, count: int) -> str:
    """What stands where lines are missing."""
    return f"{source}: {count} missing\n"


@contextmanager
def writing(folder: Path, limits: FileLimits = WIDE) -> Iterator[LogFiles]:
    """Log files whose content is on disk at the end."""
    log_files = LogFiles(folder, limits, notice)
    try:
        yield log_files
    finally:
        assert log_files.close(TIMEOUT)


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition that another thread brings about."""
    waiting = threading.Event()
    for _ in range(1000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it never happened")


def write_one_by_one(folder: Path, limits: FileLimits, source: str, texts: list[str]) -> None:
    """Write texts, each in a batch of its own."""
    for text in texts:
        with writing(folder, limits) as log_files:
            log_files.put(source, text)


def test_lines_arrive_in_order(tmp_path: Path) -> None:
    """Every source has its file, readable by its owner only, in a folder like it."""
    folder = tmp_path / "var" / "logs"
    with writing(folder) as log_files:
        for number in range(1000):
            log_files.put(f"mesh-{number % 3}", f"{number}\n")
    for mesh in range(3):
        path = folder / f"mesh-{mesh}.log"
        assert path.read_text().split() == [str(n) for n in range(mesh, 1000, 3)]
        assert path.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700


def test_lines_arrive_without_a_close(tmp_path: Path) -> None:
    """Lines are in the file before the supervisor ends."""
    with writing(tmp_path) as log_files:
        log_files.put("mesh-a", "hello\n")
        until((tmp_path / "mesh-a.log").exists)
        until(lambda: (tmp_path / "mesh-a.log").read_text() == "hello\n")


def test_one_file_that_cannot_be_written(tmp_path: Path) -> None:
    """It is named until it can, whatever can be written to others, and then gets what it lost."""
    (tmp_path / "mesh-a.log").mkdir()
    with writing(tmp_path) as log_files:
        log_files.put("mesh-a", "lost\n")
        until(lambda: log_files.failing)
        log_files.put("mesh-b", "kept\n")
        until((tmp_path / "mesh-b.log").exists)
        log_files.put("mesh-b", "kept too\n")
        until(lambda: (tmp_path / "mesh-b.log").read_text() == "kept\nkept too\n")
        assert log_files.failing
        (tmp_path / "mesh-a.log").rmdir()
        # Nothing more comes from the mesh itself.
        log_files.put("mesh-b", "and this\n")
        until(lambda: not log_files.failing)
    assert (tmp_path / "mesh-a.log").read_text() == "mesh-a: 1 missing\n"


def test_rotation(tmp_path: Path) -> None:
    """A full file gets a number, older ones the next, and the oldest goes."""
    limits = FileLimits(file_size=20, files_kept=2, folder_cap=10**9)
    with writing(tmp_path, limits) as log_files:
        for number in range(100, 117):
            log_files.put("mesh-a", f"{number}\n")
    read = {path.name: path.read_text().split() for path in tmp_path.iterdir()}
    assert read == {
        "mesh-a.log": ["115", "116"],
        "mesh-a.log.1": ["110", "111", "112", "113", "114"],
        "mesh-a.log.2": ["105", "106", "107", "108", "109"],
    }


def test_rotation_over_restarts(tmp_path: Path) -> None:
    """The next supervisor goes on where the last one stopped."""
    limits = FileLimits(file_size=10, files_kept=1, folder_cap=10**9)
    write_one_by_one(tmp_path, limits, "mesh-a", ["first\n", "abc\n", "second\n"])
    assert (tmp_path / "mesh-a.log.1").read_text() == "first\nabc\n"
    assert (tmp_path / "mesh-a.log").read_text() == "second\n"


def test_record_larger_than_a_file(tmp_path: Path) -> None:
    """A record is never torn apart, whatever the limit."""
    limits = FileLimits(file_size=5, files_kept=3, folder_cap=10**9)
    with writing(tmp_path, limits) as log_files:
        for text in ("a" * 50, "b" * 50):
            log_files.put("mesh-a", text)
    assert (tmp_path / "mesh-a.log.1").read_text() == "a" * 50
    assert (tmp_path / "mesh-a.log").read_text() == "b" * 50


def test_folder_cap(tmp_path: Path) -> None:
    """When all files together are too large, the oldest rotated ones go first."""
    for moment, name in enumerate(["mesh-a.log.2", "mesh-b.log.1", "mesh-a.log.1", "mesh-b.log"]):
        path = tmp_path / name
        path.write_text("x" * 100)
        os.utime(path, (moment, moment))
    (tmp_path / "crash-1.txt").write_text("x" * 10_000)
    limits = FileLimits(file_size=1000, files_kept=3, folder_cap=340)
    with writing(tmp_path, limits) as log_files:
        log_files.put("mesh-c", "y" * 50)
    assert {path.name for path in tmp_path.iterdir()} == {
        "mesh-a.log.1",
        "mesh-b.log",
        "mesh-c.log",
        "crash-1.txt",
    }


def test_files_of_many_meshes_stay_below_the_cap(tmp_path: Path) -> None:
    """The cap also holds when no file is large enough to be rotated."""
    limits = FileLimits(file_size=1000, files_kept=3, folder_cap=1000)
    for number in range(40):
        write_one_by_one(tmp_path, limits, f"mesh-{number}", ["x" * 100])
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 1000
    assert (tmp_path / "mesh-39.log").exists()


def test_removed_file_is_made_anew(tmp_path: Path) -> None:
    """Removing files or the folder does not stop the logging."""
    folder = tmp_path / "logs"
    with writing(folder) as log_files:
        log_files.put("mesh-a", "one\n")
        until((folder / "mesh-a.log").exists)
        (folder / "mesh-a.log").unlink()
        folder.rmdir()
        log_files.put("mesh-a", "two\n")
        until((folder / "mesh-a.log").exists)
    assert (folder / "mesh-a.log").read_text() == "two\n"


def test_link_is_not_followed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A link in the folder does not get the supervisor to write elsewhere."""
    target = tmp_path / "target"
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "mesh-a.log").symlink_to(target)
    with writing(folder) as log_files:
        log_files.put("mesh-a", "secret\n")
    assert not target.exists()
    assert [getattr(record, "event", "") for record in caplog.records] == ["logs.not_written"]


def test_full_disk(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Lost lines are counted where they are missing, and half of one is never written."""
    caplog.set_level("INFO")
    path = tmp_path / "mesh-a.log"
    with writing(tmp_path) as log_files:
        log_files.put("mesh-a", "one\n")
        until(lambda: path.exists() and path.read_text() == "one\n")
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (6, limits[1]))
        try:
            log_files.put("mesh-a", "two\nthree\n")
            until(lambda: log_files.failing)
            log_files.put("mesh-a", "four\n")
            until(lambda: log_files._lost == {"mesh-a": 2})
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        log_files.put("mesh-a", "five\n")
        until(lambda: not log_files.failing)
    assert path.read_text() == "one\nmesh-a: 2 missing\nfive\n"
    events = [getattr(record, "event", "") for record in caplog.records]
    assert events == ["logs.not_written", "logs.written"]


def test_slow_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits for the disk is bounded, and loggers never wait."""
    monkeypatch.setattr(files, "MAX_PENDING", 100)
    append, answers = files._append, threading.Event()

    def stand_still(path: Path, data: bytes) -> None:
        if path.name == "mesh-slow.log":
            answers.wait(TIMEOUT)  # as a hanging network disk does
        append(path, data)

    monkeypatch.setattr(files, "_append", stand_still)
    with writing(tmp_path) as log_files:
        log_files.put("mesh-slow", "x\n")
        until(lambda: not log_files._pending)
        for number in range(100):
            log_files.put("mesh-a", f"{number:09}\n")
        assert log_files._lost == {"mesh-a": 90}
        assert not log_files.close(0)
        answers.set()
        until((tmp_path / "mesh-a.log").exists)
    lines = (tmp_path / "mesh-a.log").read_text().splitlines()
    assert lines[0] == "mesh-a: 90 missing"
    assert lines[1:] == [f"{number:09}" for number in range(10)]


def test_pipe_in_the_place_of_a_file(tmp_path: Path) -> None:
    """It costs the lines of its source, and no other waits for it."""
    os.mkfifo(tmp_path / "mesh-a.log")
    with writing(tmp_path) as log_files:
        log_files.put("mesh-a", "lost\n")
        log_files.put("mesh-b", "here\n")
        until((tmp_path / "mesh-b.log").exists)
    assert (tmp_path / "mesh-b.log").read_text() == "here\n"


def test_nothing_is_taken_after_the_end(tmp_path: Path) -> None:
    """A late record is dropped without a word: it could not be written."""
    with writing(tmp_path) as log_files:
        log_files.close(TIMEOUT)
        log_files.put("mesh-a", "late\n")
    assert list(tmp_path.iterdir()) == []
