"""The settings file that a new home begins with."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings, preview_settings
from meshvisor.shared.settings.model import default_settings
from meshvisor.shared.settings.template import Choices, filled, template

URL = ("platform", "url")
SERVER = ("platform", "server")


def test_it_is_the_one_of_the_checkout(project: Path) -> None:
    """The file that is installed and the one in config/ are the same: copy one over the other."""
    assert template() == (project / "config" / "meshvisor.toml").read_text()


def test_choices_take_their_places(home: Home) -> None:
    """What is chosen is set, nothing else is, and no comment is lost."""
    text = filled(
        Choices({URL: "https://mesh.example", SERVER: "wss://rooms.example"}, ("lobby", "b@c"))
    )
    settings = preview_settings(home, text, {})
    assert (settings.of(PlatformSettings).url, settings.of(PlatformSettings).server) == (
        "https://mesh.example",
        "wss://rooms.example",
    )
    assert settings.each(StaticMesh) == (StaticMesh(id="lobby"), StaticMesh(id="b@c"))
    assert set(tomllib.loads(text)["platform"]) == {"url", "server"}
    comments = [line for line in template().splitlines() if line.startswith("# ")]
    assert [line for line in text.splitlines() if line.startswith("# ")] == comments
    home.config.mkdir()
    home.settings_file.write_text(text)
    assert load_settings(home, {}) == settings


def test_no_choice_is_the_template(home: Home) -> None:
    """Nothing chosen means the defaults."""
    assert filled(Choices()) == template()
    assert preview_settings(home, template(), {}) == default_settings()


def test_quotes_do_no_harm() -> None:
    """A value cannot end its own text."""
    text = filled(Choices({URL: 'https://x/"\\'}))
    assert tomllib.loads(text)["platform"]["url"] == 'https://x/"\\'


def test_a_place_that_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A template without a place for a choice is a mistake that is not passed over."""
    monkeypatch.setattr("meshvisor.shared.settings.template.template", lambda: "[fleet]\n")
    with pytest.raises(KeyError, match=r"platform\.url"):
        filled(Choices({URL: "https://x"}))
