"""The home's folders, as they must be before a fleet runs in them."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.shared.errors import SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.prepared_home import prepare_home


@pytest.mark.parametrize("name", ["config", "config/plugins"])
def test_all_users_may_replace_the_code(tmp_path: Path, name: str) -> None:
    """Credentials and plug-ins that all users may exchange are refused, with what mends it."""
    home = Home(tmp_path)
    home.plugins.mkdir(parents=True)
    folder = tmp_path / name
    folder.chmod(0o757)
    with pytest.raises(SettingsError, match=rf"\(mode 0757\): chmod o-w {folder}$"):
        prepare_home(home)
    folder.chmod(0o755)
    prepare_home(home)


@pytest.mark.parametrize("mode", [0o700, 0o755, 0o775])
def test_a_checkout_is_a_home(tmp_path: Path, mode: int) -> None:
    """What git makes with the usual masks is good enough; all of ours is closed."""
    home = Home(tmp_path)
    home.config.mkdir()
    home.config.chmod(mode)
    prepare_home(home)
    prepare_home(home)
    assert [folder.stat().st_mode & 0o777 for folder in (home.var, home.run)] == [0o700, 0o700]


def test_others_may_enter(tmp_path: Path) -> None:
    """The folder of the control socket is for its owner."""
    home = Home(tmp_path)
    prepare_home(home)
    home.run.chmod(0o750)
    with pytest.raises(SettingsError, match=rf"chmod 700 {home.run}$"):
        prepare_home(home)
