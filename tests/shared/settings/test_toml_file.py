from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.shared.errors import MissingError
from meshvisor.shared.settings.toml_file import MAX_SIZE, SettingsFileError, TomlFile


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A settings file that does not exist yet."""
    return tmp_path / "meshvisor.toml"


def problem(path: Path) -> str:
    """The report about the file, without its folder."""
    with pytest.raises(SettingsFileError) as caught:
        TomlFile.read(path)
    return str(caught.value.problem).removeprefix(f"{path.parent}/")


def unreadable(path: Path) -> str:
    """What is said of a file that is there and cannot be read."""
    with pytest.raises(MissingError) as caught:
        TomlFile.read(path)
    return str(caught.value)


def test_missing_file_is_empty(path: Path) -> None:
    """A file that is not there counts as empty."""
    assert TomlFile.read(path).data == {}


def test_byte_order_mark_is_skipped(path: Path) -> None:
    """Files of editors that begin with a byte order mark are read."""
    path.write_bytes(b"\xef\xbb\xbf[fleet]\r\nmax_processes = 1\r\n")
    assert TomlFile.read(path).data == {"fleet": {"max_processes": 1}}


def test_broken_link(path: Path) -> None:
    """A link to nowhere is a mistake, not a missing file."""
    path.symlink_to("elsewhere.toml")
    assert "links to elsewhere.toml, which does not exist" in unreadable(path)


def test_folder_in_its_place(path: Path) -> None:
    """A folder of that name is reported."""
    path.mkdir()
    assert f"it is not a file): mv {path} " in unreadable(path)


def test_pipe_in_its_place_does_not_block(path: Path) -> None:
    """A named pipe would be waited for without end."""
    os.mkfifo(path)
    assert f"it is not a file): mv {path} " in unreadable(path)


def test_file_open_to_all(path: Path) -> None:
    """A user who may write the settings may run code, so the start refuses and says what to do."""
    path.touch()
    path.chmod(0o666)
    assert problem(path).endswith(f"may be changed by every user; run: chmod o-w {path}")


def test_huge_file(path: Path) -> None:
    """A file that cannot be settings does not fill the memory."""
    path.write_bytes(b"#" * (MAX_SIZE + 1))
    assert "too much for a settings file" in problem(path)


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"a = 1\nb = [\n", 3),
        (b"a = 1\na = 2\n", 2),
        (b"[a]\n[a]\n", 2),
        (b"\n\n= 3\n", 3),
        (b"a = '\xff'\n", 1),
        (b"a = 1\nb = '\xff'\n", 2),
    ],
)
def test_syntax_errors_have_a_line(path: Path, content: bytes, line: int) -> None:
    """What is no TOML, or no text, is found by its line."""
    path.write_bytes(content)
    assert problem(path).startswith(f"meshvisor.toml:{line}: the settings file is not ")


@pytest.mark.parametrize("content", ["a = " + "9" * 5000, "a = " + "[" * 5000 + "]" * 5000])
def test_absurd_values(path: Path, content: str) -> None:
    """Numbers and nesting beyond what Python takes are refused, not raised."""
    path.write_text(content)
    assert problem(path).startswith("meshvisor.toml")


def test_lines_of_settings() -> None:
    """Every way to write a setting in TOML leads back to its line."""
    text = '''# comment
top.a = 1
inline = { x = 1, y = { z = 2 } }

[table] # [not.this]
text = """
fake = 1
"""
many = [
  1, # [nor.this]
  2,
]
"quo ted" = 1
[table.sub]
key = 1
[[list]]
a = 1
[list.sub]
b = 1
[[list]]
[[list.inner]]
c = 1
'''
    file = TomlFile(Path("x"), text)
    lines = {
        ("top", "a"): 2,
        ("inline", "y", "z"): 3,
        ("table",): 5,
        ("table", "text"): 6,
        ("table", "fake"): 5,
        ("table", "many"): 9,
        ("table", "many", 1): 9,
        ("table", "quo ted"): 13,
        ("table", "sub", "key"): 15,
        ("list", 0): 16,
        ("list", 0, "a"): 17,
        ("list", 0, "sub", "b"): 19,
        ("list", 1, "missing"): 20,
        ("list", 1, "inner", 0, "c"): 22,
        ("unknown",): None,
    }
    assert {location: file.line_of(location) for location in lines} == lines


KEYS = st.from_regex(r"[a-z]{1,3}", fullmatch=True)


@given(st.lists(st.tuples(KEYS, st.lists(KEYS, max_size=4, unique=True)), unique_by=lambda t: t[0]))
def test_lines_of_any_file(tables: list[tuple[str, list[str]]]) -> None:
    """The line that is named always begins with the key that was asked for."""
    text = "".join(
        f"[{table}]\n" + "".join(f"# {key} = 0\n{key} = '''\n{key} = 2\n'''\n" for key in keys)
        for table, keys in tables
    )
    file = TomlFile(Path("x"), text)
    lines = text.split("\n")
    for table, keys in tables:
        for key in keys:
            line = file.line_of((table, key))
            assert line is not None
            assert lines[line - 1] == f"{key} = '''"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "[a]\nx = 1\n[b]\n[a]\ny = 2\n",
            4,
            "[a] stands twice, here and in line 1; put what is",
        ),
        ("[a.b]\n#\n[a]\n[a.b]\n", 4, "[a.b] stands twice, here and in line 1"),
        (
            "[a]\nx = 1\n\nx = 2\n",
            4,
            "a.x stands twice, here and in line 2; keep one of them",
        ),
        (
            '[a]\nx = "1"\nx = """\n2\n"""\n',
            3,
            "a.x stands twice, here and in line 2",
        ),
        (
            "[[m]]\nid = 1\n[[m]]\nid = 2\nid = 3\n",
            5,
            "m.1.id stands twice, here and in line 4",
        ),
        ("x = 1\n[x]\n", 2, "[x] stands twice, here and in line 1"),
        ("[a]\na.b = 1\na.b = 2\n", 3, "a.a.b stands twice, here and in line 2"),
    ],
)
def test_what_stands_twice(tmp_path: Path, text: str, line: int, said: str) -> None:
    """Both lines are named, in the words of the file."""
    path = tmp_path / "meshvisor.toml"
    path.write_text(text)
    with pytest.raises(SettingsFileError) as caught:
        TomlFile.read(path)
    assert f"the settings file is not valid TOML: {said}" in caught.value.problem.text
    assert abs((caught.value.problem.line or 0) - line) <= 2
    assert "(" not in caught.value.problem.text
