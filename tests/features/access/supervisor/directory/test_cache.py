"""What was known of a server's directory when it was last seen."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from meshvisor.features.access.supervisor.directory.cache import DirectoryCache
from meshvisor.features.access.supervisor.directory.model import Admin, Permission, Snapshot
from tests.directories import DEVICE_SECRET, NOON, SESSION, TOKEN, account

SNAPSHOT = Snapshot(
    account=account(),
    admins=(Admin("1", NOON, "7"), Admin("2", NOON, is_active=False)),
    permissions=(Permission("ping", True, NOON, None, "answers"),),
)


@pytest.fixture
def cache(tmp_path: Path) -> DirectoryCache:
    """Return an empty one."""
    return DirectoryCache(tmp_path / "cache.json", "mongodb://one")


def test_nothing_is_known(cache: DirectoryCache, caplog: pytest.LogCaptureFixture) -> None:
    """No file is nothing to talk about."""
    assert cache.load() is None
    assert caplog.text == ""


def test_there_and_back(cache: DirectoryCache, tmp_path: Path) -> None:
    """Admins and permissions come back; the account does not, and no secret is on the disk."""
    cache.save(SNAPSHOT, NOON)
    assert cache.load() == (
        Snapshot(admins=SNAPSHOT.admins, permissions=SNAPSHOT.permissions),
        NOON,
    )
    text = (tmp_path / "cache.json").read_text()
    assert not any(secret in text for secret in (TOKEN, SESSION, DEVICE_SECRET))
    assert stat.S_IMODE((tmp_path / "cache.json").stat().st_mode) == 0o600


def test_another_database(cache: DirectoryCache, tmp_path: Path) -> None:
    """What another database held makes no user an admin of this one."""
    cache.save(SNAPSHOT, NOON)
    assert DirectoryCache(tmp_path / "cache.json", "mongodb://two").load() is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"place": "mongodb://one"}', "\0" * 100])
def test_damaged(
    cache: DirectoryCache, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str
) -> None:
    """It is ignored, and said so, and replaced by the next one."""
    (tmp_path / "cache.json").write_text(text)
    assert cache.load() is None
    assert "cannot be used and is ignored" in caplog.text
    cache.save(SNAPSHOT, NOON)
    assert cache.load() is not None


def test_no_room(cache: DirectoryCache, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A cache that cannot be written is reported, and does no harm."""
    os.mkdir(tmp_path / "cache.json")
    cache.save(SNAPSHOT, NOON)
    assert "cannot be written" in caplog.text
    assert os.listdir(tmp_path) == ["cache.json"]


def test_an_older_program_gets_no_strangers(tmp_path: Path) -> None:
    """Admins of other realms are kept where a program that knows of none does not look."""
    cache = DirectoryCache(tmp_path / "cache.json", "here")
    snapshot = Snapshot(
        admins=(Admin("1", NOON), Admin("1", NOON, realm="irc")),
        permissions=(Permission("ping", True, NOON, realm="irc"),),
    )
    cache.save(snapshot, NOON)
    assert cache.load() == (snapshot, NOON)
    kept = json.loads((tmp_path / "cache.json").read_text())
    assert [entry["realm"] for entry in kept["admins"] + kept["permissions"]] == [""]
