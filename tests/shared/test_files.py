"""Replacing files so that no reader ever sees half of one."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from meshvisor.shared.files import remove_leftovers, write_atomically

FILE_LIMIT = """
import resource, signal, sys
from pathlib import Path
from meshvisor.shared.files import (remove_leftovers, write_atomically)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
try:
    write_atomically(Path(sys.argv[1]), b"x" * 10_000)
except OSError as error:
    print(error.errno)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a file with old content."""
    path = tmp_path / "file.json"
    path.write_bytes(b"old")
    return path


def test_a_file_is_replaced_as_a_whole(path: Path) -> None:
    """A process that has the old file open goes on reading the old one."""
    with path.open("rb") as old:
        write_atomically(path, b"new and longer")
        assert old.read() == b"old"
    assert path.read_bytes() == b"new and longer"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


@pytest.mark.parametrize("mode", [0o600, 0o644])
def test_the_mode_is_what_was_asked_for(path: Path, mode: int) -> None:
    """Neither the umask nor the old file decides about it."""
    path.chmod(0o666)
    before = os.umask(0o077)
    try:
        write_atomically(path, b"new", mode=mode)
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_new_file_is_private(tmp_path: Path) -> None:
    """Unless the caller asks for more, only the owner may read it."""
    write_atomically(tmp_path / "new", b"secret")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o600


def test_a_full_disk_leaves_the_old_file(path: Path) -> None:
    """What cannot be written to the end is taken away, and the error is raised."""
    done = subprocess.run(
        [sys.executable, "-c", FILE_LIMIT, str(path)], capture_output=True, check=True
    )
    assert int(done.stdout) == errno.EFBIG
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in path.parent.iterdir()] == ["file.json"]


def test_a_folder_in_the_way_leaves_nothing_behind(tmp_path: Path) -> None:
    """A rename that fails takes the temporary file with it."""
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        write_atomically(tmp_path / "folder", b"new")
    assert [entry.name for entry in tmp_path.iterdir()] == ["folder"]


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """Making folders is for callers that know what mode they need."""
    with pytest.raises(FileNotFoundError):
        write_atomically(tmp_path / "none" / "file", b"new")


def test_the_disk_has_it_before_the_name_does(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """File, rename, folder, in this order: a power loss leaves one whole file."""
    steps: list[str] = []

    def noting(name: str, real: Callable[..., None]) -> Callable[..., None]:
        def call(first: int | str, *rest: str) -> None:
            kind = "folder" if isinstance(first, int) and os.path.isdir(_name(first)) else "file"
            steps.append(f"{name} {kind}")
            real(first, *rest)

        return call

    monkeypatch.setattr(os, "fsync", noting("fsync", os.fsync))
    monkeypatch.setattr(os, "replace", noting("replace", os.replace))
    write_atomically(path, b"new")
    assert steps == ["fsync file", "replace file", "fsync folder"]


def _name(descriptor: int) -> str:
    return os.readlink(f"/proc/self/fd/{descriptor}")


def test_leftovers_of_a_killed_writer(path: Path) -> None:
    """They are removed, and nothing else is: neither the file nor what others have put there."""
    left = Path(tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)[1])
    foreign = path.with_name(f".{path.name}.abcdefgh")
    foreign.write_text("not as private as ours")
    foreign.chmod(0o644)
    remove_leftovers(path)
    assert not left.exists()
    assert {entry.name for entry in path.parent.iterdir()} == {path.name, foreign.name}
    remove_leftovers(path.parent / "nowhere" / "file.json")
