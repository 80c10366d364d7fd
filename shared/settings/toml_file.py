"""The settings file as data, and the line on which each setting stands.

Owns reading `config/meshvisor.toml` and everything that can be wrong with it as a file.  Does
not own what the settings mean.  `shared.settings.load` calls it.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.home_files import read_file, unreadable
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.problems import Problem
from meshvisor.shared.single_user import for_others

MAX_SIZE: Final = 1024 * 1024
"""Bytes; more than that is not a settings file, and must not fill the memory."""

_LINE: Final = re.compile(r"\(at (?:line (\d+), column \d+|end of document)\)")


_TWICE: Final = ("Cannot declare", "Cannot overwrite a value", "Cannot mutate immutable namespace")
"""How `tomllib` begins to say that something stands twice."""


class SettingsFileError(Exception):
    """The file cannot be used at all.

    Attributes:
        problem: where and why.
    """

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.text)
        self.problem = problem


class TomlFile:
    """A parsed settings file.

    Attributes:
        path: where it is, or would be.
        data: the content; empty when the file is missing.
        mode: permission bits of the file; 0 when it is missing.
    """

    def __init__(self, path: Path, text: str, mode: int = 0) -> None:
        self.path = path
        self.mode = mode
        self._text = text
        self._lines: dict[Location, int] | None = None
        self.data = _parse(path, text)

    @classmethod
    def read(cls, path: Path) -> TomlFile:
        """Return the file at `path`; one that does not exist counts as empty.

        Raises:
            SettingsFileError: it is open to other users, or is no TOML.
            MissingError: it is there and cannot be read, or is no file.
        """
        content, mode = _read(path)
        return cls(path, _decode(path, content), mode)

    def line_of(self, location: Location) -> int | None:
        """Return the line of a setting, or of the nearest enclosing one that has a line."""
        if self._lines is None:
            # Only a wrong file is searched for lines: a correct one starts faster.
            self._lines = _find_lines(self._text)
        for length in range(len(location), 0, -1):
            if location[:length] in self._lines:
                return self._lines[location[:length]]
        return None


# ---- Reading -------------------------------------------------------------------------------------


def _read(path: Path) -> tuple[bytes, int]:
    """Return the content of a file and its permission bits."""
    try:
        content, status = read_file(path, MAX_SIZE)
    except FileNotFoundError:
        return b"", 0
    except OSError as error:
        raise unreadable(path, error) from error
    _check_status(path, status)
    if len(content) > MAX_SIZE:
        raise _wrong(path, f"is larger than {MAX_SIZE} bytes, too much for a settings file")
    return content, stat.S_IMODE(status.st_mode)


def _check_status(path: Path, status: os.stat_result) -> None:
    # Settings name the code that workers load, so a user who may write them may run code as us.
    if for_others(status.st_mode) & stat.S_IWOTH:
        raise _wrong(path, f"may be changed by every user; run: chmod o-w {path}")


def _decode(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise _wrong(path, "is not UTF-8 text", line=line) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = _LINE.search(str(error))
        line = text.count("\n") + 1
        if match and match[1]:
            line = int(match[1])
        if (again := _said_again(text, line, str(error))) is not None:
            raise _wrong(path, again, line=line) from error
        what = _LINE.sub("", str(error)).strip()
        raise _wrong(path, f"is not valid TOML: {what}", line=line) from error
    except (ValueError, RecursionError) as error:
        # Numbers of thousands of digits, and lists in lists in lists.
        raise _wrong(path, f"holds something too large: {error}") from error


def _wrong(path: Path, text: str, *, line: int | None = None) -> SettingsFileError:
    return SettingsFileError(Problem(str(path), f"the settings file {text}", line))


# ---- What stands twice ---------------------------------------------------------------------------


def _said_again(text: str, line: int, error: str) -> str | None:
    """Return what stands in a line for the second time and where the first is; None: nothing."""
    if not error.startswith(_TWICE):
        return None
    # Each statement is sound by itself, only all together are not.
    first: dict[Location, int] = {}
    table: Location = ()
    entries: dict[Location, int] = {}
    for number, statement in _statements(text):
        if number > line:
            return None
        content = tomllib.loads(statement)
        is_headline = statement.lstrip().startswith("[")
        if is_headline:
            table = location = _headline(content, entries)
        else:
            location = (*table, *_path(content))
        if location in first and _ends(number, statement) >= line:
            name = ".".join(map(str, location))
            shown = f"[{name}]" if is_headline else name
            remedy = "put what is below both under one" if is_headline else "keep one of them"
            where = f"here and in line {first[location]}"
            return f"is not valid TOML: {shown} stands twice, {where}; {remedy}"
        for length in range(1, len(location) + 1):
            first.setdefault(location[:length], number)
    return None


def _path(content: dict[str, Any]) -> Location:
    """Return the key of an assignment, of which `a.b = 1` has several parts."""
    path: Location = ()
    inner: Any = content
    while isinstance(inner, dict) and len(inner) == 1:
        key, inner = next(iter(inner.items()))
        path = (*path, key)
    return path


def _ends(number: int, statement: str) -> int:
    return number + statement.rstrip("\n").count("\n")


# ---- Lines ---------------------------------------------------------------------------------------


def _find_lines(text: str) -> dict[Location, int]:
    """Map every setting to its line.

    `tomllib` keeps no positions, but the text is known to be valid, so its statements can be
    parsed one by one: a headline or an assignment is complete as soon as it parses.
    """
    lines: dict[Location, int] = {}
    entries: dict[Location, int] = {}
    table: Location = ()
    for number, statement in _statements(text):
        content = tomllib.loads(statement)
        if statement.lstrip().startswith("["):
            table = _headline(content, entries)
            for length in range(1, len(table) + 1):
                lines.setdefault(table[:length], number)
        else:
            _note(content, table, number, lines)
    return lines


def _statements(text: str) -> Iterator[tuple[int, str]]:
    begin, statement = 1, ""
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        if not statement:
            begin = number
        statement += line
        try:
            empty = not tomllib.loads(statement)
        except tomllib.TOMLDecodeError:
            continue
        if not empty:
            yield begin, statement
        statement = ""


def _headline(content: dict[str, Any], entries: dict[Location, int]) -> Location:
    # Names that stand for a list of tables mean its newest entry: [[a]] then [a.b] is a[0].b.
    location: Location = ()
    inner: Any = content
    while isinstance(inner, dict) and inner:
        key, inner = next(iter(inner.items()))
        location = (*location, key)
        if isinstance(inner, list):
            entries[location] = entries.get(location, -1) + 1
            inner = inner[0]
        if location in entries:
            location = (*location, entries[location])
    return location


def _note(value: Any, location: Location, number: int, lines: dict[Location, int]) -> None:
    if location:
        lines.setdefault(location, number)
    if isinstance(value, dict):
        for key, inner in value.items():
            _note(inner, (*location, key), number, lines)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            _note(inner, (*location, index), number, lines)
