from __future__ import annotations

import json
import os
import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.blocklist.supervisor.blocklist import FIRST_RETRY, LAST_RETRY, Blocklist
from meshvisor.shared.errors import MissingError
from tests.clock import START, ManualClock

HOUR = 3600.0
NOW_MS = round(START * 1000)


@pytest.fixture
def clock() -> ManualClock:
    """Both clocks, standing still."""
    return ManualClock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the blocklist is, in a folder that does not exist yet."""
    return tmp_path / "config" / "blocklist.json"


@pytest.fixture
def blocklist(path: Path, clock: ManualClock) -> Blocklist:
    """A blocklist without a file."""
    return loaded(path, clock)


def loaded(path: Path, clock: ManualClock) -> Blocklist:
    """A blocklist as a start of the supervisor makes it."""
    blocklist = Blocklist(path, clock)
    blocklist.load()
    return blocklist


def blocked(blocklist: Blocklist) -> list[str]:
    """The ids of the meshes that are blocked."""
    return [entry.mesh_id for entry in blocklist.entries()]


def problem(blocklist: Blocklist) -> str:
    """What is said to be wrong with the file; empty for nothing."""
    return blocklist.problem or ""


def edit(path: Path, meshes: dict[str, Any]) -> None:
    """Write the file as another program does."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps({"blockedMeshes": meshes}))


@contextmanager
def no_descriptors() -> Iterator[None]:
    """This process can open nothing."""
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, limits)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file of this process can grow, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


# ---- Blocking ------------------------------------------------------------------------------------


def test_block_for_a_time(blocklist: Blocklist, clock: ManualClock) -> None:
    """A temporary block ends by itself, and its end is reported once."""
    blocklist.block("lobby", "connection_failures", HOUR)
    assert blocklist.is_blocked("lobby")
    clock.advance(HOUR - 1)
    assert blocklist.is_blocked("lobby")
    assert blocklist.expire() == []
    clock.advance(1)
    assert not blocklist.is_blocked("lobby")
    assert blocked(blocklist) == []
    assert blocklist.expire() == ["lobby"]
    assert blocklist.expire() == []


def test_block_for_ever(blocklist: Blocklist, clock: ManualClock) -> None:
    """A block without duration outlasts everything but an unblock."""
    blocklist.block("lobby", "kicked", None)
    clock.advance(100 * 365 * 24 * HOUR)
    assert blocklist.is_blocked("lobby")
    assert blocklist.unblock("lobby")
    assert not blocklist.is_blocked("lobby")
    assert not blocklist.unblock("lobby")


def test_stats(blocklist: Blocklist, clock: ManualClock) -> None:
    """Blocks are counted as long as they last."""
    blocklist.block("a", "kicked", None)
    blocklist.block("b", "operator", HOUR)
    blocklist.block("c", "connection_failures", 2 * HOUR)
    stats = blocklist.get_stats()
    assert (stats.total, stats.permanent, stats.temporary) == (3, 1, 2)
    clock.advance(HOUR)
    stats = blocklist.get_stats()
    assert (stats.total, stats.permanent, stats.temporary) == (2, 1, 1)


def test_failure_does_not_shorten_a_kick(blocklist: Blocklist) -> None:
    """A connect that was on its way when the bot was kicked fails and changes nothing."""
    blocklist.block("lobby", "kicked", None)
    blocklist.block("lobby", "connection_failures", HOUR)
    assert blocklist.entries()[0].reason == "kicked"


def test_operator_replaces_any_block(blocklist: Blocklist) -> None:
    """A block by hand has the duration that was given."""
    blocklist.block("lobby", "kicked", None)
    blocklist.block("lobby", "operator", HOUR)
    assert blocklist.entries()[0].blocked_until == NOW_MS + 3_600_000


@pytest.mark.parametrize(("mesh_id", "reason"), [("../x", "kicked"), ("", "kicked"), ("a", "spam")])
def test_wrong_arguments(blocklist: Blocklist, mesh_id: str, reason: str) -> None:
    """What could not be read again is never written."""
    with pytest.raises(ValueError, match=r"is no (mesh id|reason)"):
        blocklist.block(mesh_id, reason, None)


# ---- Clocks --------------------------------------------------------------------------------------


def test_clock_set_back(blocklist: Blocklist, clock: ManualClock) -> None:
    """A clock that is set back a year does not make an hour longer."""
    blocklist.block("lobby", "connection_failures", HOUR)
    clock.set_wall(START - 365 * 24 * HOUR)
    clock.advance(HOUR - 1)
    assert blocklist.is_blocked("lobby")
    clock.advance(1)
    assert not blocklist.is_blocked("lobby")


def test_clock_set_back_between_two_starts(path: Path, clock: ManualClock) -> None:
    """Also a block that was read from the file lasts no longer than it was made for."""
    edit(path, {"lobby": {"blockedAt": NOW_MS, "blockedUntil": NOW_MS + 3_600_000}})
    clock.set_wall(START - 365 * 24 * HOUR)
    blocklist = loaded(path, clock)
    clock.advance(HOUR - 1)
    assert blocklist.is_blocked("lobby")
    clock.advance(1)
    assert not blocklist.is_blocked("lobby")


def test_clock_set_back_and_file_edited(path: Path, clock: ManualClock) -> None:
    """Reading the file again does not begin the blocks anew that stand in it unchanged."""
    lobby = {"blockedAt": NOW_MS, "blockedUntil": NOW_MS + 3_600_000}
    edit(path, {"lobby": lobby})
    blocklist = loaded(path, clock)
    clock.advance(HOUR / 2)
    clock.set_wall(START - 365 * 24 * HOUR)
    edit(path, {"lobby": lobby, "cinema": {"blockedUntil": None}})
    assert blocklist.reload_if_changed()
    clock.advance(HOUR / 2)
    assert blocked(blocklist) == ["cinema"]


def test_machine_slept(blocklist: Blocklist, clock: ManualClock) -> None:
    """A block ends at the time that the file gives, also when the machine slept through it."""
    blocklist.block("lobby", "connection_failures", HOUR)
    clock.sleep(HOUR)
    assert not blocklist.is_blocked("lobby")


# ---- Across restarts -----------------------------------------------------------------------------


def test_blocks_survive_a_restart(path: Path, blocklist: Blocklist, clock: ManualClock) -> None:
    """What was saved is as it was, in the agreed format, and only for its owner to read."""
    blocklist.block("lobby", "connection_failures", HOUR)
    blocklist.block("cinema", "kicked", None)
    assert blocklist.save_due()
    assert blocklist.save()
    assert not blocklist.save_due()
    assert json.loads(path.read_text()) == {
        "blockedMeshes": {
            "lobby": {
                "meshId": "lobby",
                "reason": "connection_failures",
                "blockedAt": NOW_MS,
                "blockedUntil": NOW_MS + 3_600_000,
            },
            "cinema": {
                "meshId": "cinema",
                "reason": "kicked",
                "blockedAt": NOW_MS,
                "blockedUntil": None,
            },
        }
    }
    assert path.stat().st_mode & 0o777 == 0o600
    assert loaded(path, clock).entries() == blocklist.entries()
    clock.advance(HOUR)
    assert blocked(loaded(path, clock)) == ["cinema"]


def test_expired_and_unblocked_leave_the_file(
    path: Path, blocklist: Blocklist, clock: ManualClock
) -> None:
    """The file shows what holds, not what once held."""
    for mesh_id, duration in (("a", HOUR), ("b", None), ("c", None)):
        blocklist.block(mesh_id, "operator", duration)
    assert blocklist.save()
    clock.advance(HOUR)
    blocklist.expire()
    blocklist.unblock("b")
    assert blocklist.save()
    assert list(json.loads(path.read_text())["blockedMeshes"]) == ["c"]


def test_change_during_a_save_is_saved_next(
    path: Path, blocklist: Blocklist, clock: ManualClock
) -> None:
    """A save that was under way does not swallow what came meanwhile."""
    ids = [f"mesh-{number}" for number in range(200)]

    def block_all() -> None:
        for mesh_id in ids:
            blocklist.block(mesh_id, "kicked", None)

    thread = threading.Thread(target=block_all)
    thread.start()
    while thread.is_alive():
        blocklist.save()
    thread.join()
    assert blocklist.save()
    assert blocked(loaded(path, clock)) == ids


def test_link_stays_a_link(path: Path, blocklist: Blocklist, tmp_path: Path) -> None:
    """A blocklist that is kept elsewhere stays there, with the mode it has."""
    elsewhere = tmp_path / "elsewhere.json"
    elsewhere.write_text('{"blockedMeshes": {}}')
    elsewhere.chmod(0o640)
    path.parent.mkdir()
    path.symlink_to(elsewhere)
    blocklist.reload_if_changed()
    blocklist.block("lobby", "kicked", None)
    assert blocklist.save()
    assert path.is_symlink()
    assert "lobby" in elsewhere.read_text()
    assert elsewhere.stat().st_mode & 0o777 == 0o640


# ---- Edited by hand ------------------------------------------------------------------------------


def test_edit_is_taken_over(path: Path, blocklist: Blocklist) -> None:
    """Blocks and unblocks with an editor hold without a restart."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    assert not blocklist.reload_if_changed()
    edit(path, {"cinema": {"blockedUntil": None}})
    assert blocklist.reload_if_changed()
    assert blocked(blocklist) == ["cinema"]
    assert not blocklist.reload_if_changed()
    assert not blocklist.save_due()


def test_edit_and_unsaved_change_both_hold(path: Path, blocklist: Blocklist) -> None:
    """Saving writes into what was just written by hand, not over it."""
    blocklist.block("lobby", "kicked", None)
    blocklist.block("cinema", "kicked", None)
    blocklist.save()
    blocklist.block("attic", "kicked", None)
    blocklist.unblock("lobby")
    edit(path, {"lobby": {"blockedUntil": None}, "garden": {"blockedUntil": None, "why": "noise"}})
    assert blocklist.save()
    meshes = json.loads(path.read_text())["blockedMeshes"]
    assert set(meshes) == set(blocked(blocklist)) == {"garden", "attic"}
    assert meshes["garden"]["why"] == "noise"


def test_editor_that_empties_the_file_first(path: Path, blocklist: Blocklist) -> None:
    """A file caught while it is being written unblocks no mesh."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    path.write_text("")
    assert not blocklist.reload_if_changed()
    assert blocklist.is_blocked("lobby")
    edit(path, {"lobby": {"blockedUntil": None}, "cinema": {"blockedUntil": None}})
    assert blocklist.reload_if_changed()
    assert blocked(blocklist) == ["lobby", "cinema"]
    assert problem(blocklist) == ""


def test_save_waits_for_the_editor(path: Path, blocklist: Blocklist) -> None:
    """A half-written file is not replaced before its writer had time to finish."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    path.write_text('{"blockedMeshes": {')
    blocklist.block("cinema", "kicked", None)
    assert not blocklist.save()
    assert path.read_text() == '{"blockedMeshes": {'
    edit(path, {"garden": {"blockedUntil": None}})
    assert blocklist.save()
    assert blocked(blocklist) == ["garden", "cinema"]


def test_removed_file_unblocks_all(path: Path, blocklist: Blocklist) -> None:
    """Removing the file is the shortest way to unblock everything; believed at the second look."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    path.unlink()
    assert not blocklist.reload_if_changed()
    assert blocklist.is_blocked("lobby")
    assert blocklist.reload_if_changed()
    assert blocked(blocklist) == []


# ---- Damage --------------------------------------------------------------------------------------


def test_corrupt_file_at_the_start(
    path: Path, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """What is readable is used, the file is kept aside, and both are said once."""
    edit(path, {"lobby": {"blockedUntil": None}, "cinema": {"blockedUntil": None}})
    damaged = path.read_text()[:-10]
    path.write_text(damaged)
    blocklist = loaded(path, clock)
    assert blocked(blocklist) == ["lobby", "cinema"]
    assert "'cinema'" in problem(blocklist)
    assert path.read_text() == damaged
    assert blocklist.save_due()
    assert blocklist.save()
    aside = path.with_name("blocklist.json.corrupt-20260301T120000Z")
    assert aside.read_text() == damaged
    assert list(json.loads(path.read_text())["blockedMeshes"]) == ["lobby", "cinema"]
    assert problem(blocklist) == ""
    events = [getattr(record, "event", "") for record in caplog.records]
    assert events == ["blocklist.problem", "blocklist.kept_aside"]


def test_corrupt_edit_while_running(path: Path, blocklist: Blocklist) -> None:
    """A slip in an entry is reported at the second look, blocks its mesh and stays in the file."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    edit(path, {"lobby": {"blockedUntil": None, "reason": "because"}, "cinema": {}})
    assert not blocklist.reload_if_changed()
    assert blocklist.reload_if_changed()
    assert "the entry 'lobby' cannot be read: its reason is 'because'" in problem(blocklist)
    assert not blocklist.save_due()
    blocklist.block("attic", "kicked", None)
    assert blocklist.save()
    assert blocked(blocklist) == ["lobby", "cinema", "attic"]
    assert not list(path.parent.glob("*.corrupt-*"))
    written = json.loads(path.read_text())["blockedMeshes"]
    assert written["lobby"] == {"blockedUntil": None, "reason": "because"}
    assert written["cinema"] == {}
    assert "'lobby'" in problem(blocklist)
    blocklist.unblock("lobby")
    edit(path, {"cinema": {"blockedUntil": None}, "attic": written["attic"]})
    assert blocklist.save()
    assert (blocked(blocklist), problem(blocklist)) == (["cinema", "attic"], "")


def test_damage_while_running_unblocks_no_mesh(path: Path, blocklist: Blocklist) -> None:
    """What a file that became no blocklist no longer says is unknown."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    path.write_text("oops")
    assert not blocklist.reload_if_changed()
    blocklist.reload_if_changed()
    assert blocked(blocklist) == ["lobby"]
    assert blocklist.save()
    assert list(json.loads(path.read_text())["blockedMeshes"]) == ["lobby"]
    (aside,) = path.parent.glob("*.corrupt-*")
    assert aside.read_text() == "oops"


def as_folder(path: Path) -> None:
    """Put a folder into the place of a file."""
    path.mkdir()


def as_broken_link(path: Path) -> None:
    """Link to a disk that is not mounted."""
    path.symlink_to("/nowhere/blocklist.json")


NO_FILES = [
    pytest.param(as_folder, "it is not a file", id="folder"),
    pytest.param(os.mkfifo, "it is not a file", id="pipe"),
    pytest.param(as_broken_link, "it links to /nowhere", id="link"),
]


@pytest.mark.parametrize(("make", "says"), NO_FILES)
def test_start_without_a_readable_file(
    path: Path, clock: ManualClock, make: Callable[[Path], None], says: str
) -> None:
    """It is unknown what is blocked, so no mesh is let in."""
    path.parent.mkdir()
    make(path)
    with pytest.raises(MissingError, match=rf"{path} cannot be read \({says}"):
        loaded(path, clock)


@pytest.mark.parametrize(("make", "says"), NO_FILES)
def test_file_that_becomes_unreadable(
    path: Path, blocklist: Blocklist, make: Callable[[Path], None], says: str
) -> None:
    """All blocks hold, nothing is moved or replaced, and it is read as soon as it can be."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    content = path.read_bytes()
    path.unlink()
    make(path)
    for _ in range(3):
        assert not blocklist.reload_if_changed()
    assert says in problem(blocklist)
    blocklist.block("attic", "kicked", None)
    assert not blocklist.save()
    assert blocked(blocklist) == ["lobby", "attic"]
    assert os.listdir(path.parent) == [path.name]
    assert not path.is_file()
    if path.is_dir():
        path.rmdir()
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    assert blocklist.save()
    assert problem(blocklist) == ""
    assert set(json.loads(path.read_text())["blockedMeshes"]) == {"lobby", "attic"}


def test_folder_that_is_gone(path: Path, blocklist: Blocklist) -> None:
    """A file whose folder was moved away was not removed in order to unblock all."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    path.parent.rename(path.parent.with_name("elsewhere"))
    for _ in range(3):
        assert not blocklist.reload_if_changed()
    assert blocklist.is_blocked("lobby")
    assert "its folder is gone" in problem(blocklist)
    path.parent.with_name("elsewhere").rename(path.parent)
    blocklist.reload_if_changed()
    assert (problem(blocklist), blocked(blocklist)) == ("", ["lobby"])


def test_no_descriptor_for_a_while(path: Path, blocklist: Blocklist) -> None:
    """What could not be read for want of a descriptor is read once there is one again."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    edit(path, {"lobby": {"blockedUntil": None}, "cinema": {"blockedUntil": None}})
    with no_descriptors():
        for _ in range(3):
            assert not blocklist.reload_if_changed()
        assert "oo many open files" in problem(blocklist)
    assert blocklist.reload_if_changed()
    assert (blocked(blocklist), problem(blocklist)) == (["lobby", "cinema"], "")
    assert not list(path.parent.glob("*.corrupt-*"))


# ---- Full disk -----------------------------------------------------------------------------------


def test_full_disk(
    path: Path, blocklist: Blocklist, clock: ManualClock, caplog: pytest.LogCaptureFixture
) -> None:
    """Blocks hold in memory, the old file stays whole, and it is tried again ever more rarely."""
    blocklist.block("lobby", "kicked", None)
    blocklist.save()
    before = path.read_bytes()
    blocklist.block("cinema", "kicked", None)
    waits = []
    with full_disk():
        for _ in range(8):
            assert not blocklist.save()
            assert not blocklist.save_due()
            waited = 0
            while not blocklist.save_due():
                clock.advance(1)
                waited += 1
            waits.append(waited)
    assert waits == [FIRST_RETRY, 2, 4, 8, 16, LAST_RETRY, LAST_RETRY, LAST_RETRY]
    assert path.read_bytes() == before
    assert os.listdir(path.parent) == [path.name]
    assert blocked(blocklist) == ["lobby", "cinema"]
    assert "cannot be written: File too large" in problem(blocklist)
    assert blocklist.save()
    assert problem(blocklist) == ""
    assert blocked(loaded(path, clock)) == ["lobby", "cinema"]
    events = [getattr(record, "event", "") for record in caplog.records]
    assert events == ["blocklist.problem"]


def test_full_disk_while_a_corrupt_file_is_mended(path: Path, clock: ManualClock) -> None:
    """The readable entries survive, and the damaged file is kept once."""
    edit(path, {"lobby": {"blockedUntil": None}})
    path.write_text(path.read_text() + "}")
    blocklist = loaded(path, clock)
    with full_disk():
        for _ in range(3):
            assert not blocklist.save()
            clock.advance(LAST_RETRY)
            blocklist.reload_if_changed()
    assert blocked(blocklist) == ["lobby"]
    assert len(list(path.parent.iterdir())) == 2
    assert blocklist.save()
    assert blocked(loaded(path, clock)) == ["lobby"]
    assert len(list(path.parent.iterdir())) == 2
