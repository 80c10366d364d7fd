"""What people type who come from other programs, and what is never suggested to them."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import click
import pytest

from meshvisor.shared.feature import WITHOUT
from meshvisor.supervisor.cli.command import PROGRAM, Command, Group
from meshvisor.supervisor.cli.habits import all_habits, hint
from meshvisor.supervisor.cli.root import cli
from tests.supervisor.cli.conftest import Run
from tests.supervisor.test_without_features import dependents
from tests.test_project.test_documentation import mistake


def groups(group: Group = cli, path: str = "") -> dict[str, Group]:
    """Return every group by its name behind the program's."""
    found = {path: group}
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, Group):
            found |= groups(command, f"{path} {name}".strip())
    return found


GROUPS = groups()
WORDS = all_habits().words


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("ls", "meshvisor status"),
        ("list", "meshvisor status"),
        ("ps", "meshvisor status"),
        ("top", "meshvisor status --watch"),
        ("monit", "meshvisor status --watch"),
        ("describe", "meshvisor meshes show MESH"),
        ("inspect", "meshvisor meshes show MESH"),
        ("info", "meshvisor meshes show MESH"),
        ("reload", "meshvisor config reload"),
        ("daemon-reload", "meshvisor config reload"),
        ("relod", "meshvisor config reload"),
        ("is-active", "meshvisor status MESH"),
        ("delete", "meshvisor stop MESH"),
        ("journalctl", "meshvisor logs"),
        ("enable", "meshvisor blocklist unblock MESH"),
        ("disable", "meshvisor stop MESH"),
        ("reset-failed", "meshvisor start MESH"),
        ("reset", "meshvisor start MESH"),
        ("pause", "meshvisor stop MESH"),
        ("plugins", "meshvisor config reload"),
        ("history", "meshvisor events"),
        ("man", "meshvisor --help"),
        ("startup", "docs/deployment.md"),
        ("jobs ls", "meshvisor jobs list"),
        ("jobs top", "meshvisor jobs watch"),
        ("jobs describe", "meshvisor jobs show JOB"),
        ("blocklist add", "meshvisor blocklist block MESH"),
        ("blocklist rm", "meshvisor blocklist unblock MESH"),
        ("admin rm", "meshvisor admin remove USER_ID"),
        ("perm get", "meshvisor perm list"),
        ("meshes restart", "meshvisor start|stop|restart MESH"),
        ("config validate", "meshvisor config check"),
        ("stauts", "status?"),
        ("restrat", "did you mean restart?"),
    ],
)
def test_words_of_other_programs(run: Run, typed: str, named: str) -> None:
    """Each is answered with the command that does it here, in one sentence and exit code 2."""
    outcome = run(*typed.split())
    assert (outcome.code, outcome.out) == (2, "")
    assert outcome.err.count("\n") == 1
    assert named in outcome.err


@pytest.mark.parametrize(
    ("typed", "named"),
    [
        ("run --detach", "docs/deployment.md"),
        ("run -d", "docs/deployment.md"),
        ("logs --tail 5", "--lines N"),
        ("logs -u lobby", "meshvisor logs MESH"),
        ("status -f", "--watch"),
        ("status --all", "all meshes are shown"),
        ("status --failed", "--state failed"),
        ("logs --nostream", "--follow"),
        ("stop --force lobby", "fleet.shutdown_timeout"),
        ("restart -f lobby", "fleet.shutdown_timeout"),
        ("start --now lobby", "--wait"),
        ("-v", "--version"),
    ],
)
def test_options_of_other_programs(run: Run, typed: str, named: str) -> None:
    """An option of another program is answered with the one that does it here."""
    outcome = run(*typed.split())
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)
    assert outcome.err.startswith("Error: There is no option -")
    assert named in outcome.err


def test_only_a_slip_is_answered_with_an_option(run: Run) -> None:
    """An option is suggested for a slip in it, not for one that only shares some letters."""
    assert run("status", "--jsno").err.endswith("did you mean '--json'?\n")
    assert run("status", "--al").err.endswith("see 'meshvisor status --help'.\n")


def test_one_next_step_is_enough(run: Run) -> None:
    """An answer that names a page does not name the help, too."""
    assert "--help" not in run("startup").err


@pytest.mark.parametrize("typed", ["logs --level ERROR", "status --state Failed"])
def test_capitals_do_not_matter(run: Run, typed: str) -> None:
    """A level or a state may be written as a log or a heading has it."""
    assert "is not one of" not in run(*typed.split()).err


def test_options_that_exist_are_no_habits() -> None:
    """No answer is for an option that the command has."""
    context = click.Context(cli)
    found = (cli.get_command(context, name) for name in cli.list_commands(context))
    groups = [one for one in found if isinstance(one, click.Group)]
    for name, answers in all_habits().options.items():
        command = cli if name == PROGRAM else cli.get_command(context, name)
        within = (group.get_command(context, name) for group in groups)
        command = command or next((one for one in within if one is not None), None)
        assert command is not None, name
        own = {option for param in command.params for option in param.opts}
        assert not own & set(answers)


@pytest.mark.parametrize("path", [path for path in WORDS if path])
def test_table_is_of_groups_that_are_there(path: str) -> None:
    """No answer is for a group that does not exist."""
    assert path in GROUPS


def test_words_of_a_feature_go_with_it() -> None:
    """No answer names a command that is left out."""
    program = "from meshvisor.supervisor.cli.main import main; main(['pause'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, WITHOUT: ",".join(dependents("jobs"))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "'meshvisor stop MESH'" in done.stderr
    assert "jobs" not in done.stderr


@pytest.mark.parametrize("path", list(WORDS))
def test_answers_name_what_exists(path: str) -> None:
    """Every command in an answer is one, and no word stands for another command of its group."""
    for word, answer in WORDS[path].items():
        for line in re.findall(r"'(meshvisor [^']*)'", answer):
            first = line.replace("start|stop|restart", "start")
            assert mistake(first) is None, (word, line)


def slips(word: str) -> set[str]:
    """Return the word with one letter missing, doubled, exchanged or in front."""
    return {
        *(word[:at] + word[at + 1 :] for at in range(len(word))),
        *(word[:at] + word[at] + word[at:] for at in range(len(word))),
        *(f"{letter}{word}" for letter in "abcdrst"),
    }


@pytest.mark.parametrize("path", list(GROUPS))
def test_what_ends_something_is_not_suggested(path: str) -> None:
    """A command that ends or takes away something is suggested for a slip in its own name only."""
    names = GROUPS[path].list_commands(click.Context(GROUPS[path]))
    harmful = [name for name in names if name in all_habits().harmful]
    for word in {word for name in names for word in slips(name)} | set(WORDS.get(path, {})):
        answer = hint(path, word, names) or ""
        for name in harmful if "did you mean" in answer else ():
            if re.search(rf"\b{name}\b", answer):
                assert abs(len(name) - len(word)) <= 1, (word, answer)
                assert word[:1] == name[:1], (word, answer)


@pytest.mark.parametrize("word", ["top", "reload", "relo", "rel", "tart", "show", "x", "lock"])
def test_unlucky_likeness(word: str) -> None:
    """What only looks like a command that ends something is not taken for it."""
    names = cli.list_commands(click.Context(cli))
    answer = hint("", word, names) or ""
    assert not re.search(r"did you mean .*\b(stop|relogin|restart|shutdown)\b", answer)


@pytest.mark.parametrize(
    ("typed", "usage"),
    [
        ("help", "Usage: meshvisor [OPTIONS] COMMAND"),
        ("help logs", "Usage: meshvisor logs "),
        ("help jobs submit", "Usage: meshvisor jobs submit "),
        ("jobs help", "Usage: meshvisor jobs [OPTIONS]"),
        ("jobs help submit", "Usage: meshvisor jobs submit "),
        ("help help", "Usage: meshvisor help "),
    ],
)
def test_help_is_a_command(run: Run, typed: str, usage: str) -> None:
    """`help` shows what `--help` shows, of the program, of a group and of a command."""
    outcome = run(*typed.split())
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(usage)


def test_help_of_what_is_not_there(run: Run) -> None:
    """A wrong word behind `help` is answered like a wrong command."""
    assert "status?" in run("help", "statsu").err
    assert "'meshvisor jobs list'" in run("help", "jobs", "ls").err
    assert "has no commands of its own" in run("help", "status", "lobby").err


def test_version_is_a_command(run: Run) -> None:
    """`version` prints what `--version` prints, or JSON."""
    assert run("version").out == run("--version").out == run("-V").out
    assert run("version", "--json").json["version"] in run("version").out


def test_commands_stand_in_groups(run: Run) -> None:
    """The help of the program has headings, each command once below one of them."""
    text = run("--help").out
    for name in cli.list_commands(click.Context(cli)):
        assert len(re.findall(rf"^  {name} ", text, re.MULTILINE)) == 1
    headings = re.findall(r"^(\S[^:\n]*):$", text, re.MULTILINE)
    assert len(headings) > 5


@pytest.mark.parametrize("path", list(GROUPS))
def test_help_fits_a_terminal(run: Run, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal of 80 columns no line about a command is cut off."""
    monkeypatch.setenv("COLUMNS", "80")
    text = run(*path.split(), "--help").out
    cut = [line for line in text.splitlines() if line.endswith("...")]
    assert [line for line in cut if not line.startswith("Usage:")] == []


@pytest.mark.parametrize("path", list(GROUPS))
def test_examples(path: str) -> None:
    """Every group and every command has examples that are right."""
    group = GROUPS[path]
    context = click.Context(group)
    shown = [group, *(group.get_command(context, name) for name in group.list_commands(context))]
    for command in shown:
        assert isinstance(command, (Command, Group))
        assert command.examples, command.name
        for example in command.examples:
            assert mistake(f"meshvisor {example}") is None, example


def test_examples_are_shown(run: Run) -> None:
    """They stand at the end of the help, one per line and whole."""
    text = run("logs", "--help").out
    assert text.partition("Examples:\n")[2].startswith("  meshvisor logs lobby\n")
