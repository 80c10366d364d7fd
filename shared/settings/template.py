"""The commented settings file that a new home begins with.

Owns the text (`meshvisor.toml` beside this module, so that an installed package has it as well as a
checkout; `config/meshvisor.toml` is the same file, and a test keeps it so) and setting values in
place.  Does not own whether they are allowed.  Called by `meshvisor init`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_FILE: Final = Path(__file__).with_name("meshvisor.toml")

_TABLE: Final = re.compile(r"\[(\w+)\]$")


@dataclass(frozen=True, slots=True)
class Choices:
    """What a new home needs said; everything else begins with its default."""

    url: str = ""
    """`platform.url`; empty: no platform is asked for meshes."""
    server: str = ""
    """`platform.server`; empty: the default."""
    meshes: tuple[str, ...] = ()
    """Ids of the meshes that are always wanted."""


@cache
def template() -> str:
    """Return the file with every setting as a comment: it means the defaults."""
    return _FILE.read_text(encoding="utf-8")


def filled(choices: Choices) -> str:
    """Return the file with the choices set in their places and all comments kept."""
    text = template()
    if choices.url:
        text = _set(text, "platform", "url", choices.url)
    if choices.server:
        text = _set(text, "platform", "server", choices.server)
    for mesh in choices.meshes:
        text += f"\n[[meshes]]\nid = {_quoted(mesh)}\n"
    return text


# Private


def _set(text: str, section: str, name: str, value: str) -> str:
    lines = text.splitlines(keepends=True)
    table = ""
    for index, line in enumerate(lines):
        if (headline := _TABLE.match(line)) is not None:
            table = headline[1]
        elif table == section and line.startswith(f"#{name} = "):
            lines[index] = f"{name} = {_quoted(value)}\n"
            return "".join(lines)
    raise KeyError(f"{section}.{name} is not in {_FILE.name}")


def _quoted(value: str) -> str:
    # The JSON of a printable text is TOML, too.
    return json.dumps(value, ensure_ascii=False)
