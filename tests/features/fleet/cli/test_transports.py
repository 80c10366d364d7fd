"""Commands that know of transports: `init`, `config check`, `doctor`, `chat`."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.fleet.settings import StaticMesh
from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from tests.supervisor.cli.conftest import Run

BRIDGE = """
[[meshes]]
id = "bridge"
transport = "program"
command = ["sh", "-c", "true"]
"""


A_LIST = 'a list of at least 1; each entry text, such as ["python3", "bridge.py"]'
A_TABLE = 'a table; each entry text, such as { LANG = "C.UTF-8" }'


def write(home: Home, text: str) -> tuple[Any, ...]:
    """Write the settings of a home, and return the options that name it."""
    home.config.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.settings_file.touch(mode=0o600)
    home.settings_file.write_text(text)
    return ("--home", home.root)


# ---- init ----------------------------------------------------------------------------------------


def test_a_new_home_with_a_program(run: Run, home: Home) -> None:
    """The words of a command are those of a shell, and a second time nothing is to be done."""
    where = ("--home", home.root, "--yes", "--mesh", "bridge")
    command = ("--command", "sh -c 'exit 0' \"ä b\"")
    assert run("init", *where, *command).code == 0
    (mesh,) = load_settings(home, {}).each(StaticMesh)
    assert (mesh.id, mesh.transport) == ("bridge", "program")
    assert mesh.own_settings()["command"] == ["sh", "-c", "exit 0", "ä b"]
    again = run("init", *where, "--transport", "program", *command, "--json")
    assert (again.code, again.json["written"]) == (0, [])
    other = run("init", *where, "--command", "sh")
    assert "says something else" in other.err
    assert run("doctor", "--home", home.root).code == 0


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--mesh", "a", "--transport", "progam"), "did you mean program?"),
        (("--mesh", "a", "--transport", "program"), "command is missing, which a program needs"),
        (("--mesh", "a", "--command", "'sh"), "A quote is not closed"),
        (("--mesh", "a", "--command", ""), "A program is needed"),
        (("--command", "sh"), "which mesh"),
    ],
)
def test_options_that_cannot_be(run: Run, home: Home, options: tuple[str, ...], says: str) -> None:
    """One sentence, and nothing is written."""
    outcome = run("init", "--yes", "--home", home.root, *options)
    assert outcome.code != 0
    assert says in outcome.err
    assert not home.settings_file.exists()


# ---- config check --------------------------------------------------------------------------------


def test_what_settings_lead_to(run: Run, home: Home) -> None:
    """Kinds of meshes are counted where not all are rooms."""
    where = write(home, BRIDGE + '[[meshes]]\nid = "lobby"\n[[meshes]]\nid = "cinema"\n')
    out = run("config", "check", *where).out
    assert "Static meshes: 3 meshes (1 program, 2 watch-party); discovery: off." in out


@pytest.mark.parametrize(
    ("entry", "says"),
    [
        ('transport = "programs"', "there is no transport 'programs'; did you mean program?"),
        ('transport = "program"\ncomand = ["sh"]', "unknown setting comand; did you mean command?"),
        ('transport = "program"\ncommand = ["sh"]\naccount = "irc"', "there is no account 'irc'"),
        ('transport = "program"\ncommand = ["sh"]\nserver = "ws://x"', "a program has none"),
        ('command = ["sh"]', "unknown setting command"),
    ],
)
def test_settings_that_are_wrong(run: Run, home: Home, entry: str, says: str) -> None:
    """What is meant is guessed."""
    where = write(home, f'[[meshes]]\nid = "bridge"\n{entry}\n')
    outcome = run("config", "check", *where)
    assert outcome.code != 0
    assert says in outcome.err
    assert "bridge" in outcome.err


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (
            'command = "perl x.pl"',
            f'command is "perl x.pl"; allowed: {A_LIST}',
        ),
        ("command = []", f"command is []; allowed: {A_LIST}"),
        ('command = ["sh", 3]', "command[1] is 3; allowed: text"),
        ('command = [" "]', 'command is [" "]; it must begin with the name of a program'),
        (
            "join_timeout = nan",
            "join_timeout is NaN; allowed: a number greater than 0 and at most 600",
        ),
        (
            'join_timeout = "30"',
            'join_timeout is "30"; allowed: a number greater than 0 and at most 600',
        ),
        (
            'environment = "A=b"',
            'environment is "A=b"; allowed: a table; each entry text, such as { LANG = "C.UTF-8" }',
        ),
        ("environment = { A = 3 }", "environment.A is 3; allowed: text"),
        (
            'environment = { 1A = "3" }',
            (
                'environment has the name "1A"; it must be letters (A-Z, a-z), digits and '
                "underscores, no digit first"
            ),
        ),
        ("options = 3", 'options is 3; allowed: a table, such as { channels = ["#lobby"] }'),
        (
            "options = { x = nan }",
            'options is {"x": NaN}; it must hold neither nan nor inf, which JSON does not have',
        ),
        ('fodler = "x"', "unknown setting fodler; did you mean folder?"),
    ],
)
def test_settings_of_a_program_that_are_wrong(
    run: Run, home: Home, setting: str, says: str
) -> None:
    """What was found, what is allowed and how that looks, with the line of the setting."""
    command = "" if setting.startswith("command") else 'command = ["sh"]\n'
    text = f'[[meshes]]\nid = "bridge"\ntransport = "program"\n{command}\n\n{setting}\n'
    outcome = run("config", "check", *write(home, text))
    assert outcome.code != 0
    line = text.splitlines().index(setting) + 1
    assert f"meshvisor.toml:{line}: mesh bridge: {says}\n" in f"{outcome.err}\n"


# ---- doctor --------------------------------------------------------------------------------------


def test_doctor_looks_for_programs(run: Run, home: Home) -> None:
    """And does not ask for a mesh server that is not needed."""
    where = write(home, BRIDGE)
    good = run("doctor", *where)
    assert "ok    transport program: 1 mesh can be started" in good.out
    assert "mesh server" not in good.out
    assert good.code == 0
    write(home, BRIDGE.replace('"sh"', '"no-such-program"'))
    bad = run("doctor", *where)
    assert "fail  mesh bridge: the program no-such-program is not in any folder" in bad.out
    assert bad.code != 0


# ---- chat ----------------------------------------------------------------------------------------


def test_chat_is_for_rooms(run: Run, home: Home) -> None:
    """Other networks have programs of their own to talk with."""
    outcome = run("chat", "bridge", *write(home, BRIDGE))
    assert outcome.code != 0
    assert outcome.err.count("\n") == 1
    assert "bridge is carried by the transport program" in outcome.err
