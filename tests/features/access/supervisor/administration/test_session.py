"""The bot's account: shown without secrets, replaced, and its session renewed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import SecretStr

from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.features.access.supervisor.administration.session import Session, parse_account
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import MeshvisorError, MissingError, UsageError
from meshvisor.supervisor.audit.log import Actor
from tests.directories import (
    DEVICE_SECRET,
    NOON,
    OPERATOR,
    SESSION,
    TOKEN,
    DirectoryHome,
    SmallFleet,
    account,
)

ANN = Actor("11 (ann)", "lobby", "11")


class Bureau:
    """A session and what it works with.

    Attributes:
        renewed: how often the platform was asked.
        refusal: why it does not renew a session.
    """

    def __init__(self, opened: OpenDirectory, place: DirectoryHome) -> None:
        self.opened = opened
        self.place = place
        self.fleet = SmallFleet()
        self.renewed = 0
        self.refusal: str | None = None
        self.session = Session(opened, self.fleet, self._renew)

    async def _renew(self, known: Account) -> Account:
        if self.refusal is not None:
            raise MissingError(self.refusal)
        self.renewed += 1
        return replace(known, auth_token=SecretStr(f"renewed-{self.renewed}"))

    @property
    def token(self) -> str | None:
        """What workers connect with from now on."""
        known = self.opened.directory.account
        return known.auth_token.get_secret_value() if known else None

    async def last_entry(self) -> tuple[str, ...]:
        """Return the newest entry of the audit log."""
        (entry,) = await self.opened.audit.newest(1)
        return (entry.actor, entry.origin, entry.action, entry.subject, entry.outcome, entry.detail)


@pytest.fixture
async def bureau(place: DirectoryHome) -> Bureau:
    """Return one without an account."""
    return Bureau(await place.open(), place)


async def test_show(bureau: Bureau) -> None:
    """Everything but the secrets, of which one sees only whether they are there."""
    with pytest.raises(MissingError, match="meshvisor login"):
        bureau.session.show()
    await bureau.session.save(account(parse_token=SecretStr("")), OPERATOR)
    shown = bureau.session.show()
    assert (shown.email, shown.peer_id, shown.parse_id) == (
        "bot@example.com", "12345_phone", "id123",
    )  # fmt: skip
    assert shown.auth_token == shown.ssaid == "********"
    assert shown.parse_token == ""
    text = shown.model_dump_json() + repr(shown)
    assert not any(secret in text for secret in (TOKEN, SESSION, DEVICE_SECRET))


async def test_save(bureau: Bureau) -> None:
    """It is used, in both places, and in the audit log without a secret."""
    shown = await bureau.session.save(account(), ANN)
    assert (shown.peer_id, shown.problem) == ("12345_phone", None)
    assert bureau.token == TOKEN
    assert bureau.place.file()["authToken"] == TOKEN
    entry = await bureau.last_entry()
    assert entry == ("11 (ann)", "lobby", "credentials.save", "12345_phone", "done", "")


async def test_save_that_the_directory_refuses(bureau: Bureau) -> None:
    """It is an error and in the audit log; the file has it, and it is used."""
    with (
        bureau.place.refusing("credentials"),
        pytest.raises(MeshvisorError, match="there is no room"),
    ):
        await bureau.session.save(account(), ANN)
    assert bureau.token == TOKEN
    assert "there is no room" in (await bureau.last_entry())[4]


@pytest.mark.parametrize("kept", ["file", "directory"])
async def test_conflict(bureau: Bureau, kept: str) -> None:
    """It is shown; keeping either copy settles it and replaces the other one."""
    await bureau.opened.directory.backend.put_account(account("directory"))
    bureau.place.write_file(peerId="12345_phone", authToken="file", updatedAt=NOON.isoformat())
    await bureau.opened.directory.refresh()
    assert "different credentials" in (bureau.session.show().problem or "")
    assert bureau.token == "directory"
    shown = await bureau.session.keep(kept, ANN)  # type: ignore[arg-type]
    assert shown.problem is None
    assert bureau.token == kept
    assert bureau.place.file()["authToken"] == kept
    assert bureau.place.by_hand("SELECT authToken FROM credentials") == [(kept,)]
    assert (await bureau.last_entry())[2] == f"credentials.keep {kept}"


async def test_keep_what_is_not_there(bureau: Bureau) -> None:
    """There is nothing to keep, or nothing that can be used."""
    for place in ("file", "directory"):
        with pytest.raises(UsageError, match=f"no credentials in the {place}"):
            await bureau.session.keep(place, ANN)
    bureau.place.write_text("{")
    with pytest.raises(UsageError, match="correct or remove it"):
        await bureau.session.keep("file", ANN)


@pytest.mark.parametrize(
    "fields", [{}, {"peerId": ""}, {"peerId": "1_a", "updatedAt": "x"}, {"email": "\ud800"}]
)
def test_no_account(fields: dict[str, str]) -> None:
    """Fields that are no account are refused with what is wrong."""
    with pytest.raises(UsageError, match="these are no credentials"):
        parse_account({"authToken": TOKEN, **fields})


# ---- Logging in again ----------------------------------------------------------------------------


async def test_relogin(bureau: Bureau) -> None:
    """The session is renewed and used, and all bots join again, that of the asking room last."""
    await bureau.session.save(account(), OPERATOR)
    report = await bureau.session.relogin(ANN, last="lobby")
    assert (report.renewed, report.workers) == (True, 3)
    assert bureau.token == bureau.place.file()["authToken"] == "renewed-1"
    assert bureau.fleet.rounds == ["lobby"]
    assert await bureau.last_entry() == (
        "11 (ann)", "lobby", "relogin", "session", "done", "all bots join again",
    )  # fmt: skip


@pytest.mark.parametrize("known", [None, lambda: account(parse_token=SecretStr(""))])
async def test_relogin_without_a_session(
    bureau: Bureau, known: Callable[[], Account] | None
) -> None:
    """Where there is nothing to renew, the bots join again all the same."""
    if known is not None:
        await bureau.session.save(known(), OPERATOR)
    report = await bureau.session.relogin(ANN)
    assert (report.renewed, bureau.renewed) == (False, 0)
    assert bureau.fleet.rounds == [None]


async def test_relogin_that_the_platform_refuses(bureau: Bureau) -> None:
    """The old session is kept, no bot has left a room, and the audit log says why."""
    await bureau.session.save(account(), OPERATOR)
    bureau.refusal = "the session has ended: meshvisor login"
    with pytest.raises(MeshvisorError, match="the session has ended"):
        await bureau.session.relogin(ANN)
    assert bureau.token == TOKEN
    assert bureau.fleet.rounds == []
    assert (await bureau.last_entry())[4] == bureau.refusal


async def test_relogin_while_they_are_at_it(bureau: Bureau) -> None:
    """A second round does not begin before the first has ended; that is in the audit log, too."""
    await bureau.session.save(account(), OPERATOR)
    bureau.fleet.busy = True
    with pytest.raises(UsageError, match="wait until they have"):
        await bureau.session.relogin(ANN)
    assert "wait until they have" in (await bureau.last_entry())[4]
    # Those that have joined already would keep the session that they have.
    assert bureau.token == TOKEN


async def test_relogin_while_the_directory_refuses(bureau: Bureau) -> None:
    """The new session is in the file and used; that the directory gets it later stops no bot."""
    await bureau.session.save(account(), OPERATOR)
    with bureau.place.refusing("credentials"):
        report = await bureau.session.relogin(ANN)
    assert (report.renewed, bureau.fleet.rounds) == (True, [None])
    assert bureau.token == bureau.place.file()["authToken"] == "renewed-1"
    await bureau.opened.directory.refresh()
    assert bureau.place.by_hand("SELECT authToken FROM credentials") == [("renewed-1",)]


async def test_relogin_without_room_for_the_file(bureau: Bureau) -> None:
    """A session that cannot be kept is not used, and no bot has left a room."""
    await bureau.session.save(account(), OPERATOR)
    folder = bureau.place.home.config
    folder.rename(folder.with_name("elsewhere"))
    folder.write_text("in the way")
    bureau.place.clock.advance(timedelta(days=1).total_seconds())
    with pytest.raises(MeshvisorError, match="cannot be written"):
        await bureau.session.relogin(ANN)
    assert bureau.token == TOKEN
    assert bureau.fleet.rounds == []
