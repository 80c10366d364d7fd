from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from shared.errors import SettingsError
from shared.paths import Home
from shared.settings.load import diff, load_settings
from shared.settings.model import Settings, StaticMesh

Load = Callable[..., Settings]


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home with an empty `config` folder."""
    home = Home(tmp_path)
    home.config.mkdir()
    return home


@pytest.fixture
def load(home: Home) -> Load:
    """Loads a text as the settings file of a fresh home."""

    def load(text: str, environ: Mapping[str, str] | None = None) -> Settings:
        home.settings_file.write_text(text)
        home.settings_file.chmod(0o600)
        return load_settings(home, environ or {})

    return load


def problems(load: Load, text: str, environ: Mapping[str, str] | None = None) -> list[str]:
    """The lines of the report about a wrong text, without the folder of the file."""
    with pytest.raises(SettingsError) as caught:
        load(text, environ)
    lines = str(caught.value).splitlines()
    return [re.sub(r"^/\S*/(?=meshvisor\.toml)", "", line) for line in lines]


def test_missing_file_means_defaults(home: Home) -> None:
    """A home without a settings file runs on the defaults."""
    assert load_settings(home, {}) == Settings()


def test_file_is_read(load: Load) -> None:
    """What the file sets differs from the defaults, and nothing else does."""
    settings = load(
        """
        fleet.command_prefix = ["!", "?"]
        [logs]
        file_size_mb = 1
        [[meshes]]
        id = "lobby"
        [[meshes]]
        id = "cinema"
        server = "wss://example.org/"
        """
    )
    assert settings.fleet.command_prefix == ("!", "?")
    assert settings.logs.file_size_mb == 1.0
    assert settings.meshes == (
        StaticMesh(id="lobby"),
        StaticMesh(id="cinema", server="wss://example.org"),
    )
    changed = ("fleet.command_prefix", "meshes", "logs.file_size_mb")
    assert diff(Settings(), settings) == changed


def test_variables_win_over_the_file(load: Load) -> None:
    """A variable replaces the same setting of the file and leaves its neighbours."""
    settings = load(
        "[fleet]\nmax_processes = 3\nhung_after = 4", {"MESHVISOR__FLEET__MAX_PROCESSES": "7"}
    )
    assert (settings.fleet.max_processes, settings.fleet.hung_after) == (7, 4)


WRONG = """[fleet]
comand_prefix = "!"
max_processes = "3"
hung_after = 601
mesh_mode = "al"
[[meshes]]
id = "lobby"
[[meshes]]
id = "two words"
[[meshes]]
server = "ws://host:1"
[platform]
url = "ftp://host"
"""

REPORT = """\
meshvisor.toml:2: unknown setting fleet.comand_prefix; did you mean command_prefix?
meshvisor.toml:3: fleet.max_processes is "3"; allowed: a whole number of at least 0
meshvisor.toml:4: fleet.hung_after is 601; allowed: a number from 1 to 600
meshvisor.toml:5: fleet.mesh_mode is "al"; allowed: one of "invited", "all"
meshvisor.toml:9: 'two words' is no mesh id: it must be 1 to 128 letters, digits or any of \
. _ : @ ~ - and begin with a letter or digit
meshvisor.toml:10: meshes[2].id is missing; allowed: text, such as "lobby"
meshvisor.toml:13: platform.url is "ftp://host"; it must be like https://host, or empty, \
without user, query or blanks
MESHVISOR__COMMANDS__RETRIES: unknown setting commands.retries; known here: \
timeout, concurrency, cooldown
MESHVISOR__LOGS__LEVEL: logs.level is "loud"; allowed: one of "debug", "info", "warning", "error"
"""


def test_every_problem_is_reported_with_its_place(load: Load) -> None:
    """All that is wrong comes at once, in the order of the file, variables last."""
    environ = {"MESHVISOR__LOGS__LEVEL": "loud", "MESHVISOR__COMMANDS__RETRIES": "1"}
    assert problems(load, WRONG, environ) == REPORT.splitlines()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[fleet]\nmaxProcesses = 1", "2: unknown setting fleet.maxProcesses; did you mean max_"),
        ("max_processes = 1", "1: unknown setting max_processes; did you mean fleet.max_processes"),
        ("[flet]", "1: unknown setting flet; did you mean fleet?"),
        ('"a\\nb" = 1', "1: unknown setting a\\nb; known here: fleet, "),
        ("fleet = 3", "1: fleet is 3; allowed: a table with command_prefix, "),
        ("[fleet]\nmax_processes = true", "2: fleet.max_processes is true; allowed: a whole "),
        ("[fleet]\nmax_processes = 1.5", "2: fleet.max_processes is 1.5; allowed: a whole "),
        ("[fleet]\nhung_after = nan", "2: fleet.hung_after is NaN; allowed: a number from 1 to "),
        ("[fleet]\nrestart_window = inf", "2: fleet.restart_window is Infinity; allowed: a numb"),
        ("[fleet]\nrestart_window = 0", "2: fleet.restart_window is 0; allowed: a number greater"),
        ("[fleet]\ncommand_prefix = []", "2: fleet.command_prefix is []; allowed: text of 1 to 20"),
        ('[fleet]\ncommand_prefix = ""', '2: fleet.command_prefix is ""; allowed: text of 1 to '),
        ('[fleet]\ncommand_prefix = ["!",\n"a b"]', "2: fleet.command_prefix[1] is "),
        ("[logs]\nlevel = 2026-01-01", '2: logs.level is "2026-01-01"; allowed: one of "debug", '),
        ('[fleet]\nblocklist_persist_path = ""', "2: fleet.blocklist_persist_path is "),
        ('[fleet]\nblocklist_persist_path = "/etc"', "2: fleet.blocklist_persist_path "),
        ("[playground]\nport = 65536", "2: playground.port is 65536; allowed: a whole number from"),
        ('[platform]\nserver = "ws://host:99999"', "2: platform.server is "),
        ('[platform]\nserver = "ws://user:secret@host"', "2: platform.server is "),
        ('[platform]\nserver = "ws://ho st"', "2: platform.server is "),
        ('[platform]\nserver = "ws://"', "2: platform.server is "),
        ('meshes = ["a", "a"]', "1: meshes lists 'a' twice; every mesh may be listed once"),
        ("meshes = [3]", "1: meshes[0] is 3; allowed: a table with id, server"),
        ('[plugins]\nmodules = ["a.b", "c-d"]', '2: plugins.modules[1] is "c-d"; allowed: text, '),
    ],
)
def test_wrong_values(load: Load, text: str, problem: str) -> None:
    """Each kind of mistake gets one line: where, what was found, what is allowed."""
    (found,) = problems(load, text)
    assert found.startswith(f"meshvisor.toml:{problem}")


def test_long_values_are_shortened(load: Load) -> None:
    """A wrong value of any length leaves the report readable."""
    (found,) = problems(load, f'[logs]\nlevel = "{"x" * 5000}"')
    assert len(found) < 200


def test_terminal_controls_are_shown_not_obeyed(load: Load) -> None:
    """A report about hostile text holds no control characters."""
    (found,) = problems(load, '[logs]\nlevel = "\\u001b[2J\\u202e"')
    assert found.isprintable()


def test_broken_file_does_not_hide_wrong_variables(load: Load) -> None:
    """A syntax error is reported together with what is wrong in the environment."""
    found = problems(load, '[fleet]\nmax_processes = \n"', {"MESHVISOR__FLEET__MAX_PROCESSES": "x"})
    assert found[0].startswith("meshvisor.toml:2: the settings file is not valid TOML: ")
    assert found[1].startswith('MESHVISOR__FLEET__MAX_PROCESSES: fleet.max_processes is "x"')


def test_unreadable_file(home: Home) -> None:
    """A file that may not be read stops the start and says why."""
    home.settings_file.write_text("")
    home.settings_file.chmod(0)
    as_root = os.geteuid() == 0
    if as_root:
        os.seteuid(65534)  # nobody: root may read everything
    try:
        with pytest.raises(SettingsError, match="cannot be read: Permission denied"):
            load_settings(home, {})
    finally:
        if as_root:
            os.seteuid(0)


def test_changes_of_equal_settings_is_empty() -> None:
    """Settings that were read again unchanged change nothing."""
    assert diff(Settings(), Settings()) == ()
