"""Where everything lies below a home."""

from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.shared.paths import HOME_VARIABLE, Home


def test_who_says_where_the_home_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The argument comes before the variable, and the current folder is what is left."""
    monkeypatch.chdir(tmp_path)
    assert Home.locate().root == tmp_path
    monkeypatch.setenv(HOME_VARIABLE, "/srv/bots")
    assert Home.locate().root == Path("/srv/bots")
    assert Home.locate("relative").root == tmp_path / "relative"
    monkeypatch.setenv(HOME_VARIABLE, "")
    assert Home.locate().root == tmp_path


def test_one_home_has_one_name(tmp_path: Path) -> None:
    """A home that is reached through a link is the same home: there is one lock on it."""
    (tmp_path / "link").symlink_to(tmp_path)
    assert Home.locate(f"{tmp_path}/link") == Home.locate(str(tmp_path))


def test_the_places_that_others_rely_on() -> None:
    """Documentation, the systemd unit and operators know these names."""
    home = Home(Path("/h"))
    places = {
        home.settings_file: "config/meshvisor.toml",
        home.credentials_file: "config/credentials.json",
        home.plugins: "config/plugins",
        home.logs: "var/logs",
        home.control_socket: "var/run/control.sock",
        home.lock_file: "var/run/supervisor.lock",
    }
    assert {str(path.relative_to("/h")) for path in places} == set(places.values())
    for path, name in places.items():
        assert path == Path("/h") / name


def test_names_in_settings() -> None:
    """A relative name lies below the home, an absolute one is where it says."""
    home = Home(Path("/h"))
    assert home.below("config/blocklist.json") == Path("/h/config/blocklist.json")
    assert home.below("/etc/blocklist.json") == Path("/etc/blocklist.json")
