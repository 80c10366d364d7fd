"""What of an error may be said in a room."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.features.access.supervisor.directory.backend import DirectoryUnreachableError
from meshvisor.features.access.supervisor.directory.mongodb_errors import Attempt, explain
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.store.errors import translated
from meshvisor.supervisor.platform.errors import ApiError
from meshvisor.supervisor.room_words import NEUTRAL, UNSAID, for_room, public, reason


@pytest.mark.parametrize(
    "text",
    [
        "mongodb://10.0.0.5:27017/bots cannot be used",
        "nobody answers at db.example.org:27017",
        "nobody answers at [::1]:27017",
        "10.20.30.40 refuses",
        "ConnectError: Connect call failed ('::1', 9000, 0, 0)",
        "fe80::12 does not answer",
        "2001:db8:0:0:0:0:0:5 does not answer",
        "HTTPConnectionPool(host='players', port=9000): Max retries exceeded",
        "db1.internal does not answer",
        "localhost refuses",
        "there is no account yet: meshvisor login",
        "say 'meshvisor perm set ping admin --force'",
        "add --force",
        "/srv/bots/var/meshvisor.db is damaged",
        "cannot write '/srv/bots/x'",
        "look at ./notes or ~/notes/x",
        "correct config/database.json",
        "see https://example.org/help",
    ],
)
def test_of_the_operator(text: str) -> None:
    """Addresses, files and shell commands are nothing for strangers."""
    assert public(text) is None
    assert for_room(MeshvisorError(text)) == NEUTRAL


@pytest.mark.parametrize(
    "text",
    [
        "11 is the last admin; make another user one first",
        "the directory is away; try again later",
        "no bot has a command pig (did you mean ping?)",
        "'a.b' is no command name",
        "only admins may pause the jobs of others",
        "it is 12:30, and 3/4 of it is done",
        "begun at 12:30:45, ended at 12:31:02",
        "the host of the room has left; std::vector is nothing for a chat",
    ],
)
def test_for_all(text: str) -> None:
    """What is about the room and its people is said as it is."""
    assert for_room(UsageError(text)) == text


def test_words_of_their_own() -> None:
    """An error may bring its sentence for rooms, or its class one for when the message may not."""
    assert for_room(UsageError("say meshvisor x", in_room="it is so")) == "it is so"
    away = DirectoryUnreachableError("mongodb://h/x cannot be used")
    assert for_room(away) == "the directory is away; try again later"
    assert for_room(ApiError("GET https://h/x does not answer")).startswith("the platform ")


def test_reasons_of_plugins() -> None:
    """What an exception says is said, unless it says where something is."""
    assert reason("ValueError: no such player") == "ValueError: no such player"
    assert reason("ConnectError: Connect call failed ('127.0.0.1', 9000)") == UNSAID
    assert reason("FileNotFoundError: [Errno 2] No such file: '/srv/players.txt'") == UNSAID
    assert reason(None) == UNSAID


@pytest.mark.parametrize("cause", [TimeoutError(), OSError(111, "[Errno 111] refused")])
def test_reasons_of_a_database_stay(cause: BaseException) -> None:
    """The reason is said without the place."""
    said = for_room(explain(cause, Attempt("mongodb://10.0.0.5:27017/bots", 5.0)))
    assert said.startswith("the directory cannot be used: ")
    assert public(said) == said


def test_reasons_of_a_disk_stay(tmp_path: Path) -> None:
    """A full disk is said without the path."""
    import sqlite3

    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode = sqlite3.SQLITE_FULL
    store_error = translated(error, tmp_path / "meshvisor.db")
    assert store_error is not None
    assert "make room on its disk" in for_room(store_error)
    assert str(tmp_path) not in for_room(store_error)
