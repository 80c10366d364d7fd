"""From chat messages to commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.worker.mesh.commands.parser import LONGEST_COMMAND, Parser, split_arguments


@pytest.mark.parametrize(
    ("text", "name", "args"),
    [
        ("?ping", "ping", ()),
        ("  ?ping  ", "ping", ()),
        ("?PiNg", "PiNg", ()),
        ("?say hello world", "say", ("hello", "world")),
        ('?say "hello world" twice', "say", ("hello world", "twice")),
        ("?say 'hello world'", "say", ("hello world",)),
        ("?say “hello world” «du monde»", "say", ("hello world", "du monde")),
        ("?say don't", "say", ("don't",)),
        ("?say 'tis the season of o'clock", "say", ("'tis", "the", "season", "of", "o'clock")),
        ('?say it is 5" wide', "say", ("it", "is", '5"', "wide")),
        ('?say "unfinished business', "say", ('"unfinished', "business")),
        ('?say ""', "say", ("",)),
        ("?say\nnew line", "say", ("new", "line")),
        ("?größe 3", "größe", ("3",)),
    ],
)
def test_commands(text: str, name: str, args: tuple[str, ...]) -> None:
    """Name and arguments are found, quotes hold words together, apostrophes do not."""
    invocation = Parser(["?"]).parse(text)
    assert invocation is not None
    assert (invocation.name, invocation.args) == (name, args)


@pytest.mark.parametrize("text", ["", "ping", "???", "?", "? ping", "?!", "what?", "?" + "x" * 33])
def test_mere_talk(text: str) -> None:
    """A prefix without a name behind it is no command."""
    assert Parser(["?"]).parse(text) is None


@pytest.mark.parametrize(
    ("text", "prefix"),
    [
        ("!ping", "!"),
        ("!!ping", "!!"),
        ("bot:ping", "bot:"),
        ("bot: ping", "bot:"),
        ("bot ping", "bot"),
    ],
)
def test_the_longest_prefix_counts(text: str, prefix: str) -> None:
    """Of several prefixes that fit the longest is taken, in whatever order they were given."""
    invocation = Parser(["!", "bot", "bot:", "!!"]).parse(text)
    assert invocation is not None
    assert (invocation.prefix, invocation.name) == (prefix, "ping")


def test_a_prefix_of_letters_is_a_word_of_its_own() -> None:
    """Words that merely begin like the prefix are no commands."""
    assert Parser(["bot"]).parse("bottle of water") is None


def test_the_argument_text_is_kept_as_written() -> None:
    """A command that wants the text and not its words gets quotes and spaces."""
    invocation = Parser(["?"]).parse('?say  "a  b"   c ')
    assert invocation is not None
    assert invocation.argument_text == '"a  b"   c'


@given(st.text())
def test_any_text_can_be_parsed(text: str) -> None:
    """Nothing raises, and no argument is made of whitespace that was not quoted."""
    Parser(["?", "!"]).parse("?x " + text)
    for word in split_arguments(text.replace('"', "").replace("'", "")):
        assert word


@given(st.lists(st.text(st.characters(exclude_characters="\"'“”„«»"), min_size=1)))
def test_quoted_words_come_back(words: list[str]) -> None:
    """Words in double quotes come back as they were."""
    text = " ".join(f'"{word}"' for word in words)
    assert split_arguments(text) == tuple(words)


@pytest.mark.parametrize("word", ['"a ', "'a ", "“a ", '""a ', '"a" ', "'\"", '" '])
def test_any_number_of_quotes(word: str) -> None:
    """Half a million signs are gone through once: looking for each end anew would take hours."""
    words = split_arguments(word * 150_000)
    assert sum(map(len, words)) > 0


def test_a_command_that_is_too_long() -> None:
    """It is still known which command it is, and its arguments are not looked at."""
    invocation = Parser(["?"]).parse("?say " + "x " * LONGEST_COMMAND)
    assert invocation is not None
    assert (invocation.name, invocation.args, invocation.too_long) == ("say", (), True)
    assert Parser(["?"]).parse("?" + "x" * LONGEST_COMMAND * 2) is None
