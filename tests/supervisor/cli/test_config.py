"""`meshvisor config show|check|schema|reload`."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from tests.supervisor.cli.conftest import Run, run_process


@pytest.fixture
def configured(home: Home) -> Home:
    """Return a home with some settings."""
    home.config.mkdir()
    home.settings_file.write_text(
        '[fleet]\nmax_processes = 7\ncommand_prefix = ["!", "?"]\n\n'
        '[[meshes]]\nid = "lobby"\n\n[[meshes]]\nid = "far"\nserver = "wss://far.example"\n'
    )
    return home


def test_show_is_toml_that_means_the_same(
    run: Run, configured: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is shown can be written to a file and holds the same settings."""
    monkeypatch.delenv("MESHVISOR__CONSOLE__ENABLED")
    shown = run("config", "show", "--home", configured.root).out
    assert "max_processes = 7  # default: 0" in shown
    before = load_settings(configured, {})
    configured.settings_file.write_text(shown)
    assert load_settings(configured, {}) == before
    assert tomllib.loads(shown)["meshes"][1] == {
        "id": "far",
        "transport": "watch-party",
        "server": "wss://far.example",
    }


def test_show_includes_the_environment(
    run: Run, configured: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables win over the file."""
    monkeypatch.setenv("MESHVISOR__FLEET__MAX_PROCESSES", "9")
    shown = run("config", "show", "--home", configured.root, "--json").json
    assert shown["fleet"]["max_processes"] == 9


def test_show_masks_secrets(run: Run, home: Home) -> None:
    """That there is a secret is shown, but not which."""
    home.config.mkdir()
    home.settings_file.touch(mode=0o600)
    home.settings_file.write_text('[platform]\nsigning_key = "s3cret"\n')
    for arguments in ([], ["--json"]):
        shown = run("config", "show", "--home", home.root, *arguments).out
        assert "s3cret" not in shown
        assert "*****" in shown


def test_check_of_right_settings(run: Run, configured: Home, home: Home) -> None:
    """Right settings are said to be right."""
    assert "are right" in run("config", "check", "--home", configured.root).out
    outcome = run("config", "check", "--home", configured.root, "--json")
    assert outcome.json == {"ok": True, "problems": []}


def test_check_without_a_file(run: Run, home: Home) -> None:
    """No file means defaults, which is said."""
    assert "defaults hold" in run("config", "check", "--home", home.root).out


def test_check_of_wrong_settings(run: Run, configured: Home) -> None:
    """Every problem has a line that says where it is; the exit code is 2."""
    configured.settings_file.write_text("[fleet]\nmax_procesess = 1\nhung_after = 0\n")
    outcome = run("config", "check", "--home", configured.root)
    assert (outcome.code, outcome.out) == (2, "")
    assert "meshvisor.toml:2: unknown setting" in outcome.err
    assert "meshvisor.toml:3: fleet.hung_after" in outcome.err
    printed = run("config", "check", "--home", configured.root, "--json")
    assert printed.code == 2
    assert [printed.json["ok"], len(printed.json["problems"])] == [False, 2]


def test_schema(run: Run) -> None:
    """The schema is JSON Schema and describes every section."""
    schema = run("config", "schema").json
    assert schema["$schema"].startswith("https://json-schema.org/")
    assert "fleet" in schema["properties"]


def test_reload(run: Run, served: Home) -> None:
    """What the supervisor has taken over is listed."""
    outcome = run("config", "reload", "--home", served.root)
    assert outcome.out == "Changed: fleet.max_processes\n"


def write(path: Path, content: object, mode: int = 0o600) -> None:
    """Write a file of the home."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    path.chmod(mode)


WRONG = {
    "scheme": ("database.json", {"uri": "mongo://x"}, 0o600),
    "port": ("database.json", {"uri": "mongodb://h:99999/x"}, 0o600),
    "options": ("database.json", {"uri": "mongodb://h/x", "options": []}, 0o600),
    "together": (
        "database.json",
        {"uri": "mongodb://h/x", "options": {"tlsCAFile": "/nowhere", "tls": True}},
        0o600,
    ),
    "name": ("database.json", {"url": "mongodb://h/x"}, 0o600),
    "no json": ("database.json", "{", 0o600),
    "password": ("database.json", {"uri": "mongodb://a:b@h/x"}, 0o644),
    "open account": ("credentials.json", {"peerId": "1_a"}, 0o644),
    "broken account": ("credentials.json", "{", 0o600),
    "account of another kind": ("credentials.json", [1], 0o600),
    "folder": ("blocklist.json/x", "", 0o600),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.some(8)
def test_check_says_what_a_start_would_say(run: Run, configured: Home, wrong: str) -> None:
    """What makes `run` refuse makes `config check` refuse, with the same words and exit code."""
    name, content, mode = WRONG[wrong]
    write(configured.config / name, content, mode)
    started = run_process("run", "--home", configured.root)
    checked = run("config", "check", "--home", configured.root)
    assert started.code in {2, 3}
    assert (checked.code, checked.err, checked.out) == (started.code, started.err, "")
    as_json = run("config", "check", "--home", configured.root, "--json")
    assert (as_json.code, as_json.json["ok"]) == (started.code, False)


PLACES = ("config", "var", "var/logs", "var/run")


@pytest.mark.parametrize("kind", ["file", "link to nowhere"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.some(4)
def test_check_of_places_where_no_folder_is(run: Run, home: Home, place: str, kind: str) -> None:
    """Something else in the place of a folder of the home refuses a start, and the check."""
    path = home.root / place
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.touch() if kind == "file" else path.symlink_to("/nowhere/at/all")
    started = run_process("run", "--home", home.root)
    checked = run("config", "check", "--home", home.root)
    assert started.code == 3
    assert (checked.code, checked.err, checked.out) == (started.code, started.err, "")
    assert str(path) in checked.err


@pytest.mark.parametrize(
    "place", ["meshvisor.db", "run/control.sock", "run/supervisor.lock", "damaged meshvisor.db"]
)
def test_check_of_state(run: Run, configured: Home, place: str) -> None:
    """A folder in the place of a file of the state refuses both, and so does a damaged database."""
    path = configured.var / place.removeprefix("damaged ")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.mkdir() if place == str(path.relative_to(configured.var)) else write(path, "no database")
    for folder in (configured.var, path.parent):
        folder.chmod(0o700)
    started = run_process("run", "--home", configured.root)
    checked = run("config", "check", "--home", configured.root)
    assert (checked.code, started.code) == (3, 3)
    assert str(path) in checked.err
    assert str(path) in started.err


def test_check_of_a_missing_account(run: Run, configured: Home) -> None:
    """A platform that wants an account which is not there refuses both, with the same words."""
    configured.settings_file.write_text('[platform]\nurl = "http://127.0.0.1:1"\n')
    started = run_process("run", "--home", configured.root)
    checked = run("config", "check", "--home", configured.root)
    assert (checked.code, checked.err) == (started.code, started.err)
    assert (checked.code, "meshvisor login" in checked.err) == (3, True)


def test_check_finds_all_at_once(run: Run, configured: Home) -> None:
    """Each file that is wrong has a line."""
    write(configured.config / "database.json", "{")
    write(configured.config / "credentials.json", "{")
    configured.run.mkdir(parents=True)
    configured.run.chmod(0o755)
    problems = run("config", "check", "--home", configured.root, "--json").json["problems"]
    assert len(problems) == 3


def test_check_of_an_account_that_the_directory_has(run: Run, configured: Home) -> None:
    """A broken file that a start puts aside does not prevent a start."""
    run("admin", "add", "7", "--home", configured.root)
    write(configured.config / "credentials.json", {"peerId": "1_a", "authToken": "x"})
    run("credentials", "show", "--home", configured.root)
    write(configured.config / "credentials.json", "{")
    assert run("config", "check", "--home", configured.root).code == 0
