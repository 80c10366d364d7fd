from __future__ import annotations

from pathlib import Path

import pytest

from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.environment import Environment
from meshvisor.shared.settings.load import load_settings


@pytest.mark.parametrize(
    ("text", "prefixes"),
    [
        ("!", ("!",)),
        ("!,?", ("!", "?")),
        (" ! , ? ,", ("!", "?")),
        ('["!", ","]', ("!", ",")),
        ('","', (",",)),
        ("1,2", ("1", "2")),
        ("5", ("5",)),
        ("true", ("true",)),
        ("{", ("{",)),
    ],
)
def test_lists(tmp_path: Path, text: str, prefixes: tuple[str, ...]) -> None:
    """A list is JSON or separated by commas; JSON text is one entry whatever it holds."""
    settings = load_settings(Home(tmp_path), {"MESHVISOR__FLEET__COMMAND_PREFIX": text})
    assert settings.of(FleetSettings).command_prefix == prefixes


@pytest.mark.parametrize("text", ["lobby, cinema", '["lobby", {"id": "cinema"}]'])
def test_meshes(tmp_path: Path, text: str) -> None:
    """The list of meshes has no section, and a bare id is a mesh."""
    settings = load_settings(Home(tmp_path), {"MESHVISOR__MESHES": text})
    assert [mesh.id for mesh in settings.each(StaticMesh)] == ["lobby", "cinema"]


@pytest.mark.parametrize("text", ["ws://host:1", '"ws://host:1"'])
def test_text(tmp_path: Path, text: str) -> None:
    """Text is taken as it is, or as JSON when quoted."""
    settings = load_settings(Home(tmp_path), {"MESHVISOR__PLATFORM__SERVER": text})
    assert settings.of(PlatformSettings).server == "ws://host:1"


@pytest.mark.parametrize("text", ["127", "true", "null", "[]"])
def test_text_that_looks_like_something_else(text: str) -> None:
    """What would be a number or a list elsewhere stays text where text belongs."""
    environment = Environment({"MESHVISOR__PLAYGROUND__HOST": text})
    assert environment.values == {("playground", "host"): text}


@pytest.mark.parametrize(("text", "value"), [("7", 7), ("0.5", 0.5), ("", ""), ("NaN", "NaN")])
def test_numbers(text: str, value: object) -> None:
    """Numbers are JSON; what is none is left for the check to refuse."""
    environment = Environment({"MESHVISOR__FLEET__HUNG_AFTER": text})
    assert environment.values == {("fleet", "hung_after"): value}


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("MESHVISOR__FLEET", "names a whole section"),
        ("MESHVISOR__fleet__max_processes", "MESHVISOR__SECTION__NAME in capitals"),
        ("MESHVISOR__FLEET__MAX__PROCESSES", "MESHVISOR__SECTION__NAME in capitals"),
        ("MESHVISOR____MAX_PROCESSES", "MESHVISOR__SECTION__NAME in capitals"),
    ],
)
def test_names_that_are_no_setting(name: str, problem: str) -> None:
    """A variable with our prefix that cannot be a setting is reported, never ignored."""
    (found,) = Environment({name: "1"}).problems
    assert str(found).startswith(f"{name}: ")
    assert problem in str(found)


@pytest.mark.parametrize("text", ["\udcff", '"\\ud800"', '["\\ud800"]'])
def test_what_is_no_text(text: str) -> None:
    """Bytes that are no UTF-8 are reported under the variable's name."""
    (found,) = Environment({"MESHVISOR__PLUGINS__MODULES": text}).problems
    assert str(found) == "MESHVISOR__PLUGINS__MODULES: is not UTF-8 text"


def test_other_variables_are_none_of_ours() -> None:
    """The variables of the home and of the tests have one underscore and are left alone."""
    environment = Environment({"MESHVISOR_HOME": "x", "MESHVISOR_TEST_X": "y", "PATH": "z"})
    assert (environment.values, environment.problems) == ({}, [])
