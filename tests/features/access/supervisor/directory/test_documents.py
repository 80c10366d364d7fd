"""What documents mean, also those that were written by hand and those that are wrong."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from meshvisor.features.access.supervisor.directory.documents import (
    NEVER,
    account_document,
    admin_document,
    as_user_id,
    permission_document,
    read_admin,
    read_permission,
    read_snapshot,
)
from meshvisor.features.access.supervisor.directory.model import (
    Account,
    Admin,
    Permission,
    from_epoch,
)

NOON = datetime(2026, 3, 1, 12, 0, 0, 123_000, tzinfo=UTC)
SECRET = "hunter2"

ACCOUNT = {"_id": "bot_credentials", "peerId": "1_a", "updatedAt": NOON}
ADMIN = {"_id": "12345", "userId": 12345, "addedBy": 67890, "addedAt": NOON, "isActive": True}
PERMISSION = {
    "_id": "search",
    "commandName": "search",
    "requiresAdmin": False,
    "description": "finds",
    "updatedAt": NOON,
    "updatedBy": 12345,
}


def _admins(*documents: dict[str, Any]) -> tuple[list[tuple[str, bool]], list[str]]:
    found = read_snapshot((), documents, ())
    return [(each.user_id, each.is_active) for each in found.admins], list(map(str, found.flaws))


def _permissions(*documents: dict[str, Any]) -> tuple[list[tuple[str, bool]], list[str]]:
    found = read_snapshot((), (), documents)
    return (
        [(each.command, each.requires_admin) for each in found.permissions],
        list(map(str, found.flaws)),
    )


# ---- There and back ------------------------------------------------------------------------------

moments = st.integers(0, 4_102_444_800_000).map(
    lambda milliseconds: from_epoch(milliseconds / 1000)
)
ids = st.text(
    st.characters(codec="utf-8", exclude_characters="_", categories=["L", "N"]),
    min_size=1,
    max_size=30,
)


user_ids = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9.-]{0,63}", fullmatch=True)


@given(st.builds(Admin, user_ids, st.none() | moments, st.none() | ids, st.booleans()))
def test_admin_survives(admin: Admin) -> None:
    """Whatever an admin is, the document says the same."""
    document = admin_document(admin) | {"_id": admin.user_id}
    assert read_snapshot((), [document], ()).admins == (admin,)


@given(st.builds(Permission, ids, st.booleans(), st.none() | moments, st.none() | ids, st.text()))
def test_permission_survives(permission: Permission) -> None:
    """Whatever a permission is, the document says the same."""
    document = permission_document(permission) | {"_id": permission.command}
    assert read_snapshot((), (), [document]).permissions == (permission,)


@given(moments, st.text(min_size=1), st.text().filter(lambda text: not text.startswith("r:")))
def test_account_survives(moment: datetime, peer_id: str, token: str) -> None:
    """Whatever an account is, the document says the same."""
    account = Account(peer_id, moment, auth_token=SecretStr(token), user_id="007")
    document = account_document(account) | {"_id": "bot_credentials"}
    assert read_snapshot([document], (), ()).account == account


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("12345", 12345),
        ("0", 0),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("007", "007"),
        ("-5", "-5"),
        ("1.0", "1.0"),
        ("٣", "٣"),
        ("²", "²"),
        ("", ""),
        ("a1", "a1"),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_user_id(text: str, stored: int | str) -> None:
    """An id is a number where it is the same text again, and text everywhere else."""
    assert as_user_id(text) == stored


# ---- What is accepted ----------------------------------------------------------------------------


def test_documents_of_the_format() -> None:
    """Documents as other programs write them have no flaw."""
    found = read_snapshot([ACCOUNT], [ADMIN], [PERMISSION], "v")
    assert found.account == Account("1_a", NOON)
    assert found.admins == (Admin("12345", NOON, "67890"),)
    assert found.permissions == (Permission("search", False, NOON, "12345", "finds"),)
    assert (found.flaws, found.version) == ((), "v")


@pytest.mark.parametrize("user_id", ["12345", 12345, 12345.0])
def test_ids_as_numbers(user_id: object) -> None:
    """A user id may be text or any kind of whole number."""
    assert _admins({"_id": user_id, "isActive": True}) == ([("12345", True)], [])
    assert _admins(ADMIN | {"userId": user_id, "addedBy": user_id})[1] == []


@pytest.mark.parametrize(
    "moment",
    [
        NOON,
        NOON.replace(tzinfo=None),
        "2026-03-01T12:00:00.123Z",
        "2026-03-01T13:00:00.123+01:00",
        "2026-03-01 12:00:00.123",
        1_772_366_400_123,
        1_772_366_400_123.0,
    ],
    ids=repr,
)
def test_moments(moment: object) -> None:
    """A moment may be a date, ISO text or milliseconds; without a zone it is UTC."""
    assert read_snapshot((), [ADMIN | {"addedAt": moment}], ()).admins[0].added_at == NOON


def test_what_may_be_missing() -> None:
    """Only what decides something has to be there."""
    found = read_snapshot(
        [{"_id": "bot_credentials", "peerId": "1_a"}],
        [{"_id": "1", "isActive": True}],
        [{"_id": "search", "requiresAdmin": True}],
    )
    assert found.account == Account("1_a", NEVER)
    assert found.admins == (Admin("1", None),)
    assert found.permissions == (Permission("search", True, None),)
    assert found.flaws == ()


def test_tokens_lose_their_mark() -> None:
    """A leading `r:` of a token is dropped."""
    document = ACCOUNT | {"authToken": "r:abc", "parseToken": "r:def", "ssaid": None}
    account = read_snapshot([document], (), ()).account
    assert account is not None
    assert account.auth_token.get_secret_value() == "abc"
    assert account.parse_token.get_secret_value() == "def"


# ---- Flaws ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"peerId": None}, "peerId is null; allowed: text that is not empty"),
        ({"peerId": ""}, "peerId is ''; allowed: text that is not empty"),
        ({"email": 5}, "email is 5; allowed: text"),
        ({"userId": ["1"]}, "userId is a list; allowed: a user id, as text or as a whole number"),
        ({"updatedAt": "soon"}, "updatedAt is 'soon'; allowed: a date, ISO 8601 text or "),
        ({"updatedAt": True}, "updatedAt is true or false; allowed: a date"),
        ({"updatedAt": -1}, "updatedAt is -1; allowed: a date"),
        ({"updatedAt": float("nan")}, "updatedAt is nan; allowed: a date"),
        ({"updatedAt": "0001-01-01T00:00:00+23:00"}, "updatedAt is '0001-01-01"),
    ],
)
def test_flawed_account(change: dict[str, Any], why: str) -> None:
    """An account that cannot be read is none, and its flaw says what is allowed."""
    found = read_snapshot([ACCOUNT | change], (), ())
    assert found.account is None
    assert str(found.flaws[0]).startswith(f"credentials 'bot_credentials': {why}")


@pytest.mark.parametrize("value", [[SECRET], {"a": SECRET}, SECRET.encode(), 5])
@pytest.mark.parametrize("name", ["authToken", "parseToken"])
def test_secrets_are_not_reported(name: str, value: object) -> None:
    """A token of a wrong type is reported by its type."""
    flaw = str(read_snapshot([ACCOUNT | {name: value}], (), ()).flaws[0])
    assert f"{name} is " in flaw
    assert SECRET not in flaw


@pytest.mark.parametrize(
    "change",
    [
        {"isActive": None},
        {"isActive": 2},
        {"isActive": "true"},
        {"userId": 99},
        {"_id": ""},
        {"_id": "a b"},
        {"_id": -5, "userId": None},
        {"_id": "\uff11", "userId": None},
        {"_id": "12345_phone", "userId": None},
        {"_id": 1.5},
        {"_id": True},
        {"_id": None},
        {"addedBy": {}},
        {"addedAt": []},
    ],
    ids=repr,
)
def test_flawed_admin(change: dict[str, Any]) -> None:
    """A document that is not clear makes no user an admin."""
    admins, flaws = _admins(ADMIN | change)
    assert admins == []
    assert len(flaws) == 1


def test_admin_without_flag() -> None:
    """A document that does not say whether makes no user an admin."""
    assert _admins({"_id": "1"}) == (
        [],
        ["admin_users '1': isActive is missing; allowed: true or false"],
    )


def test_broken_permission_is_no_decision() -> None:
    """A broken document that keeps a command closed differs from a decision."""
    found = read_snapshot([], [], [{"_id": "search", "requiresAdmin": "perhaps"}])
    assert found.permissions == (Permission("search", True, None, is_broken=True),)


@pytest.mark.parametrize("number_first", [True, False])
def test_admin_twice(number_first: bool) -> None:
    """Of two documents about one user that with text as its id counts: we write that one."""
    documents: list[dict[str, Any]] = [
        {"_id": 1, "isActive": True},
        {"_id": "1", "isActive": False},
    ]
    admins, flaws = _admins(*(documents if number_first else reversed(documents)))
    assert admins == [("1", False)]
    assert "its _id is a number" in flaws[0]
    assert "which counts; remove the one with the number" in flaws[0]


def test_admin_twice_with_a_flaw() -> None:
    """A second document makes no user an admin whose first one cannot be read; both are named."""
    admins, flaws = _admins({"_id": 1, "isActive": True}, {"_id": "1", "isActive": "no"})
    assert admins == []
    assert len(flaws) == 2
    assert flaws[1] == (
        "admin_users '1': its _id is a number, and another document has that user id as text, "
        "'1', which cannot be used; correct that one and remove the one with the number"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"requiresAdmin": None},
        {"requiresAdmin": 2},
        {"requiresAdmin": "false"},
        {"updatedAt": []},
        {"updatedBy": 1.5},
        {"description": 5},
    ],
    ids=repr,
)
def test_flawed_permission(change: dict[str, Any]) -> None:
    """A document that is not clear keeps its command for admins."""
    permissions, flaws = _permissions(PERMISSION | change)
    assert permissions == [("search", True)]
    assert len(flaws) == 1


def test_permission_with_two_names() -> None:
    """A document that names two commands keeps both for admins."""
    permissions, flaws = _permissions(PERMISSION | {"commandName": "dance"})
    assert permissions == [("dance", True), ("search", True)]
    assert flaws == [
        "command_permissions 'search': commandName is 'dance'; allowed: the same as _id"
    ]


def test_permission_without_name() -> None:
    """A document that names no command is reported and decides nothing."""
    permissions, flaws = _permissions({"_id": 5, "requiresAdmin": False})
    assert permissions == []
    assert flaws[0].startswith("command_permissions '5': _id is 5")


@pytest.mark.parametrize("stricter_first", [True, False])
def test_permission_in_two_cases(stricter_first: bool) -> None:
    """Of two documents that differ in case only the stricter one holds."""
    documents: list[dict[str, Any]] = [
        {"_id": "Search", "requiresAdmin": True},
        {"_id": "search", "requiresAdmin": False},
    ]
    permissions, flaws = _permissions(*(documents if stricter_first else reversed(documents)))
    assert permissions == [("Search", True)]
    (flaw,) = flaws
    assert flaw.startswith("command_permissions 'search': differs only in case from 'Search'")


def test_other_accounts() -> None:
    """Documents with another id in the collection of the account mean nothing to us."""
    found = read_snapshot([{"_id": "other", "peerId": 5}], (), ())
    assert (found.account, found.flaws) == (None, ())


@given(
    st.dictionaries(
        st.sampled_from(sorted({*ADMIN, *PERMISSION, *ACCOUNT, "authToken", "email"})),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
            lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
            max_leaves=3,
        ),
    )
)
def test_any_document(document: dict[str, Any]) -> None:
    """Whatever stands in a document, it raises nothing and opens nothing."""
    found = read_snapshot([document], [document], [document])
    if document.get("isActive") is not True:
        assert not any(admin.is_active for admin in found.admins)
    if document.get("requiresAdmin") is not False:
        assert all(permission.requires_admin for permission in found.permissions)


@pytest.mark.parametrize(("written", "meant"), [(0, False), (1, True), (1.0, True)])
def test_numbers_as_flags(written: float, meant: bool) -> None:
    """Some servers and shells write numbers for truth values; they mean the same."""
    admin = read_admin({"_id": "7", "isActive": written})
    permission = read_permission({"_id": "ping", "requiresAdmin": written})
    assert (admin.is_active, permission.requires_admin) == (meant, meant)


# ---- Realms --------------------------------------------------------------------------------------


def test_documents_of_other_realms() -> None:
    """A program that knows of no realms finds no user id and no command in them."""
    admin = Admin("12345", NOON, "irc/ann", realm="irc")
    written = admin_document(admin)
    assert written["userId"] == "irc/12345"
    assert written["realm"] == "irc"
    assert read_admin({"_id": "irc/12345", **written}) == admin
    permission = Permission("ping", True, NOON, realm="irc")
    assert permission_document(permission)["commandName"] == "irc/ping"
    assert "realm" not in admin_document(Admin("12345", NOON))
    assert "realm" not in permission_document(Permission("ping", True, NOON))


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ({"_id": "12345", "realm": "irc"}, "_id is '12345'; allowed: a name behind 'irc/'"),
        ({"_id": "irc/", "realm": "irc"}, "_id is 'irc/'; allowed: a name behind 'irc/'"),
        ({"_id": "IRC/5", "realm": "IRC"}, "realm is 'IRC'; allowed: the name of a realm"),
        ({"_id": "irc/5", "realm": 7}, "realm is 7; allowed: text"),
        ({"_id": "irc/5"}, "_id is no user id; allowed: letters"),
        ({"_id": "irc/a b", "realm": "irc"}, "_id is no user id; allowed: visible characters"),
        ({"_id": "irc/a\u200bb", "realm": "irc"}, "_id is no user id; allowed: visible"),
    ],
)
def test_an_admin_of_a_realm_that_cannot_be_read(document: dict[str, Any], why: str) -> None:
    """It makes no user an admin, anywhere."""
    found = read_snapshot((), [{"isActive": True, **document}], ())
    assert found.admins == ()
    assert str(found.flaws[0].why).startswith(why)


@pytest.mark.parametrize(
    ("document", "closed"),
    [
        ({"_id": "irc/ping", "realm": "irc", "requiresAdmin": "no"}, {("irc", "ping")}),
        ({"_id": "ping", "realm": "irc", "requiresAdmin": False}, {("", "ping")}),
        ({"_id": "irc/ping", "realm": 7, "requiresAdmin": False}, {("", "ping"), ("", "irc/ping")}),
    ],
)
def test_a_permission_of_a_realm_that_cannot_be_read(
    document: dict[str, Any], closed: set[tuple[str, str]]
) -> None:
    """It keeps the command for admins: where it was to hold, or everywhere."""
    found = read_snapshot((), (), [document])
    assert {(p.realm, p.command) for p in found.permissions} == closed
    assert all(p.requires_admin and p.is_broken for p in found.permissions)
