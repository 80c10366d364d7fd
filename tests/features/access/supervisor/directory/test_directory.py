"""The directory as the supervisor uses it: known at any moment, whatever its database does."""

from __future__ import annotations

import asyncio
import contextlib
from datetime import timedelta

import pytest

from meshvisor.features.access.supervisor.directory import directory as module
from meshvisor.features.access.supervisor.directory.account_keeper import AccountKeeper
from meshvisor.features.access.supervisor.directory.backend import (
    Along,
    DirectoryUncertainError,
    DirectoryUnreachableError,
)
from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from meshvisor.features.access.supervisor.directory.directory import (
    Change,
    Directory,
    DirectoryParts,
)
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    Snapshot,
)
from meshvisor.features.access.supervisor.directory.sqlite import SqliteBackend
from meshvisor.shared.errors import MeshvisorError, MissingError, SettingsError
from meshvisor.shared.store.store import Store
from tests.directories import NOON, DirectoryHome, account, followed

LATER = NOON + timedelta(days=1)


@pytest.fixture
async def directory(place: DirectoryHome) -> Directory:
    """Return a started one that holds nothing."""
    return (await place.open()).directory


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again at once after an error."""
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(module, "LONGEST_PAUSE", 0.01)


class HeldUp(SqliteBackend):
    """A real backend, one of whose methods waits after its work until it is let go."""

    def __init__(self, store: Store) -> None:
        super().__init__(store, 1)
        self.held = ""
        self.gate = asyncio.Event()
        self.reached = asyncio.Event()

    async def load(self) -> Snapshot:
        """Return everything."""
        found = await super().load()
        await self._pause("load")
        return found

    async def put_account(self, account: Account, along: Along | None = None) -> None:
        """Keep the account."""
        await super().put_account(account, along)
        await self._pause("put_account")

    async def put_admin(self, admin: Admin, along: Along | None = None) -> None:
        """Keep the admin, or be lost in that moment."""
        await super().put_admin(admin, along)
        if self.held == "lost":
            self.held = ""
            raise DirectoryUncertainError("it may or may not have arrived")

    async def wait_for_change(self, seen: Snapshot) -> None:
        """Return when it is let go, as a change stream that nothing disturbs."""
        self.reached.set()
        await self.gate.wait()

    async def _pause(self, where: str) -> None:
        if self.held == where:
            self.reached.set()
            await self.gate.wait()


def changes(directory: Directory) -> list[Change]:
    """Return a list to which every change is added."""
    heard: list[Change] = []
    directory.listen(heard.append)
    return heard


# ---- Known at any moment -------------------------------------------------------------------------


async def test_empty(directory: Directory) -> None:
    """There are no admins, nothing is decided, there is no account and no problem."""
    assert directory.access.admins == frozenset()
    assert directory.access.requires_admin == {}
    assert (directory.account, directory.reachable, directory.problems) == (None, True, [])


async def test_what_was_there_before(place: DirectoryHome, directory: Directory) -> None:
    """Another start finds everything."""
    await directory.put_admin(Admin("1", NOON))
    await directory.put_permission(Permission("Ping", True, NOON))
    saved = await directory.save_account(account())
    again = (await place.open()).directory
    assert again.access.admins == {"1"}
    assert again.access.requires_admin == {"ping": True}
    assert again.account == saved


async def test_changes_are_reported(directory: Directory) -> None:
    """Each says what is other than before; what changes nothing is not reported."""
    heard = changes(directory)
    await directory.put_admin(Admin("1", NOON))
    await directory.put_admin(Admin("1", LATER))
    await directory.put_admin(Admin("2", NOON, is_active=False))
    await directory.put_permission(Permission("Ping", True, NOON))
    await directory.put_permission(Permission("setperm", False, NOON))
    await directory.delete_permission("Ping")
    await directory.delete_permission("Ping")
    saved = await directory.save_account(account())
    await directory.save_account(saved)
    permissions = Change(admins=False, permissions=True, account=False)
    assert heard == [
        Change(admins=True, permissions=False, account=False),
        permissions,
        permissions,
        Change(admins=False, permissions=False, account=True),
    ]
    assert not await directory.refresh()


async def test_many_changes_at_once(place: DirectoryHome, directory: Directory) -> None:
    """All of them are known in here and in the database alike, refreshes in between or not."""
    await asyncio.gather(
        *(directory.put_admin(Admin(str(n), NOON)) for n in range(30)),
        *(directory.refresh() for _ in range(10)),
        *(directory.put_admin(Admin(str(n), NOON, is_active=False)) for n in range(0, 30, 2)),
        directory.save_account(account()),
    )
    assert directory.access.admins == {str(n) for n in range(1, 30, 2)}
    known = directory.snapshot
    await directory.refresh()
    assert directory.snapshot == known
    assert [a.user_id for a in known.admins] == sorted(str(n) for n in range(30))
    assert len(place.by_hand("SELECT * FROM admin_users")) == 30


@pytest.mark.parametrize("held", ["load", "put_account"])
async def test_a_change_during_a_refresh(place: DirectoryHome, held: str) -> None:
    """What is changed while a refresh reads, or settles the account, is not undone by it."""
    opened = await place.open()
    backend = HeldUp(opened.store)
    accounts = AccountKeeper(CredentialsFile(place.home.credentials_file), backend, place.clock)
    directory = Directory(DirectoryParts(backend, accounts, None, place.clock))
    await directory.start()
    heard = changes(directory)
    place.write_file(peerId="1_a")
    backend.gate.clear()
    backend.held = held
    refreshing = asyncio.create_task(directory.refresh())
    await backend.reached.wait()
    await directory.put_admin(Admin("2", NOON))
    backend.gate.set()
    await refreshing
    assert directory.access.admins == {"2"}
    assert [change.admins for change in heard].count(True) == 1
    assert [change.account for change in heard].count(True) == 1


async def test_refused(place: DirectoryHome, directory: Directory) -> None:
    """A change that the database does not take has not happened, and is not reported."""
    await directory.put_permission(Permission("ping", True, NOON))
    heard = changes(directory)
    before = directory.snapshot
    with place.refusing("admin_users", "command_permissions"):
        for change in (
            directory.put_admin(Admin("1", NOON)),
            directory.put_permission(Permission("ping", False, NOON)),
            directory.delete_permission("ping"),
        ):
            with pytest.raises(MeshvisorError, match="there is no room"):
                await change
    assert directory.snapshot == before
    assert heard == []


async def test_lost_in_a_change(place: DirectoryHome) -> None:
    """It is a problem at once; that it is back, and what has arrived, is noticed by itself."""
    opened = await place.open()
    backend = HeldUp(opened.store)
    accounts = AccountKeeper(CredentialsFile(place.home.credentials_file), backend, place.clock)
    directory = Directory(DirectoryParts(backend, accounts, None, place.clock))
    await directory.start()
    async with followed(directory) as watch:
        await backend.reached.wait()
        backend.held = "lost"
        with pytest.raises(DirectoryUncertainError):
            await directory.put_admin(Admin("1", NOON))
        assert directory.problems == ["it may or may not have arrived"]
        await watch.until(lambda: directory.reachable)
        assert directory.access.admins == {"1"}


class Gone(HeldUp):
    """A database that does not answer until it is let go, and counts who has asked."""

    def __init__(self, store: Store) -> None:
        super().__init__(store)
        self.is_gone = False
        self.asked = 0

    async def load(self) -> Snapshot:
        """Return everything, or keep the caller waiting and then fail."""
        self.asked += 1
        if self.is_gone:
            await self.gate.wait()
            raise DirectoryUnreachableError("mongodb://db:27017/x cannot be used: nobody answers")
        return await super().load()


async def test_changes_while_it_is_known_to_be_away(
    place: DirectoryHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They do not wait for it one after another: all are refused while the first look lasts."""
    monkeypatch.setattr(module, "SHORT_TRY", 0.01)
    opened = await place.open()
    backend = Gone(opened.store)
    accounts = AccountKeeper(CredentialsFile(place.home.credentials_file), backend, place.clock)
    directory = Directory(DirectoryParts(backend, accounts, None, place.clock))
    await directory.start()
    backend.is_gone = True
    backend.gate.set()
    with pytest.raises(DirectoryUnreachableError):
        await directory.refresh()
    backend.gate.clear()
    before = backend.asked
    for change in (
        *(directory.put_admin(Admin(str(n), NOON)) for n in range(9)),
        directory.put_permission(Permission("ping", True, NOON)),
        directory.delete_permission("ping"),
        directory.save_account(account()),
    ):
        with pytest.raises(DirectoryUnreachableError, match="nobody answers"):
            await change
    assert backend.asked == before + 1  # which was not answered yet
    assert directory.access.admins == frozenset()
    # The file has it, and the directory gets it when it is back.
    assert directory.account is not None
    backend.is_gone = False
    backend.gate.set()
    await asyncio.wait_for(_changed(directory), 10)
    assert directory.access.admins == {"1"}
    await directory.close()


async def _changed(directory: Directory) -> None:
    """Try until a change is taken."""
    while "1" not in directory.access.admins:
        with contextlib.suppress(DirectoryUnreachableError):
            await directory.put_admin(Admin("1", NOON))


# ---- What others change --------------------------------------------------------------------------


async def test_live(place: DirectoryHome, directory: Directory) -> None:
    """What is changed straight in the database is known soon, without being asked for."""
    async with followed(directory) as watch:
        place.by_hand("INSERT INTO admin_users VALUES ('5', '5', NULL, 0, 1)")
        await watch.until(lambda: directory.access.admins == {"5"})
        place.by_hand(
            "INSERT INTO command_permissions (_id, commandName, requiresAdmin, updatedAt) "
            "VALUES ('Ping', 'Ping', 1, 0)"
        )
        await watch.until(lambda: directory.access.requires_admin == {"ping": True})
        place.by_hand("DELETE FROM command_permissions")
        await watch.until(lambda: not directory.access.requires_admin)
        place.by_hand("UPDATE admin_users SET isActive = 0")
        await watch.until(lambda: not directory.access.admins)
        place.by_hand(
            "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '1_a', 1)"
        )
        await watch.until(lambda: directory.account)
    assert place.file()["peerId"] == "1_a"


async def test_what_cannot_be_read(
    place: DirectoryHome, directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    """Garbage in the database does no harm: the last known holds until it is mended."""
    caplog.set_level("INFO")
    await directory.put_admin(Admin("1", NOON))
    async with followed(directory) as watch:
        with place.unreadable():
            while directory.reachable:
                await asyncio.sleep(0)
            assert directory.access.admins == {"1"}
            assert "no UTF-8" in directory.problems[0]
            place.by_hand("INSERT INTO admin_users VALUES ('2', '2', NULL, 0, 1)")
        await watch.until(lambda: directory.access.admins == {"1", "2"})
    assert (directory.reachable, directory.problems) == (True, [])
    assert caplog.text.count("the directory is away") == 1
    assert caplog.text.count("the directory is back") == 1


async def test_moved_away(place: DirectoryHome, directory: Directory) -> None:
    """Into a database file that is somewhere else nothing is written, and nothing has changed."""
    await directory.put_admin(Admin("1", NOON))
    path = place.home.database
    path.rename(path.with_name("moved"))
    with pytest.raises(MeshvisorError):
        await directory.put_admin(Admin("2", NOON))
    assert directory.access.admins == {"1"}
    path.with_name("moved").rename(path)
    await directory.put_admin(Admin("2", NOON))
    assert directory.access.admins == {"1", "2"}


async def test_flaws(
    place: DirectoryHome, directory: Directory, caplog: pytest.LogCaptureFixture
) -> None:
    """A row that cannot be used is a problem as long as it is there, and logged once."""
    place.by_hand(
        "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '', 1)"
    )
    for _ in range(3):
        await directory.refresh()
    assert len(directory.problems) == 1
    assert caplog.text.count("it is not used until it is corrected") == 1
    place.by_hand("DELETE FROM credentials")
    await directory.refresh()
    assert directory.problems == []


# ---- The account's file --------------------------------------------------------------------------


async def test_edited(place: DirectoryHome, directory: Directory) -> None:
    """An edited file is taken over, reported, and reaches the database."""
    heard = changes(directory)
    await directory.check_file()
    assert heard == []
    place.write_file(peerId="1_a")
    await directory.check_file()
    assert directory.account is not None
    assert directory.account.peer_id == "1_a"
    assert [change.account for change in heard] == [True]
    assert place.by_hand("SELECT peerId FROM credentials") == [("1_a",)]
    await directory.check_file()
    assert len(heard) == 1


async def test_edited_while_the_database_is_away(
    place: DirectoryHome, directory: Directory
) -> None:
    """The file alone is enough; the database hears of it when it is back."""
    await directory.save_account(account())
    with place.unreadable():
        with pytest.raises(MissingError):
            await directory.refresh()
        place.write_file(peerId="1_new", updatedAt=LATER.isoformat())
        await directory.check_file()
        assert directory.account is not None
        assert directory.account.peer_id == "1_new"
        place.home.credentials_file.unlink()
        await directory.check_file()
        assert directory.account.peer_id == "1_new"
        place.write_file(peerId="1_new", updatedAt=LATER.isoformat())
    await directory.refresh()
    assert place.by_hand("SELECT peerId FROM credentials") == [("1_new",)]


async def test_conflict_is_a_problem(place: DirectoryHome, directory: Directory) -> None:
    """It is in the list of problems, and either copy can be had."""
    saved = await directory.save_account(account())
    place.write_file(peerId="1_other", updatedAt=saved.updated_at.isoformat())
    await directory.check_file()
    assert directory.problems == [directory.account_problem]
    assert "different credentials" in directory.problems[0]
    assert directory.account == saved == directory.copy_of_account("directory")
    in_file = directory.copy_of_account("file")
    assert in_file is not None
    assert in_file.peer_id == "1_other"


async def test_start_with_a_corrupt_file(place: DirectoryHome) -> None:
    """It stops the start and says so, though the database answers."""
    place.write_text("{")
    with pytest.raises(SettingsError, match="correct or remove it"):
        await place.open()


async def test_a_listener_hears_of_what_is_known(directory: Directory) -> None:
    """When it is called, the directory says the new state already."""
    seen: list[frozenset[str]] = []
    directory.listen(lambda _change: seen.append(directory.access.admins))
    await directory.put_admin(Admin("1", NOON))
    assert seen == [{"1"}]
