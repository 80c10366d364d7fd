"""`python -m meshvisor.console.known_wordings`: every sentence that has a code, as JSON.

`make api` writes it to `console/web/src/i18n/wordings.json`, by which the pages recognize what is
kept as text and say it in the language of their reader.  Read from the source, so that nothing has
to be loaded or registered; a test compares the two, and each language with them.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

_PACKAGES: Final = ("shared", "supervisor", "features", "console")
_NAME: Final = "Wording"


def known_wordings() -> dict[str, str]:
    """Return the text of each wording by its code.

    Raises:
        ValueError: two have the same code, or one is no literal.
    """
    found: dict[str, str] = {}
    for path in _sources():
        for code, text in _of(path):
            if code in found:
                raise ValueError(f"{path}: there is a wording {code!r} already")
            found[code] = text
    return dict(sorted(found.items()))


def as_text(wordings: dict[str, str]) -> str:
    """Return the file as it stands in the checkout."""
    return json.dumps(wordings, indent=1, ensure_ascii=False) + "\n"


# Private


def _sources() -> Iterator[Path]:
    root = Path(__file__).parents[1]
    for package in _PACKAGES:
        yield from sorted((root / package).rglob("*.py"))


def _of(path: Path) -> Iterator[tuple[str, str]]:
    source = path.read_text(encoding="utf-8")
    if f"{_NAME}(" not in source:
        return
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == _NAME:
            values = [one.value for one in node.args if isinstance(one, ast.Constant)]
            if len(values) != 2:
                raise ValueError(f"{path}:{node.lineno}: a wording is a code and a text")
            yield str(values[0]), str(values[1])


if __name__ == "__main__":
    sys.stdout.write(as_text(known_wordings()))
