"""Settings composed of what kernel and features bring."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from meshvisor.features.access.settings import DatabaseFileSetting, DatabaseSettings
from meshvisor.features.blocklist.settings import BlocklistFileSetting
from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.jobs.settings import JobSettings, LaneSettings
from meshvisor.features.playground.settings import PlaygroundSettings
from meshvisor.shared.feature import WITHOUT, features
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.model import (
    default_settings,
    named_files,
    needs_restart,
    settings_class,
)

ALL = ",".join(feature.name for feature in features())


def all_but(*names: str) -> str:
    """Return the names of all other features, whichever there are."""
    return ",".join(feature.name for feature in features() if feature.name not in names)


def with_what_requires(*names: str) -> str:
    """Return these features and all that cannot be without them."""
    out = list(names)
    for feature in features():  # one comes behind those that it requires
        if feature.name not in out and not set(feature.requires).isdisjoint(out):
            out.append(feature.name)
    return ",".join(out)


def test_order_of_sections() -> None:
    """It is that of the settings file for people, whatever the order of the features."""
    known = ("access", "blocklist", "watch_party", "fleet", "jobs", "playground")
    program = (
        "from meshvisor.shared.settings.model import settings_class; "
        "print(*settings_class().model_fields)"
    )
    assert _run(program, all_but(*known)).split() == [
        *("fleet", "commands", "platform", "accounts", "meshes", "database"),
        *("jobs", "lanes", "events", "retention", "plugins", "logs", "playground"),
    ]


def test_section_by_its_model() -> None:
    """Each section is found by the model of any of its owners."""
    settings = default_settings()
    assert settings.of(LogSettings) == LogSettings()
    assert settings.of(FleetSettings) is settings.of(BlocklistFileSetting)
    assert settings.of(FleetSettings) is settings.of(DatabaseFileSetting)
    assert settings.each(StaticMesh) == ()


def test_replaced() -> None:
    """Sections take the place of one, entries that of all of their kind, and the rest stays."""
    settings = default_settings().replaced(LaneSettings(name="old"))
    lanes = (LaneSettings(name="a"), LaneSettings(name="b"))
    changed = settings.replaced(JobSettings(ageing=1), *lanes)
    assert changed.of(JobSettings).ageing == 1
    assert changed.each(LaneSettings) == lanes
    assert changed.of(FleetSettings) == settings.of(FleetSettings)
    assert settings.each(LaneSettings) == (LaneSettings(name="old"),)


def test_owners_part_of_a_section() -> None:
    """What one owner replaces leaves alone what the others have there."""
    settings = default_settings().replaced(FleetSettings(max_processes=3))
    changed = settings.replaced(DatabaseFileSetting(database_config_path="x.json"))
    assert changed.of(FleetSettings).max_processes == 3
    assert list(named_files(changed)) == ["config/blocklist.json", "x.json"]


@pytest.mark.parametrize(
    ("name", "once"),
    [
        ("database.uri", True),
        ("fleet.blocklist_persist_path", True),
        ("fleet.database_config_path", True),
        ("logs.files_kept", True),
        ("playground.port", True),
        ("logs.level", False),
        ("fleet.max_processes", False),
        ("jobs.ageing", False),
        ("lanes", False),
    ],
)
def test_read_once(name: str, once: bool) -> None:
    """Each section says which of its settings are only read at the start."""
    assert needs_restart(name) is once


@pytest.mark.parametrize(
    ("without", "text", "problem"),
    [
        (
            with_what_requires("jobs"),
            "[jobs]",
            "unknown section [jobs]; it belongs to the feature jobs",
        ),
        (
            with_what_requires("jobs"),
            "[[lanes]]\nname = 'a'",
            "unknown section [lanes]; it belongs to the feature j",
        ),
        ("playground", "[playground]", "unknown section [playground]; it belongs to the feature"),
        (ALL, "[jobs]", "unknown section [jobs]; it belongs to the feature jobs, which is left"),
        (ALL, "[fleet]\nshutdown_timeout = 5", ""),
        (
            with_what_requires("fleet", "jobs"),
            "[fleet]\nmax_processes = 1",
            "setting fleet.max_processes; it belongs to the feature fleet, which is left out (MESH",
        ),
        (
            with_what_requires("jobs"),
            "[jbos]",
            "unknown setting jbos; known here: fleet, commands",
        ),
        (
            with_what_requires("fleet", "jobs"),
            "[fleet]\ndatabase_config_path = 'x.json'",
            "",
        ),
        (ALL, "[logs]\nlevel = 'debug'", ""),
    ],
)
def test_feature_left_out(home: Home, without: str, text: str, problem: str) -> None:
    """Its settings are unknown, and the error of a file that has them says whose they are."""
    home.config.mkdir()
    home.settings_file.write_text(text)
    home.settings_file.chmod(0o600)
    program = (
        "import sys; from pathlib import Path; from meshvisor.shared.errors import SettingsError; "
        "from meshvisor.shared.paths import Home; from meshvisor.shared.settings import load\n"
        f"try: load.load_settings(Home(Path({str(home.root)!r})), {{}})\n"
        "except SettingsError as error: print(error)\n"
    )
    done = _run(program, without)
    assert problem in done
    assert bool(problem) == bool(done)


def test_template_without_features() -> None:
    """A new home's file has no word of what is left out, and means the defaults."""
    program = (
        "import tomllib; from meshvisor.shared.settings.template import template; "
        "print(*tomllib.loads(template()))"
    )
    bots = all_but("access", "blocklist", "watch_party", "fleet")
    assert _run(program, bots) == "fleet commands platform database events plugins logs\n"
    directory = all_but("access", "blocklist")
    assert _run(program, directory) == "fleet database events plugins logs\n"
    assert _run(program, ALL) == "fleet events plugins logs\n"


def test_no_such_section() -> None:
    """A section of a feature that is left out is asked for by mistake only."""
    program = (
        "from meshvisor.features.jobs.settings import JobSettings; "
        "from meshvisor.shared.settings.model import default_settings\n"
        "try: default_settings().of(JobSettings)\n"
        "except KeyError as error: print(error)"
    )
    assert "JobSettings" in _run(program, with_what_requires("jobs"))


def test_models_are_distinct() -> None:
    """No two sections have one model: each is found by it."""
    names = settings_class().names
    assert names[PlaygroundSettings] == "playground"
    assert names[DatabaseSettings] == "database"


def _run(program: str, without: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, WITHOUT: without},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
