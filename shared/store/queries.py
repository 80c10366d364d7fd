"""Named statements in `.sql` files.

Owns their format.  Each module that asks the database has its statements in a file beside it:

    -- name: insert_admin
    -- Adds an admin, or makes an inactive one active again.
    INSERT INTO …;

The name is how the module asks for it, the comment says what it is for, and the rest up to the
next name is one statement.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, NoReturn

_NAME: Final = re.compile(r"^-- name:(.*)$", re.MULTILINE)
_IDENTIFIER: Final = re.compile(r"[a-z][a-z0-9_]*")


class _Queries(dict[str, str]):
    """Statements by their names; an unknown name says which ones there are."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path

    def __missing__(self, name: str) -> NoReturn:
        raise KeyError(f"{self.path.name} has no query {name!r}; it has: {', '.join(self)}")


@cache
def load_queries(path: Path) -> Mapping[str, str]:
    """Return the statements of a file by name; read once in the life of the process.

    Args:
        path: usually `Path(__file__).with_suffix(".sql")`.

    Returns:
        Statements without their description and without the last semicolon.  Asked for a name
        that is not there it raises a `KeyError` that says which names are.

    Raises:
        OSError: the file cannot be read.
        ValueError: a name is used twice or is no lower-case identifier, or a description or a
            statement is missing.
    """
    queries = _Queries(path)
    _, *rest = _NAME.split(path.read_text(encoding="utf-8"))
    for name, block in zip(map(str.strip, rest[::2]), rest[1::2], strict=True):
        if not _IDENTIFIER.fullmatch(name) or name in queries:
            raise ValueError(f"{path} names a query {name!r}, which is no new identifier")
        queries[name] = _statement(path, name, block)
    return queries


def _statement(path: Path, name: str, block: str) -> str:
    lines = block.strip().splitlines()
    count = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
    statement = "\n".join(lines[count:]).strip().removesuffix(";").rstrip()
    if not count or not statement:
        raise ValueError(f"{path} has no description or no statement for the query {name!r}")
    return statement
