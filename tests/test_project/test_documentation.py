"""What people read is true where a program can tell: links, commands, examples, words."""

from __future__ import annotations

import re
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from meshvisor.shared.paths import Home
from meshvisor.shared.settings.load import load_settings
from meshvisor.supervisor.cli.root import cli
from meshvisor.worker.mesh.commands.registry import COMMANDS
from meshvisor.worker.mesh.events import HANDLERS
from meshvisor.worker.plugins import Source, load_one

PROJECT = Path(__file__).parents[2]

PAGES = sorted(
    [
        *PROJECT.glob("*.md"),
        *(PROJECT / "docs").rglob("*.md"),
        *(PROJECT / "examples").rglob("*.md"),
    ]
)

WITH_PLUGINS = ("README.md", "docs/plugins.md")
"""Pages whose Python examples are whole plug-ins."""

SHELL_WORDS = ("|", "||", "&&", ";", "&", ">", ">>")
"""Where a command ends."""

PLACEHOLDER = re.compile(r"[A-Z…<\[.]")
"""How something begins that a reader is to replace, such as MESH or […]."""

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(PROJECT)))


# ---- Links ---------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Return what links to this page may have behind `#`, as code hosts make it of headings."""
    headings = re.findall(r"^#+ +(.+)$", page.read_text(), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).strip().replace(" ", "-") for text in headings}


def broken_links(page: Path) -> list[str]:
    """Return the relative links of a page that lead nowhere."""
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", without_code(page.read_text())):
        path, _, anchor = target.partition("#")
        if "://" in target:
            continue
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            broken.append(target)
    return broken


def without_code(text: str) -> str:
    """Return a page without its blocks of code."""
    return re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    """Every relative link leads to a file that is there, and to a heading in it."""
    assert broken_links(page) == []


# ---- Commands ------------------------------------------------------------------------------------


def command_lines(text: str) -> Iterator[str]:
    """Yield what a page tells people to type.

    In blocks marked as `sh` that is every line, in others every line behind a `$`; in running text
    it is what stands in backquotes.
    """
    for language, block in re.findall(r"^```(\w*)\n(.*?)^```", text, re.MULTILINE | re.DOTALL):
        for line in block.splitlines():
            if line.startswith("$ ") or language == "sh":
                yield line.removeprefix("$ ")
    yield from re.findall(r"`([^`\n]+)`", without_code(text))


def mistake(line: str) -> str | None:
    """Return what is wrong with the `meshvisor` and `make` commands in a line; None: nothing."""
    words = words_of(line)
    for position, word in enumerate(words):
        before = words[position - 1] if position else ""
        rest = words[position + 1 :]
        # Behind an option it is the user or the unit of that name.
        is_program = Path(word).name == "meshvisor" and "=" not in word
        if is_program and not before.startswith("-") and rest:
            return wrong_meshvisor(rest)
        if word == "make" and position == 0:
            return wrong_make(rest)
    return None


def words_of(line: str) -> list[str]:
    """Return the words of the first command in a line, its comment left out."""
    try:
        words = shlex.split(line, comments=True)
    except ValueError:
        # An apostrophe or a quote that is text, not shell.
        words = line.split()
    end = next((at for at, word in enumerate(words) if word in SHELL_WORDS), len(words))
    return words[:end] if "meshvisor" not in " ".join(words[end:]) else words[end:]


def wrong_meshvisor(words: list[str]) -> str | None:
    """Return the first word behind `meshvisor` that its command line does not know."""
    command: click.Command = cli
    known = options(command)
    rest = iter(words)
    for word in rest:
        if word in SHELL_WORDS or word == "--":  # what follows is of another program
            break
        if word.startswith("-"):
            name, assigned, _ = word.partition("=")
            if name not in known:
                return word
            if not known[name] and not assigned:
                next(rest, None)
        elif isinstance(command, click.Group) and not PLACEHOLDER.match(word):
            found = command.get_command(click.Context(command), word.rstrip(","))
            if found is None:
                return word
            command = found
            known |= options(command)
    return None


def options(command: click.Command) -> dict[str, bool]:
    """Return the options of a command, and whether each is a mere flag."""
    context = click.Context(command, help_option_names=["-h", "--help"])
    return {
        name: parameter.is_flag
        for parameter in command.get_params(context)
        if isinstance(parameter, click.Option)
        for name in parameter.opts
    }


def wrong_make(words: list[str]) -> str | None:
    """Return the first word behind `make` that is no target of the Makefile."""
    targets = re.findall(r"^([a-z-]+):", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)
    for word in words:
        if "=" not in word and not word.startswith("-") and word not in targets:
            return word
    return None


@every_page
def test_commands_exist(page: Path) -> None:
    """Every command that a page tells people to type is one, with options that it has."""
    lines = command_lines(page.read_text())
    assert {line: wrong for line in lines if (wrong := mistake(line))} == {}


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("meshvisor stauts", "stauts"),
        (".venv/bin/meshvisor blocklist ban lobby", "ban"),
        ("echo '?ping' | meshvisor chat lobby --nick me", "--nick"),
        ("meshvisor playground kick lobby --ban", None),
        ("meshvisor playground FAULT [ROOM]", None),
        ("systemctl enable --now meshvisor", None),
        ("sudo -u meshvisor HOME=/srv/meshvisor /opt/bin/meshvisor log", "log"),
        ("make tset", "tset"),
        ('make run ARGS="--rooms 5"', None),
    ],
)
def test_wrong_commands_would_be_found(line: str, wrong: str | None) -> None:
    """The test above knows a command that does not exist."""
    assert mistake(line) == wrong


# ---- Examples and words --------------------------------------------------------------------------


def plugins() -> list[tuple[str, str]]:
    """Return page and text of every Python example."""
    return [
        (name, block)
        for name in WITH_PLUGINS
        for block in re.findall(
            r"^```python\n(.*?)^```", (PROJECT / name).read_text(), re.MULTILINE | re.DOTALL
        )
    ]


def test_plugins_in_the_pages_load(tmp_path: Path) -> None:
    """Every plug-in that a page shows can be loaded as it is shown."""
    assert plugins()
    for number, (name, text) in enumerate(plugins()):
        file = tmp_path / f"shown_{number}.py"
        file.write_text(text)
        commands, handlers = COMMANDS.snapshot(), HANDLERS.snapshot()
        try:
            report = load_one(Source(name, "file", str(file)))
        finally:
            COMMANDS.restore(commands)
            HANDLERS.restore(handlers)
        assert report.ok, f"{name}: {report.traceback}"


def test_settings_in_the_pages_are_allowed(home: Home) -> None:
    """Every example of settings would be taken as it is shown."""
    home.config.mkdir()
    home.settings_file.touch(mode=0o600)  # an example may hold a secret
    for page in PAGES:
        for block in re.findall(r"^```toml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL):
            home.settings_file.write_text(block)
            load_settings(home, {})


def test_words_are_defined_once() -> None:
    """The glossary defines no word twice."""
    text = (PROJECT / "docs" / "glossary.md").read_text()
    defined = Counter(re.findall(r"\*\*([^*]+)\*\*", text))
    assert defined
    assert [word for word, times in defined.items() if times > 1] == []


def test_every_decision_is_listed() -> None:
    """The page of decisions lists each of them under its title."""
    folder = PROJECT / "docs" / "decisions"
    index = (folder / "README.md").read_text()
    for page in sorted(folder.glob("0*.md")):
        number, _, title = page.read_text().splitlines()[0].removeprefix("# ").partition(": ")
        assert f"| [{number}]({page.name}) | {title} |" in index
