"""The bot's account in two places: kept alike, and neither copy lost."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from meshvisor.features.access.supervisor.directory.account_keeper import AccountKeeper
from meshvisor.features.access.supervisor.directory.backend import Backend
from meshvisor.features.access.supervisor.directory.credentials_file import (
    CorruptFileError,
    CredentialsFile,
    LooseModeError,
)
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.store.store import Store
from tests.clock import START, ManualClock
from tests.directories import NOON, SESSION, TOKEN, DirectoryHome, account

LATER = NOON + timedelta(milliseconds=1)


class Bench:
    """A keeper between a real file and a real database."""

    def __init__(self, place: DirectoryHome, store: Store) -> None:
        self.place = place
        self.path = place.home.credentials_file
        self.file = CredentialsFile(self.path)
        self.backend: Backend = SqliteBackend(store, 1)
        self.clock: ManualClock = place.clock
        self.keeper = AccountKeeper(self.file, self.backend, self.clock)

    async def settle(self, *, first: bool = False, away: bool = False) -> None:
        """Compare both copies."""
        await self.keeper.settle(None if away else await self.backend.load(), first=first)

    async def both(self) -> tuple[Account | None, Account | None]:
        """Return the file's copy and the directory's."""
        return self.file.read(), (await self.backend.load()).account

    def asides(self) -> list[Path]:
        """Return what was kept aside."""
        return sorted(self.path.parent.glob("credentials.json.*"))


@pytest.fixture
def bench(place: DirectoryHome) -> Iterator[Bench]:
    """Return a keeper whose copies do not exist yet."""
    store = Store.open(place.home.database)
    yield Bench(place, store)
    store.close()


# ---- Two copies ----------------------------------------------------------------------------------


async def test_without_an_account(bench: Bench) -> None:
    """There is none, and no empty file is made."""
    await bench.settle(first=True)
    assert (bench.keeper.account, bench.keeper.problem) == (None, None)
    assert not bench.path.exists()


async def test_only_the_file(bench: Bench) -> None:
    """The directory is filled."""
    bench.file.write(account())
    await bench.settle(first=True)
    assert bench.keeper.account == account()
    assert await bench.both() == (account(), account())


async def test_only_the_directory(bench: Bench) -> None:
    """The file is filled; only its owner may read it."""
    await bench.backend.put_account(account())
    await bench.settle(first=True)
    assert await bench.both() == (account(), account())
    assert bench.path.stat().st_mode & 0o777 == 0o600
    assert not bench.keeper.file_changed


@pytest.mark.parametrize("newer", ["file", "directory"])
@pytest.mark.parametrize("first", [True, False])
async def test_the_newer_one_wins(bench: Bench, newer: str, first: bool) -> None:
    """Whichever it is, at the start and later."""
    old, new = account("old"), account("new", LATER)
    bench.file.write(new if newer == "file" else old)
    await bench.backend.put_account(old if newer == "file" else new)
    await bench.settle(first=first)
    assert bench.keeper.account == new
    assert await bench.both() == (new, new)
    assert bench.keeper.problem is None


async def test_conflict(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Both are kept, the directory's is used, and it is said once how to settle it."""
    bench.file.write(account("file"))
    await bench.backend.put_account(account("directory"))
    for _ in range(3):
        await bench.settle()
    assert bench.keeper.account == account("directory")
    assert await bench.both() == (account("file"), account("directory"))
    assert bench.keeper.problem is not None
    assert "meshvisor credentials keep file|directory" in bench.keeper.problem
    assert caplog.text.count("different credentials of the same moment") == 1


@pytest.mark.parametrize("kept", ["file", "directory"])
async def test_conflict_is_settled(bench: Bench, kept: str) -> None:
    """Saving one of the copies makes both alike, and the problem is gone."""
    bench.file.write(account("file"))
    await bench.backend.put_account(account("directory"))
    await bench.settle()
    saved = await bench.keeper.save(account(kept))
    assert saved.auth_token.get_secret_value() == kept
    assert await bench.both() == (saved, saved)
    await bench.settle()
    assert (bench.keeper.account, bench.keeper.problem) == (saved, None)


# ---- A file that cannot be used ------------------------------------------------------------------


async def test_corrupt_at_the_start(bench: Bench) -> None:
    """With nothing in the directory it stops the start, and stays as it is."""
    bench.place.write_text("{")
    with pytest.raises(CorruptFileError):
        await bench.settle(first=True)
    assert bench.path.read_text() == "{"
    assert bench.asides() == []


@pytest.mark.parametrize("first", [True, False])
async def test_corrupt_and_in_the_directory(
    bench: Bench, first: bool, caplog: pytest.LogCaptureFixture
) -> None:
    """It is kept aside and written anew; while running only when it stays like that."""
    await bench.backend.put_account(account())
    await bench.settle()
    bench.place.write_text('{"authToken": "half a fi')
    await bench.settle(first=first)
    if not first:
        assert (bench.asides(), bench.keeper.file_changed) == ([], True)
        await bench.settle()
    assert await bench.both() == (account(), account())
    assert bench.keeper.account == account()
    (aside,) = bench.asides()
    assert aside.read_text() == '{"authToken": "half a fi'
    assert aside.stat().st_mode & 0o777 == 0o600
    assert f"it is kept as {aside.name}" in caplog.text
    assert bench.keeper.problem is None


async def test_an_editor_at_work(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """A file that is empty for a moment is no corrupt file."""
    await bench.backend.put_account(account())
    await bench.settle()
    for text in ("", "{", '{"peerId"'):
        bench.place.write_text(text)
        await bench.settle()
    bench.place.write_file(peerId="9_new", updatedAt=LATER.isoformat())
    await bench.settle()
    assert bench.keeper.account is not None
    assert bench.keeper.account.peer_id == "9_new"
    assert bench.asides() == []
    assert "corrupt" not in caplog.text


async def test_corrupt_while_the_directory_is_away(bench: Bench) -> None:
    """The account goes on being used, the file is left alone, and it is a problem."""
    bench.file.write(account())
    await bench.settle()
    bench.place.write_text("{")
    for _ in range(3):
        await bench.settle(away=True)
    assert bench.keeper.account == account()
    assert bench.path.read_text() == "{"
    assert "is no JSON" in (bench.keeper.problem or "")
    await bench.settle()
    assert len(bench.asides()) == 1
    assert await bench.both() == (account(), account())


async def test_corrupt_in_a_folder_that_is_full(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it cannot even be kept aside, the directory's account is used all the same."""
    await bench.backend.put_account(account())
    bench.place.write_text("{")

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "rename", refuse)
    await bench.settle(first=True)
    assert bench.keeper.account == account()
    assert bench.path.read_text() == "{"
    assert "No space left on device" in (bench.keeper.problem or "")
    monkeypatch.undo()
    await bench.settle()
    await bench.settle()
    assert await bench.both() == (account(), account())


async def test_others_may_read_it(bench: Bench) -> None:
    """At the start that is refused; later it is reported, and the last known account used."""
    bench.file.write(account())
    await bench.settle()
    bench.path.chmod(0o644)
    with pytest.raises(LooseModeError, match="chmod 600"):
        await bench.settle(first=True)
    await bench.settle()
    assert "chmod 600" in (bench.keeper.problem or "")
    assert bench.keeper.account == account()
    assert not bench.keeper.file_changed
    bench.path.chmod(0o600)
    changed: bool = bench.keeper.file_changed
    assert changed
    await bench.settle()
    assert bench.keeper.problem is None


async def test_removed(bench: Bench) -> None:
    """A file that is removed is written again from the directory."""
    bench.file.write(account())
    await bench.settle()
    bench.path.unlink()
    assert bench.keeper.file_changed
    await bench.settle()
    assert await bench.both() == (account(), account())


async def test_removed_while_the_directory_is_away(bench: Bench) -> None:
    """The bot stays who it is, and the file comes back with the directory."""
    bench.file.write(account())
    await bench.settle()
    bench.path.unlink()
    await bench.settle(away=True)
    assert bench.keeper.account == account()
    await bench.settle()
    assert await bench.both() == (account(), account())


# ---- A directory that does not take it -----------------------------------------------------------


async def test_directory_that_refuses(bench: Bench) -> None:
    """The file's newer account is used; the directory gets it as soon as it takes it."""
    bench.file.write(account())
    with bench.place.refusing("credentials"):
        await bench.settle(first=True)
        assert bench.keeper.account == account()
        assert "there is no room" in (bench.keeper.problem or "")
        assert await bench.both() == (account(), None)
    await bench.settle()
    assert await bench.both() == (account(), account())
    assert bench.keeper.problem is None


async def test_flawed_document(bench: Bench) -> None:
    """A document that cannot be used is not overwritten; the file is used."""
    bench.file.write(account())
    bench.place.by_hand(
        "INSERT INTO credentials (_id, peerId, email, updatedAt) "
        "VALUES ('bot_credentials', '', 'precious', 0)"
    )
    await bench.settle(first=True)
    assert bench.keeper.account == account()
    assert "is left as it is" in (bench.keeper.problem or "")
    assert bench.place.by_hand("SELECT email FROM credentials") == [("precious",)]


# ---- Saving --------------------------------------------------------------------------------------


async def test_save(bench: Bench) -> None:
    """A new account is of this moment, and in both places."""
    saved = await bench.keeper.save(account(updated_at=datetime.fromtimestamp(0, UTC)))
    assert saved.updated_at.timestamp() == START
    assert await bench.both() == (saved, saved)
    assert not bench.keeper.file_changed


async def test_save_with_a_clock_that_went_back(bench: Bench) -> None:
    """It is newer than what it replaces, whatever the clock says."""
    future = NOON + timedelta(days=4000)
    bench.file.write(account("old", future))
    await bench.settle()
    saved = await bench.keeper.save(account("new"))
    assert saved.updated_at == future + timedelta(milliseconds=1)
    assert await bench.both() == (saved, saved)


async def test_save_at_the_end_of_time(bench: Bench) -> None:
    """Even what comes after the last moment can be saved."""
    bench.place.write_file(peerId="1_a", updatedAt="9999-12-31T23:59:59.999999Z")
    await bench.settle()
    saved = await bench.keeper.save(account("new"))
    assert await bench.both() == (saved, saved)


async def test_save_while_the_directory_refuses(bench: Bench) -> None:
    """It is an error; but the file has it, it is used, and the directory gets it later."""
    await bench.keeper.save(account("old"))
    bench.clock.advance(1)
    with bench.place.refusing("credentials"), pytest.raises(MeshvisorError):
        await bench.keeper.save(account("new"))
    assert bench.keeper.account is not None
    assert bench.keeper.account.auth_token.get_secret_value() == "new"
    await bench.settle()
    file, directory = await bench.both()
    assert file == directory == bench.keeper.account


async def test_save_without_room(bench: Bench) -> None:
    """A file that cannot be written is an error, and nothing has changed."""
    await bench.keeper.save(account("old"))
    before = await bench.both()
    folder = bench.path.parent
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in the way")
    with pytest.raises(MeshvisorError, match="cannot be written"):
        await bench.keeper.save(account("new"))
    folder.unlink()
    folder.with_name("elsewhere").rename(folder)
    assert await bench.both() == before
    assert bench.keeper.account == before[0]


# ---- Leftovers and secrets -----------------------------------------------------------------------


async def test_leftovers(bench: Bench) -> None:
    """What a killed writer has left is removed at the start, and not while one may be at work."""
    left = bench.path.with_name(".credentials.json.abcdefgh")
    left.touch(0o600)
    await bench.settle()
    assert left.exists()
    await bench.settle(first=True)
    assert not left.exists()


async def test_no_secret_is_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever happens to the copies, no token is in the log."""
    caplog.set_level("DEBUG")
    await test_conflict(bench, caplog)
    await bench.keeper.save(account())
    bench.place.write_text(f'{{"peerId": "1_a", "authToken": ["{TOKEN}"], "x": "{SESSION}"}}')
    await bench.settle()
    await bench.settle()
    assert "authToken is a list" in caplog.text
    assert TOKEN not in caplog.text
    assert SESSION not in caplog.text
    assert TOKEN not in repr(bench.keeper.account)
