from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from meshvisor.features.fleet.settings import FleetSettings, StaticMesh
from meshvisor.features.watch_party.settings import PlatformSettings
from meshvisor.shared.errors import MissingError, SettingsError
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.kernel import LogSettings
from meshvisor.shared.settings.load import diff, load_settings
from meshvisor.shared.settings.model import Settings, default_settings

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
    assert load_settings(home, {}) == default_settings()


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
    assert settings.of(FleetSettings).command_prefix == ("!", "?")
    assert settings.of(LogSettings).file_size_mb == 1.0
    assert settings.each(StaticMesh) == (
        StaticMesh(id="lobby"),
        StaticMesh(id="cinema", server="wss://example.org"),
    )
    changed = ("fleet.command_prefix", "meshes", "logs.file_size_mb")
    assert diff(default_settings(), settings) == changed


def test_variables_win_over_the_file(load: Load) -> None:
    """A variable replaces the same setting of the file and leaves its neighbours."""
    settings = load(
        "[fleet]\nmax_processes = 3\nhung_after = 4", {"MESHVISOR__FLEET__MAX_PROCESSES": "7"}
    )
    assert (settings.of(FleetSettings).max_processes, settings.of(FleetSettings).hung_after) == (
        7,
        4,
    )


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
timeout, concurrency, cooldown, max_age
MESHVISOR__LOGS__LEVEL: logs.level is "loud"; allowed: one of "debug", "info", "warning", "error"
"""


def test_every_problem_is_reported_with_its_place(load: Load) -> None:
    """All that is wrong comes at once, in the order of the file, variables last."""
    environ = {"MESHVISOR__LOGS__LEVEL": "loud", "MESHVISOR__COMMANDS__RETRIES": "1"}
    assert problems(load, WRONG, environ) == REPORT.splitlines()


def test_an_unknown_section_of_a_variable(load: Load) -> None:
    """It is the variable that is wrong, and each of them, and the file where it has it too."""
    variable = "MESHVISOR__FLEETT__MAX_PROCESES"
    wrong = "unknown setting fleett; did you mean fleet?"
    assert problems(load, "", {variable: "1"}) == [f"{variable}: {wrong}"]
    both = {variable: "1", "MESHVISOR__FLEETT__HUNG_AFTER": "2"}
    assert problems(load, "[fleett]", both) == [
        f"meshvisor.toml:1: {wrong}",
        f"MESHVISOR__FLEETT__HUNG_AFTER: {wrong}",
        f"{variable}: {wrong}",
    ]


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
        (
            '[platform]\nlogin = "maybe"',
            '2: platform.login is "maybe"; allowed: one of "required", ',
        ),
        (
            '[platform]\nself_path = "me"',
            '2: platform.self_path is "me"; it must begin with one sl',
        ),
        ('[platform]\nself_path = "//a"', '2: platform.self_path is "//a"; it must begin with one'),
        (
            '[platform]\nself_path = "/a?b"',
            '2: platform.self_path is "/a?b"; it must be a path lik',
        ),
        (
            '[platform]\nself_path = "/a b"',
            '2: platform.self_path is "/a b"; it must be a path lik',
        ),
        (
            '[platform]\napi_key_header = "X Y"',
            '2: platform.api_key_header is "X Y"; allowed: text',
        ),
        (
            '[platform]\napi_key_header = "Host"',
            '2: platform.api_key_header is "Host"; it must be ',
        ),
        ("[platform]\nlogin_timeout = 0", "2: platform.login_timeout is 0; allowed: a number grea"),
        ('meshes = ["a", "a"]', "1: meshes lists 'a' twice; every mesh may be listed once"),
        (
            "meshes = [3]",
            "1: meshes[0] is 3; allowed: a table with id, transport, address, account, server",
        ),
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
        with pytest.raises(
            MissingError, match=r"cannot be read \(Permission denied\): (chown|chmod) "
        ):
            load_settings(home, {})
    finally:
        if as_root:
            os.seteuid(0)


def test_changes_of_equal_settings_is_empty() -> None:
    """Settings that were read again unchanged change nothing."""
    assert diff(default_settings(), default_settings()) == ()


# ---- Secrets -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "[platform]\napi_key = 47110815",
        '[platform]\napi_key = ["47110815"]',
        '[platform]\nsigning_key = "47110815\\n"',
        '[[platform]]\napi_key = "47110815"',
        '[platform]\nsigning_key = "47110815"\nlogin = 3',
        '[platform]\napikey = "47110815"',
        "[database]\nuri = 47110815",
    ],
)
def test_wrong_secrets_are_not_shown(load: Load, text: str) -> None:
    """A secret is not in the report about wrong settings, whichever of them is wrong."""
    (found,) = problems(load, text)
    assert "4711" not in found


def test_secrets_are_not_printed(load: Load) -> None:
    """Settings can be printed and dumped as JSON without telling a secret."""
    settings = load('[platform]\napi_key = "s3cret"')
    assert settings.of(PlatformSettings).api_key.get_secret_value() == "s3cret"
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_a_changed_secret_is_a_change(load: Load) -> None:
    """Settings that differ in a secret only do differ."""
    before = load('[platform]\nsigning_key = "one"')
    assert diff(before, load('[platform]\nsigning_key = "two"')) == ("platform.signing_key",)
    assert diff(before, load('[platform]\nsigning_key = "one"')) == ()


def test_a_secret_of_digits_is_text(load: Load) -> None:
    """What a variable says is the secret, also where it could be a number."""
    settings = load("", {"MESHVISOR__PLATFORM__API_KEY": "4711"})
    assert settings.of(PlatformSettings).api_key.get_secret_value() == "4711"


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_file_with_secrets_is_for_its_owner_only(home: Home, mode: int) -> None:
    """A secret in a file that others may use stops the start, with the command that mends it."""
    home.settings_file.write_text('[fleet]\n[platform]\napi_key = "s3cret"\n')
    home.settings_file.chmod(mode)
    with pytest.raises(SettingsError) as caught:
        load_settings(home, {})
    assert str(caught.value) == (
        f"{home.settings_file}:3: platform.api_key is a secret, and others may use the file "
        f"(mode {mode:04o}); run: chmod 600 {home.settings_file}"
    )


def test_a_file_without_secrets_may_be_read(home: Home) -> None:
    """A secret that only a variable holds asks nothing of the file; nor does an empty one."""
    home.settings_file.write_text('[platform]\napi_key = ""\nlogin = "none"\n')
    home.settings_file.chmod(0o644)
    settings = load_settings(home, {"MESHVISOR__PLATFORM__API_KEY": "s3cret"})
    assert settings.of(PlatformSettings).api_key.get_secret_value() == "s3cret"
