"""Items of a new job from an option, a file and a pipe."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from meshvisor.features.jobs.cli.items_given import MAX_LINE, given_items
from meshvisor.features.jobs.model.job import MAX_ITEMS
from meshvisor.shared.errors import UsageError


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file's name."""
    return tmp_path / "keys.txt"


def test_none_given() -> None:
    """A job without items is another one than a job with an empty list."""
    assert given_items(None, None) is None


def test_between_commas() -> None:
    """Blanks around keys and commas too many do not matter; order and repetitions stay."""
    assert given_items(" a, b c ,,a,", None) == ["a", "b c", "a"]


def test_file(file: Path) -> None:
    """A key per line, without comments, empty lines and what editors add, behind those listed."""
    file.write_bytes("\ufeffeins\r\n\n  # a comment\nzwei \n#\n  drei\nvier".encode())
    assert given_items("null", str(file)) == ["null", "eins", "zwei", "drei", "vier"]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash is stdin."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO("a\nä\n".encode())))
    assert given_items(None, "-") == ["a", "ä"]


@pytest.mark.parametrize("listed", ["", " ", ",", " , "])
def test_empty_list(listed: str, file: Path) -> None:
    """A list that turns out empty is a mistake, wherever it comes from."""
    file.write_text("# nothing\n\n")
    for arguments in ((listed, None), (None, str(file)), (listed, str(file))):
        with pytest.raises(UsageError, match="list of items is empty"):
            given_items(*arguments)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"a\x07b", "line 2 of .*control characters"),
        (b"\xff\xfe", "line 2 of .*no text in UTF-8"),
        (b"k" * 201, "line 2 of .*201 characters; 200 are allowed"),
        (b"#" * (MAX_LINE + 1), "line 2 of .*too long"),
    ],
)
def test_wrong_line(file: Path, line: bytes, said: str) -> None:
    """What cannot be a key is named with its line."""
    file.write_bytes(b"fine\n" + line + b"\nfine\n")
    with pytest.raises(UsageError, match=said):
        given_items(None, str(file))


def test_wrong_key_in_a_list() -> None:
    """The same without a line."""
    with pytest.raises(UsageError, match=r"^the item 'a\\x07' has control characters"):
        given_items("a\x07", None)


def test_no_file(tmp_path: Path) -> None:
    """A file that cannot be read is said with the reason and what is allowed."""
    for name in (tmp_path / "none", tmp_path):
        with pytest.raises(UsageError, match=r"cannot be read from .*; name a file with one key"):
            given_items(None, str(name))


def test_a_pipe_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading ends at the first key too many."""

    class Endless:
        def readline(self, limit: int) -> bytes:
            return b"k\n"[:limit]

    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=Endless()))
    with pytest.raises(UsageError, match=f"too many .* up to {MAX_ITEMS:,}"):
        given_items("a", "-")
