"""`config/credentials.json`: read as people write it, written so that no reader sees half of it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.access.supervisor.directory.credentials_file import (
    GONE,
    LARGEST,
    CorruptFileError,
    CredentialsFile,
    LooseModeError,
    made_up,
)
from meshvisor.features.access.supervisor.directory.model import Account
from meshvisor.shared.errors import MissingError
from meshvisor.shared.paths import Home
from tests.clock import START
from tests.directories import DEVICE_SECRET, NOON, SESSION, TOKEN, account

WRITER = """
import sys
from datetime import timedelta
from pathlib import Path
from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from tests.directories import account, NOON
file = CredentialsFile(Path(sys.argv[1]))
for number in range(1_000_000):
    moment = NOON + timedelta(milliseconds=number)
    file.write(account(f"{number:09}" * 1000, moment))
    if number == 0:
        print("begun", flush=True)
"""
"""Writes one account after the other, each large enough that a part could be seen."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return where the file is; its folder is not there yet."""
    return tmp_path / "config" / "credentials.json"


@pytest.fixture
def file(path: Path) -> CredentialsFile:
    """Return the file."""
    return CredentialsFile(path)


def put(path: Path, content: Any, mode: int = 0o600) -> None:
    """Write whatever a test wants into it."""
    path.parent.mkdir(exist_ok=True)
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    path.write_bytes(data)
    path.chmod(mode)


# ---- Reading -------------------------------------------------------------------------------------


def test_no_file(file: CredentialsFile) -> None:
    """There is no account, and its signature says that it is gone."""
    assert file.read() is None
    assert file.signature() == GONE


def test_there_and_back(file: CredentialsFile, path: Path) -> None:
    """Every field comes back, only its owner may read it, and nothing else lies beside it."""
    file.write(account())
    assert file.read() == account()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert os.listdir(path.parent) == ["credentials.json"]


def test_format(file: CredentialsFile, path: Path) -> None:
    """The file has the names and kinds of the documented format."""
    file.write(account())
    assert json.loads(path.read_text()) == {
        "email": "bot@example.com",
        "deviceId": "phone",
        "ssaid": DEVICE_SECRET,
        "parseId": "id123",
        "parseToken": SESSION,
        "authToken": TOKEN,
        "userId": 12345,
        "peerId": "12345_phone",
        "updatedAt": "2026-03-01T11:00:00.123Z",
    }


def test_tokens_without_their_mark(file: CredentialsFile, path: Path) -> None:
    """Tokens are kept without a leading `r:`, of which there may be one."""
    put(path, {"peerId": "1_a", "parseToken": "r:one", "authToken": "r:r:two"})
    read = file.read()
    assert read is not None
    assert (read.parse_token.get_secret_value(), read.auth_token.get_secret_value()) == (
        "one",
        "r:two",
    )
    file.write(read)
    assert json.loads(path.read_text())["parseToken"] == "one"


@pytest.mark.parametrize(
    ("fields", "peer_id", "user_id"),
    [
        ({"peerId": "1_a"}, "1_a", "1"),
        ({"userId": 1, "deviceId": "a"}, "1_a", "1"),
        ({"userId": "1", "deviceId": "a", "peerId": ""}, "1_a", "1"),
        ({"userId": 1, "deviceId": "a", "peerId": "2_b"}, "2_b", "1"),
    ],
)
def test_little_is_needed(
    file: CredentialsFile, path: Path, fields: Any, peer_id: str, user_id: str
) -> None:
    """The peer id, or what it is made of; the user id is in it."""
    put(path, fields)
    read = file.read()
    assert read is not None
    assert (read.peer_id, read.user_id) == (peer_id, user_id)


def test_without_a_moment(file: CredentialsFile, path: Path) -> None:
    """It is of the moment at which the file was changed."""
    for text in ({"peerId": "1_a"}, {"peerId": "1_a", "updatedAt": None}):
        put(path, text)
        os.utime(path, (0, START + 0.25))
        read = file.read()
        assert read is not None
        assert read.updated_at.timestamp() == START + 0.25


def test_fields_of_others_stay(file: CredentialsFile, path: Path) -> None:
    """What means nothing to us is still there after a change."""
    put(path, {"peerId": "1_a", "note": {"by": "ann"}, "email": "old@example.com"})
    file.write(account())
    assert json.loads(path.read_text())["note"] == {"by": "ann"}
    assert file.read() == account()


# ---- What cannot be used -------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o660, 0o601, 0o644])
def test_others_may_read_it(file: CredentialsFile, path: Path, mode: int) -> None:
    """It is refused, with the command that mends it; following that is enough."""
    put(path, {"peerId": "1_a"}, mode)
    with pytest.raises(LooseModeError) as caught:
        file.read()
    assert f"chmod 600 {path}" in str(caught.value)
    subprocess.run(["chmod", "600", path], check=True)
    assert file.read() is not None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no JSON"),
        (b'{"peerId": "1_a"', "no JSON (line 1)"),
        (b"[" * 100_000, "no JSON"),
        (b"\xff\xfe{}", "no JSON"),
        (b"1" * 5000, "no JSON"),
        (b" " * (LARGEST + 1), f"larger than {LARGEST} bytes"),
        ([], "one object"),
        ("text", "one object"),
        ({}, "peerId is missing"),
        ({"peerId": 5}, "peerId is 5"),
        ({"peerId": ""}, "peerId is ''"),
        ({"peerId": "1_a", "updatedAt": "yesterday"}, "updatedAt is 'yesterday'"),
        ({"peerId": "1_a", "updatedAt": -1}, "updatedAt is -1"),
        ({"peerId": "1_a", "updatedAt": float("nan")}, "updatedAt is nan"),
        ({"peerId": "1_a", "updatedAt": "9999-12-31T23:59:59-12:00"}, "updatedAt is '9999"),
        ({"peerId": "1_a", "userId": 1.5}, "userId is 1.5"),
        ({"peerId": "1_a", "email": ["x"]}, "email is a list"),
        ({"peerId": "1_a", "email": "\ud83d"}, "half a character"),
        ({"peerId": "1_a", "authToken": "\udc00"}, "half a character"),
    ],
)
def test_corrupt(file: CredentialsFile, path: Path, content: Any, why: str) -> None:
    """The sentence says what is wrong and what to do; the file stays as it is."""
    put(path, content)
    before = path.read_bytes()
    with pytest.raises(CorruptFileError) as caught:
        file.read()
    assert why in str(caught.value)
    assert str(caught.value).endswith("correct or remove it")
    assert caught.value.__cause__ is None
    assert path.read_bytes() == before


@pytest.mark.parametrize("name", ["parseToken", "authToken", "ssaid"])
@pytest.mark.parametrize("wrong", [[TOKEN], {TOKEN: TOKEN}, [[TOKEN]], 472_913])
def test_secrets_stay_secret(file: CredentialsFile, path: Path, name: str, wrong: Any) -> None:
    """A token in a wrong shape is not repeated in the error."""
    put(path, {"peerId": "1_a", name: wrong})
    with pytest.raises(CorruptFileError) as caught:
        file.read()
    assert TOKEN not in repr(caught.value)
    assert f"is {wrong}" not in repr(caught.value)
    put(path, f'{{"{name}": "{TOKEN}" "peerId"'.encode())
    with pytest.raises(CorruptFileError) as caught:
        file.read()
    assert TOKEN not in repr(caught.value)


@given(st.binary(max_size=200) | st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["peerId", "userId", "deviceId", "updatedAt", "authToken", "x"]), inner
    ),
))  # fmt: skip
def test_anything(content: Any) -> None:
    """Whatever stands in the file, it is an account or corrupt, and nothing else happens."""
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    file = CredentialsFile(Path("credentials.json"))
    try:
        found = file._parse(data, START)
    except CorruptFileError:
        return
    assert found.peer_id


def test_it_is_a_folder(file: CredentialsFile, path: Path) -> None:
    """What is no file is said to be unreadable."""
    path.mkdir(parents=True)
    with pytest.raises(MissingError, match="cannot be read"):
        file.read()


# ---- Writing -------------------------------------------------------------------------------------


def test_keep_aside(file: CredentialsFile, path: Path) -> None:
    """It gets a name with the moment; a second one in the same second gets another name."""
    for number in range(3):
        put(path, str(number).encode())
        file.keep_aside("corrupt", START)
    stem = "credentials.json.corrupt-20260301T120000Z"
    kept = {name.name: name.read_text() for name in path.parent.iterdir()}
    assert kept == {stem: "0", f"{stem}-2": "1", f"{stem}-3": "2"}


def test_link(file: CredentialsFile, path: Path, tmp_path: Path) -> None:
    """A link stays one, and the file that it leads to is written."""
    elsewhere = tmp_path / "elsewhere.json"
    put(elsewhere, {"peerId": "1_a"})
    path.parent.mkdir(exist_ok=True)
    path.symlink_to(elsewhere)
    file.write(account())
    assert path.is_symlink()
    assert CredentialsFile(elsewhere).read() == account()


def test_signature(file: CredentialsFile, path: Path) -> None:
    """Whatever is done to the file shows in it, even where size and time stay."""
    seen = {file.signature()}
    file.write(account("one"))
    seen.add(file.signature())
    status = path.stat()
    file.write(account("two"))
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    seen.add(file.signature())
    path.chmod(0o640)
    seen.add(file.signature())
    assert len(seen) == 4


@pytest.mark.faults
def test_power_loss(file: CredentialsFile, path: Path, project: Path) -> None:
    """A writer that is killed at any moment leaves an account that is whole, old or new."""
    path.parent.mkdir()
    command: list[str | Path] = [sys.executable, "-c", WRITER, path]
    last = NOON
    for seed in range(12):
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=project) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == b"begun\n"
            first = _read(file)
            # So many looks later it is at another point of its work every time.
            for _ in range(seed * 7 + 1):
                assert _read(file).updated_at >= first.updated_at
            # The last one gets on, however busy the machine is.
            while seed == 11 and writer.poll() is None and _read(file) == first:
                pass
            writer.kill()
        last = max(last, _read(file).updated_at)
        file.remove_leftovers()
        assert os.listdir(path.parent) == ["credentials.json"]
    assert last > NOON


def _read(file: CredentialsFile) -> Account:
    found = file.read()
    assert found is not None
    token = found.auth_token.get_secret_value()
    number = round((found.updated_at - NOON).total_seconds() * 1000)
    assert token == f"{number:09}" * 1000
    return found


def test_leftovers(file: CredentialsFile, path: Path) -> None:
    """Only what a killed writer of this file can have left is removed."""
    file.write(account())
    left = path.with_name(".credentials.json.abc_d123")
    others = {
        ".credentials.json.bak": 0o600,
        ".credentials.json.ABCDEFGH": 0o600,
        ".credentials.json.abcdefgh": 0o640,
        "credentials.json.abcdefgh": 0o600,
        ".credentialsxjson.abcdefgh": 0o600,
        ".blocklist.json.abcdefgh": 0o600,
    }
    for name, mode in {left.name: 0o600, **others}.items():
        put(path.with_name(name), b"half", mode)
    path.with_name(".credentials.json.linklink").symlink_to(path)
    path.with_name(".credentials.json.folderaa").mkdir(mode=0o600)
    file.remove_leftovers()
    assert set(os.listdir(path.parent)) == {
        "credentials.json", ".credentials.json.linklink", ".credentials.json.folderaa", *others,
    }  # fmt: skip


def test_leftovers_of_nothing(file: CredentialsFile) -> None:
    """Where there is no folder there is nothing to remove."""
    file.remove_leftovers()


# ---- Where no account is needed ------------------------------------------------------------------


def test_made_up(home: Home, tmp_path: Path) -> None:
    """It is the same for a home at every start, another one for another home, and old."""
    assert made_up(home) == made_up(home)
    assert made_up(home).peer_id != made_up(Home(tmp_path)).peer_id
    assert made_up(home).updated_at == datetime.fromtimestamp(0, UTC)
    assert made_up(home).auth_token.get_secret_value() == ""
