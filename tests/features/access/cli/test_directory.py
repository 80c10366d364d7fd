"""`meshvisor admin`, `perm`, `refresh`, `relogin`, `credentials` and `audit` as people use them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meshvisor.shared.home_lock import HomeLock
from meshvisor.shared.paths import Home
from tests.directories import DEVICE_SECRET, NOON, SESSION, TOKEN
from tests.supervisor.cli.conftest import Outcome, Run, run_process, serving


@pytest.fixture(params=["running", "not running"])
def own(request: pytest.FixtureRequest, home: Home) -> Iterator[Home]:
    """Return a home with a supervisor, and one without."""
    if request.param == "running":
        with serving(home):
            yield home
    else:
        yield home


@pytest.fixture
def running(home: Home) -> Iterator[Home]:
    """Return a home with a supervisor, whose bots have the commands Greet, ping and purge."""
    with serving(home):
        yield home


def write_credentials(home: Home, **fields: Any) -> None:
    """Write the file with the account."""
    home.config.mkdir(mode=0o700, exist_ok=True)
    home.credentials_file.touch(0o600)
    home.credentials_file.write_text(json.dumps({"updatedAt": NOON.isoformat(), **fields}))


def by_hand(home: Home, statement: str) -> None:
    """Execute a statement in the database as the program `sqlite3` does."""
    with closing(sqlite3.connect(home.database)) as database, database:
        database.execute(statement)


# ---- admin ---------------------------------------------------------------------------------------


def test_admins(run: Run, own: Home) -> None:
    """The same words and results with and without a supervisor."""
    root = ("--home", own.root)
    said = "There are no admins; make the first one: meshvisor admin add USER_ID\n"
    assert run("admin", "list", *root).out == said
    assert run("admin", "add", "12345_phone", *root).out == (
        "12345 is an admin now, in every mesh.\n"
    )
    assert run("admin", "add", "12345", *root).out == "12345 is an admin already.\n"
    (entry,) = run("admin", "list", *root, "--json").json["admins"]
    assert set(entry) == {"user_id", "added_by", "added_at", "is_active", "realm"}
    assert (entry["user_id"], entry["added_by"], entry["is_active"]) == ("12345", None, True)
    table = run("admin", "list", *root).out.splitlines()
    assert table[0].split() == ["USER", "SINCE", "ADDED", "BY", "ACTIVE"]
    assert "command line" in table[1]
    assert run("admin", "remove", "12345", *root, "--json").json == {
        "user_id": "12345", "is_admin": False, "changed": True, "realm": "",
    }  # fmt: skip
    assert run("admin", "remove", "12345", *root).out == "12345 is no admin.\n"
    assert run("admin", "list", *root).out == said
    assert run("admin", "list", "--all", *root).out.splitlines()[1].endswith("no")


@pytest.mark.parametrize("word", ["", " ", "a b", "_x", "x" * 65])
def test_no_user_id(run: Run, home: Home, word: str) -> None:
    """What cannot be an id is refused before anything is opened."""
    outcome = run("admin", "add", word, "--home", home.root)
    assert (outcome.code, "is no user id" in outcome.err) == (2, True)
    assert not home.database.exists()


@pytest.mark.some(1)
def test_ten_thousand(run: Run, own: Home) -> None:
    """All of them are listed, though they come in pages."""
    root = ("--home", own.root)
    run("admin", "list", *root)
    by_hand(
        own,
        "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 9999) "
        "INSERT INTO admin_users SELECT printf('%064d', i), 'x', NULL, 0, i % 2 FROM n",
    )
    run("refresh", *root)
    assert len(run("admin", "list", "--all", *root, "--json").json["admins"]) == 10_000
    assert len(run("admin", "list", *root, "--json").json["admins"]) == 5000


def test_since_when_is_unknown(run: Run, own: Home) -> None:
    """What another program has written without a moment is listed without one."""
    root = ("--home", own.root)
    run("admin", "list", *root)
    by_hand(own, "INSERT INTO admin_users VALUES ('5', '5', NULL, 0, 1)")
    by_hand(own, "INSERT INTO command_permissions VALUES ('ping', 'ping', 1, '', 0, NULL)")
    run("refresh", *root)
    assert run("admin", "list", *root).out.splitlines()[1].split()[1] == "-"
    assert run("perm", "list", *root).out.splitlines()[-1].split()[2] == "-"
    assert run("admin", "list", *root, "--json").json["admins"][0]["added_at"] is None


# ---- perm ----------------------------------------------------------------------------------------


def test_permissions(run: Run, own: Home) -> None:
    """The same with and without a supervisor."""
    root = ("--home", own.root)
    assert "Nothing is decided" in run("perm", "list", *root).out
    assert run("perm", "set", "ping", "admin", *root).out == (
        "ping is for admins only now; it was at its default.\n"
    )
    assert run("perm", "set", "PING", "admin", *root).out == "ping is for admins only already.\n"
    listed = run("perm", "list", *root, "--json").json
    assert set(listed) == {"admins", "permissions", "admin_commands", "user_commands"}
    assert listed["permissions"][0]["level"] == "admin"
    assert "ping" in listed["admin_commands"]
    assert run("perm", "unset", "Ping", *root).out == (
        "ping is at its default again; it was for admins only.\n"
    )
    assert run("perm", "unset", "ping", *root, "--json").json["changed"] is False
    for level in ("admin", "user"):
        outcome = run("perm", "set", "SetPerm", level, "--force", *root)
        assert (outcome.code, "stays so" in outcome.err) == (2, True)


def test_unknown_command(run: Run, running: Home) -> None:
    """A running fleet knows its commands; --force takes others, and says that no bot has them."""
    root = ("--home", running.root)
    outcome = run("perm", "set", "pign", "admin", *root)
    assert (outcome.code, "did you mean ping?" in outcome.err) == (2, True)
    said = run("perm", "set", "pign", "admin", "--force", *root).out
    assert said.endswith("No bot has such a command at present.\n")
    assert "pign (no bot has it)" in run("perm", "list", *root).out


# ---- refresh, relogin, audit ---------------------------------------------------------------------


def test_refresh(run: Run, running: Home) -> None:
    """What was found, and what is wrong."""
    root = ("--home", running.root)
    assert run("refresh", *root).out == (
        "Read from sqlite: 0 admins and 0 permissions; nothing has changed.\n"
    )
    by_hand(running, "INSERT INTO admin_users VALUES ('5', '5', NULL, 0, 1)")
    by_hand(
        running,
        "INSERT INTO credentials (_id, peerId, updatedAt) VALUES ('bot_credentials', '', 1)",
    )
    said = run("refresh", *root).out.splitlines()
    assert said[0] == (
        "Read from sqlite: 1 admin and 0 permissions; changed: admins, and all bots know."
    )
    assert said[1].startswith("! credentials 'bot_credentials': peerId is empty")


def test_relogin(run: Run, running: Home) -> None:
    """How many bots join again, and whether there was a session."""
    said = run("relogin", "--home", running.root).out
    assert said == (
        "There is no session to renew; 3 bots join their rooms again, one after another.\n"
    )


@pytest.mark.parametrize("command", ["refresh", "relogin"])
def test_without_a_supervisor_to_notify(run: Run, home: Home, command: str) -> None:
    """Without a supervisor there are no bots that could do it."""
    assert run(command, "--home", home.root).code == 4


def test_audit(run: Run, own: Home) -> None:
    """The newest first, whichever actor has done it and however it ended."""
    root = ("--home", own.root)
    assert run("audit", *root).out == "Nothing has been changed yet.\n"
    run("admin", "add", "12", *root)
    run("perm", "set", "ping", "admin", *root)
    entries = run("audit", *root, "--json").json["entries"]
    assert [(entry["action"], entry["subject"]) for entry in entries] == [
        ("perm.set", "ping"),
        ("admin.add", "12"),
    ]
    assert set(entries[0]) == {
        "at", "actor", "origin", "action", "subject", "outcome", "detail",
    }  # fmt: skip
    assert len(run("audit", "-n", "1", *root, "--json").json["entries"]) == 1
    assert "default -> admin" in run("audit", *root).out


def test_a_name_from_a_room(run: Run, home: Home) -> None:
    """What a user calls themself cannot write to the operator's terminal."""
    run("audit", "--home", home.root)
    by_hand(
        home,
        "INSERT INTO audit_log VALUES (1, 0, '11 (' || char(27) || '[2J)', 'lobby', 'x', "
        "'line' || char(10) || 'end', 'done', '')",
    )
    said = run("audit", "--home", home.root).out
    assert "\x1b" not in said
    assert len(said.splitlines()) == 2


# ---- credentials ---------------------------------------------------------------------------------


def test_credentials(run: Run, own: Home) -> None:
    """Shown with and without a supervisor, and never with a secret."""
    root = ("--home", own.root)
    outcome = run("credentials", "show", *root)
    assert (outcome.code, "meshvisor login" in outcome.err) == (3, True)
    write_credentials(
        own, peerId="1_bot", authToken=f"r:{TOKEN}", parseToken=SESSION, ssaid=DEVICE_SECRET
    )
    # The small supervisor does not look at the file by itself.
    run("refresh", *root)
    shown = run("credentials", "show", *root)
    assert "peer id      1_bot" in shown.out
    assert "auth token   ********" in shown.out
    printed = run("credentials", "show", *root, "--json")
    assert (printed.json["peer_id"], printed.json["email"]) == ("1_bot", "")
    assert not _secrets_in(shown, printed)


@pytest.mark.parametrize("kept", ["file", "directory"])
def test_conflict(run: Run, own: Home, kept: str) -> None:
    """It is shown until one copy is kept."""
    root = ("--home", own.root)
    for name in ("directory", "file"):
        write_credentials(own, peerId=f"1_{name}", authToken=TOKEN)
        run("refresh", *root)
        run("admin", "list", *root)
    shown = run("credentials", "show", *root)
    assert "! " in shown.out
    assert "meshvisor credentials keep file|directory" in shown.out
    assert run("credentials", "show", *root, "--json").json["peer_id"] == "1_directory"
    outcome = run("credentials", "keep", kept, *root)
    assert f"1_{kept}" in outcome.out
    assert "! " not in outcome.out
    assert json.loads(own.credentials_file.read_text())["peerId"] == f"1_{kept}"
    assert not _secrets_in(shown, outcome)


def test_corrupt(run: Run, home: Home) -> None:
    """Without a supervisor, too, the file is not touched, and the sentence says what to do."""
    write_credentials(home)
    home.credentials_file.write_text(f'{{"authToken": "{TOKEN}"')
    outcome = run("credentials", "show", "--home", home.root)
    assert (outcome.code, "correct or remove it" in outcome.err) == (2, True)
    assert home.credentials_file.read_text() == f'{{"authToken": "{TOKEN}"'
    assert not _secrets_in(outcome)


# ---- Without a supervisor ------------------------------------------------------------------------


def test_supervisor_that_is_starting(run: Run, home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a process holds the lock of the home the database is not opened."""
    monkeypatch.setattr("meshvisor.shared.home_lock.PATIENCE", 0.2)
    home.run.mkdir(mode=0o700, parents=True)
    home.var.chmod(0o700)
    with HomeLock(home):
        outcome = run("admin", "add", "12", "--home", home.root)
    assert outcome.code == 1
    assert "A supervisor that is starting" in outcome.err
    assert not home.database.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ("admin", "add", "12"),
        ("audit",),
        ("blocklist", "list"),
        ("blocklist", "block", "lobby"),
        ("jobs", "list"),
        ("jobs", "submit", "addplayer", "--mesh", "lobby"),
        ("salvage",),
    ],
)
def test_home_that_is_not_there(run: Run, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """A name that was mistyped is said to be one, and nothing is made there."""
    missing = tmp_path / "no" / "such home"
    outcome = run(*arguments, "--home", missing)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err == (
        f"Error: There is no home folder {missing}; name the right one with --home, or make it: "
        f"meshvisor init --home '{missing}'\n"
    )
    assert not list(tmp_path.iterdir())


def test_damaged_database(run: Run, home: Home) -> None:
    """It is one sentence and no traceback."""
    home.var.mkdir(mode=0o700)
    home.database.write_bytes(b"no database" * 1000)
    home.database.chmod(0o600)
    outcome = run("admin", "list", "--home", home.root)
    assert outcome.code == 3
    assert "no SQLite database" in outcome.err
    assert "Traceback" not in outcome.err


def test_as_a_process(home: Home) -> None:
    """A whole program of its own says and does the same, without a warning."""
    root = ("--home", home.root)
    assert run_process("admin", "add", "12", *root, PYTHONWARNINGS="error").out == (
        "12 is an admin now, in every mesh.\n"
    )
    assert run_process("audit", *root, PYTHONWARNINGS="error").err == ""


def _secrets_in(*outcomes: Outcome) -> list[str]:
    said = "".join(outcome.out + outcome.err for outcome in outcomes)
    return [secret for secret in (TOKEN, SESSION, DEVICE_SECRET) if secret in said]


# ---- Realms --------------------------------------------------------------------------------------

ACCOUNTS = '[accounts.irc]\ntransport = "program"\n'


def test_admins_of_other_networks(run: Run, home: Home) -> None:
    """Their ids are spelled as there; a column says where they are admins."""
    home.config.mkdir(mode=0o700)
    home.settings_file.write_text(ACCOUNTS)
    root = ("--home", home.root)
    said = run("admin", "add", "@ann:example.org", "--realm", "irc", *root).out
    assert said == "@ann:example.org is an admin now, in every mesh of irc.\n"
    assert run("admin", "add", "12345_phone", "--realm", "irc", "--json", *root).json == {
        "user_id": "12345_phone", "realm": "irc", "is_admin": True, "changed": True,
    }  # fmt: skip
    run("admin", "add", "12345_phone", *root)
    table = [line.split()[:2] for line in run("admin", "list", *root).out.splitlines()]
    assert table == [
        ["USER", "REALM"],
        ["12345", "-"],
        ["12345_phone", "irc"],
        ["@ann:example.org", "irc"],
    ]
    found = run("admin", "list", "--realm", "irc", "--json", *root).json["admins"]
    assert [entry["user_id"] for entry in found] == ["12345_phone", "@ann:example.org"]
    assert run("admin", "remove", "12345_phone", "--realm", "irc", *root).code == 0
    assert run("admin", "list", *root).out.count("12345") == 1
    assert "irc/12345_phone" in run("audit", *root).out


def test_permissions_of_other_networks(run: Run, home: Home) -> None:
    """They are shown with the realm in which they hold."""
    home.config.mkdir(mode=0o700)
    home.settings_file.write_text(ACCOUNTS)
    root = ("--home", home.root)
    run("perm", "set", "ping", "admin", *root)
    said = run("perm", "set", "ping", "user", "--realm", "irc", *root).out
    assert said == "ping in irc is for everybody now; it was at its default.\n"
    table = [line.split()[:3] for line in run("perm", "list", *root).out.splitlines()[-2:]]
    assert table == [["ping", "irc", "user"], ["ping", "-", "admin"]]
    assert run("perm", "list", "--realm", "irc", "--json", *root).json["user_commands"] == ["ping"]
    assert "ping" in run("perm", "list", "--realm", "", "--json", *root).json["admin_commands"]
    said = run("perm", "unset", "ping", "--realm", "irc", *root).out
    assert said == "ping in irc is at its default again; it was for everybody.\n"


@pytest.mark.parametrize(
    ("arguments", "said", "code"),
    [
        (("admin", "add", "ann", "--realm", "irk"), "here is no realm irk; did you mean irc?", 2),
        (
            ("perm", "set", "ping", "user", "--realm", "xy"),
            "here is no realm xy; known: irc, matrix, meshtastic, program\n",
            2,
        ),
        (("admin", "add", "ann", "--realm", "progam"), "realm progam; did you mean program?", 2),
        (("admin", "add", "@ann:example.org"), "; elsewhere: --realm", 2),
        (("admin", "add", "a b", "--realm", "irc"), "is no user id: 1 to 255 visible", 2),
        (("admin", "add", "ann", "--realm", "I RC"), "'I RC' names no realm", 2),
    ],
)
def test_no_such_realm(
    run: Run, home: Home, arguments: tuple[str, ...], said: str, code: int
) -> None:
    """What would hold nowhere is refused in one sentence."""
    home.config.mkdir(mode=0o700)
    home.settings_file.write_text(ACCOUNTS)
    outcome = run(*arguments, "--home", home.root)
    assert (outcome.code, said in outcome.err) == (code, True), outcome.err
