"""Where a machine has no other users, the modes of files say nothing."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from meshvisor.features.access.supervisor.directory.credentials_file import CredentialsFile
from meshvisor.features.access.supervisor.directory.database_config import load_database_config
from meshvisor.shared import exposure
from meshvisor.shared.errors import SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home
from meshvisor.shared.settings.load import load_settings
from meshvisor.shared.single_user import VARIABLE, for_others
from meshvisor.shared.store.connection import open_writer

FIELDS = {"authToken": "t", "parseToken": "p", "ssaid": "s", "userId": 1, "peerId": "1_x"}
LOOSE = {
    "config/meshvisor.toml": '[platform]\nsigning_key = "k"\n',
    "config/credentials.json": json.dumps(FIELDS),
    "config/database.json": '{"uri": "mongodb://ann:secret@127.0.0.1/fleet"}',
    "var/meshvisor.db": "",
}


@pytest.fixture
def volume(tmp_path: Path) -> Home:
    """A home in an `emptyDir`, whose files `fsGroup` has opened."""
    parent = tmp_path / "empty-dir"
    home = Home(parent / "home")
    for name, text in LOOSE.items():
        file = home.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        file.chmod(0o660)
    for folder in (parent, home.root, home.config, home.var):
        folder.chmod(0o2777)
    return home


def test_a_volume_that_is_open(volume: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is used as it is: folders, settings, secrets and the database."""
    monkeypatch.setenv(VARIABLE, "1")

    prepare_home(volume)

    settings = load_settings(volume, {})
    assert load_database_config(volume, settings) is not None
    assert CredentialsFile(volume.credentials_file).read() is not None
    open_writer(volume.database).close()


@pytest.mark.parametrize("value", ["", "0"])
def test_the_default(volume: Home, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the variable, and with a zero, it is refused."""
    monkeypatch.setenv(VARIABLE, value)

    with pytest.raises(SettingsError, match="mode 2777"):
        exposure.refuse(exposure.of_home(volume))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_foreign_owner(volume: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is another user, whatever the variable says."""
    monkeypatch.setenv(VARIABLE, "1")
    os.chown(volume.config, 54_321, -1)

    with pytest.raises(SettingsError, match="belongs to user 54321"):
        prepare_home(volume)


@pytest.mark.parametrize("value", ["yes", "true", "1 ", "2"])
def test_a_slip(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing but 1 opens anything, and other values are an error."""
    monkeypatch.setenv(VARIABLE, value)

    with pytest.raises(SettingsError, match=r"allowed: 1 where nobody but"):
        for_others(0o666)
