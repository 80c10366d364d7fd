"""What the control socket answers about admins, permissions and the account."""

from __future__ import annotations

import os
import pwd
from typing import Any

import pytest

from meshvisor.features.access.supervisor.administration.opening import OpenDirectory
from meshvisor.shared.paths import Home
from tests.directories import DEVICE_SECRET, NOON, SESSION, TOKEN, DirectoryHome
from tests.supervisor.control.conftest import Raw
from tests.supervisor.control.in_memory import InMemorySupervisor
from tests.supervisor.control.test_requests import error_of, result_of

SECRETS = (TOKEN, SESSION, DEVICE_SECRET)
ACCOUNT = {
    "peerId": "1_bot",
    "authToken": f"r:{TOKEN}",
    "parseToken": SESSION,
    "ssaid": DEVICE_SECRET,
    "updatedAt": NOON.isoformat(),
}


@pytest.fixture(autouse=True)
async def opened(place: DirectoryHome, home: Home, supervisor: InMemorySupervisor) -> OpenDirectory:
    """Return the real directory that the supervisor administers."""
    opened = await place.open()
    supervisor.administer(opened, home)
    return opened


async def test_admins(client: Raw) -> None:
    """Added, listed and removed; a peer id and a number are the user id that they mean."""
    for user_id in ("12_phone", 12):
        outcome = await result_of(client, "admin_add", user_id=user_id)
        assert (outcome["user_id"], outcome["is_admin"]) == ("12", True)
    (entry,) = (await result_of(client, "admin_list"))["admins"]
    assert (entry["user_id"], entry["added_by"], entry["is_active"]) == ("12", None, True)
    assert (await result_of(client, "admin_list", after="12")) == {"admins": [], "more": False}
    # The command line may remove the last one.
    outcome = await result_of(client, "admin_remove", user_id="12")
    assert outcome == {"user_id": "12", "realm": "", "is_admin": False, "changed": True}


async def test_pages(client: Raw, place: DirectoryHome) -> None:
    """Ten thousand come in several answers."""
    place.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
        "INSERT INTO admin_users SELECT printf('%064d', i), 'x', ?, 0, 1 FROM n",
        "9" * 64,
    )
    await result_of(client, "refresh")
    found: list[str] = []
    more = True
    while more:
        page = await result_of(client, "admin_list", after=found[-1] if found else "")
        found += [entry["user_id"] for entry in page["admins"]]
        more = page["more"]
    assert found == [f"{n:064}" for n in range(10_000)]


async def test_pages_of_the_longest_ids(client: Raw, place: DirectoryHome) -> None:
    """As many come as fit into an answer, however wide their characters."""
    place.by_hand(
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 999) "
        "INSERT INTO admin_users SELECT ? || printf('%05d', i), 'x', ?, 0, 1 FROM n",
        f"{'r' * 32}/{chr(0x1F600) * 250}",
        f"{'r' * 32}/{chr(0x1F600) * 255}",
    )
    await result_of(client, "refresh")
    found: list[str] = []
    after, more = "", True
    while more:
        page = await result_of(client, "admin_list", after=after)
        found += [entry["user_id"] for entry in page["admins"]]
        after, more = f"{'r' * 32}/{found[-1]}", page["more"]
    assert found == [f"{chr(0x1F600) * 250}{n:05}" for n in range(1000)]


async def test_permissions(client: Raw) -> None:
    """Set, listed and unset, as the results say."""
    outcome = await result_of(client, "perm_set", command="PING", level="admin")
    assert outcome == {
        "command": "ping",
        "realm": "",
        "level": "admin",
        "previous": None,
        "changed": True,
        "known": True,
    }
    listed = await result_of(client, "perm_list")
    assert [entry["command"] for entry in listed["permissions"]] == ["ping"]
    assert "ping" in listed["admin_commands"]
    outcome = await result_of(client, "perm_unset", command="ping")
    assert (outcome["level"], outcome["previous"]) == (None, "admin")
    outcome = await result_of(client, "perm_set", command="x", level="user", force=True)
    assert (outcome["changed"], outcome["known"]) == (True, False)


@pytest.mark.parametrize(
    ("kind", "arguments", "sentence"),
    [
        ("admin_add", {"user_id": ""}, "is no user id"),
        ("admin_add", {"user_id": "a b"}, "is no user id"),
        ("admin_remove", {}, "needs the field 'user_id'"),
        ("perm_set", {"command": "a.b", "level": "user"}, "is no command name"),
        ("perm_set", {"command": "ping", "level": "root"}, "level"),
        ("perm_set", {"command": "SetPerm", "level": "user", "force": True}, "stays so"),
        ("perm_set", {"command": "pign", "level": "user"}, "did you mean ping?"),
        ("perm_unset", {"command": "ADMIN"}, "stays so"),
        ("credentials_keep", {"copy_of": "both"}, "copy_of"),
        ("credentials_keep", {"copy_of": "file"}, "no credentials in the file"),
        ("credentials_save", {"account": {"peerId": ""}}, "these are no credentials"),
        ("audit", {"limit": 0}, "limit"),
        ("audit", {"limit": 100_000}, "limit"),
    ],
)
async def test_wrong(
    client: Raw, place: DirectoryHome, kind: str, arguments: Any, sentence: str
) -> None:
    """One sentence, exit code 2, and nothing has changed."""
    said, code = await error_of(client, kind, **arguments)
    assert sentence in said
    assert code == 2
    for table in ("admin_users", "command_permissions", "credentials"):
        assert place.by_hand(f"SELECT * FROM {table}") == []
    # Only that it was tried may be kept.
    assert place.by_hand("SELECT * FROM audit_log WHERE outcome = 'done'") == []


async def test_credentials(client: Raw, place: DirectoryHome) -> None:
    """Saved, shown and kept, and no answer holds a secret."""
    assert (await error_of(client, "credentials_show"))[1] == 3
    answers = [await result_of(client, "credentials_save", account=ACCOUNT)]
    assert place.file()["authToken"] == TOKEN
    answers.append(await result_of(client, "credentials_show"))
    answers.append(await result_of(client, "credentials_keep", copy_of="directory"))
    assert [answer["peer_id"] for answer in answers] == ["1_bot"] * 3
    answers.append(await result_of(client, "audit", limit=10))
    assert not any(secret in str(answers) for secret in SECRETS)


@pytest.mark.parametrize(
    "account",
    [
        {**ACCOUNT, "updatedAt": "yesterday"},
        {**ACCOUNT, "peerId": ""},
        {**ACCOUNT, "email": "\ud800"},
        {**ACCOUNT, "authToken": [TOKEN]},
        {**ACCOUNT, "parseToken": {"x": SESSION}},
        TOKEN,
        [TOKEN],
    ],
)
async def test_no_secret_in_an_error(
    client: Raw, account: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is wrong with an account, its secrets are neither answered nor logged."""
    said, code = await error_of(client, "credentials_save", account=account)
    assert code == 2
    for text in (said, caplog.text):
        assert not any(secret in text for secret in (TOKEN, DEVICE_SECRET))


async def test_refresh_and_relogin(client: Raw) -> None:
    """What each has done."""
    report = await result_of(client, "refresh")
    assert report == {
        "backend": "sqlite", "changed": [], "admins": 0, "permissions": 0, "problems": [],
    }  # fmt: skip
    assert await result_of(client, "relogin") == {"renewed": False, "workers": 3}


async def test_audit(client: Raw) -> None:
    """Who is at the other end of the socket has done it; the newest comes first."""
    await result_of(client, "admin_add", user_id="12")
    await result_of(client, "perm_set", command="ping", level="admin")
    entries = (await result_of(client, "audit", limit=10))["entries"]
    assert [entry["action"] for entry in entries] == ["perm.set", "admin.add"]
    assert {entry["actor"] for entry in entries} == {pwd.getpwuid(os.getuid()).pw_name}
    assert {entry["origin"] for entry in entries} == {"command line"}
    assert len((await result_of(client, "audit", limit=1))["entries"]) == 1


async def test_platform(client: Raw) -> None:
    """Where the bot's account is."""
    assert set(await result_of(client, "platform")) >= {"url", "server"}
