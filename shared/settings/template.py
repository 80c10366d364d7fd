"""The commented settings file that a new home begins with.

Owns putting it together and setting values in place.  The text of each section is its owner's: the
kernel's is `settings.toml` beside this module, a feature's the file of that name beside its
`settings.py`.  `config/meshvisor.toml` is the whole; a test keeps it so.  Does not own whether
values are allowed.  Called by `meshvisor init`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Final

from meshvisor.shared.feature import features
from meshvisor.shared.settings.model import declared_sections, settings_class
from meshvisor.shared.settings.section import Tables

_FILE: Final = "settings.toml"
"""Holds what an owner says about its sections, in paragraphs.

A paragraph with a headline, such as `[jobs]` or `#[[lanes]]`, begins a section; those below it
belong to it and come in the order of the model, whichever feature they are from.
"""

_TABLE: Final = re.compile(r"\[(\w+)\]$")
_HEADLINE: Final = re.compile(r"^#?\[+(\w+)(?:\.\w+)?\]+$", re.MULTILINE)
_SETTING: Final = re.compile(r"^#(\w+) = ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Choices:
    """What a new home needs said; everything else begins with its default."""

    settings: Mapping[tuple[str, str], str | tuple[str, ...]] = field(default_factory=dict)
    """Values by section and setting, such as `("platform", "url")`."""
    meshes: tuple[str, ...] = ()
    """Ids of the meshes that are always wanted."""
    mesh_settings: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """What each of them says beside its id.  An `account` gets a table, whose secrets are to be
    filled in."""
    account_settings: Mapping[str, str] = field(default_factory=dict)
    """What that table says beside its transport, as far as it is known."""


@cache
def template() -> str:
    """Return the file with every setting as a comment: it means the defaults."""
    head, sections = _read()
    last = {
        name
        for _, name, section in declared_sections()
        if isinstance(section, Tables) and section.is_last
    }
    fields = settings_class().model_fields
    paragraphs = [head]
    for name in sorted(fields, key=last.__contains__):
        headline, *settings = sorted(sections[name], key=_place(fields[name].annotation))
        paragraphs += [headline, *settings]
    return "\n\n".join(paragraphs) + "\n"


def filled(choices: Choices) -> str:
    """Return the file with the choices set in their places and all comments kept."""
    text = template()
    for (section, setting), chosen in choices.settings.items():
        text = _set(text, section, setting, chosen)
    if account := choices.mesh_settings.get("account"):
        transport = _quoted(choices.mesh_settings["transport"])
        text += f"\n[accounts.{account}]\ntransport = {transport}\n"
        for name, secret in choices.account_settings.items():
            text += f"{name} = {_quoted(secret)}\n"
    for mesh in choices.meshes:
        text += f"\n[[meshes]]\nid = {_quoted(mesh)}\n"
        for name, value in choices.mesh_settings.items():
            text += f"{name} = {_quoted(value)}\n"
    return text


# Private


def _read() -> tuple[str, dict[str, list[str]]]:
    """Return what stands above all sections, and the paragraphs of each."""
    files = [Path(__file__).with_name(_FILE)]
    files += [feature.folder(_FILE) for feature in features() if feature.settings]
    head, sections = "", dict[str, list[str]]()
    for file in files:
        section: list[str] | None = None
        for paragraph in file.read_text(encoding="utf-8").strip().split("\n\n"):
            if (headline := _HEADLINE.search(paragraph)) is not None:
                section = sections.setdefault(headline[1], [])
                if section and headline[0] == paragraph:
                    continue  # adds to a section that has a headline
                section[:] = [paragraph, *(one for one in section if _HEADLINE.search(one) is None)]
            elif section is None:
                head = paragraph
            else:
                section.append(paragraph)
    return head, sections


def _place(model: Any) -> Callable[[str], int]:
    """Return the key that puts the paragraphs of a section in the order of its settings."""
    names = list(getattr(model, "model_fields", ()))

    def place(paragraph: str) -> int:
        if _HEADLINE.search(paragraph) is not None:
            return -1
        setting = _SETTING.search(paragraph)
        assert setting is not None, f"no setting in {paragraph!r}"
        return names.index(setting[1])

    return place


def _set(text: str, section: str, name: str, value: str | tuple[str, ...]) -> str:
    lines = text.splitlines(keepends=True)
    table = ""
    for index, line in enumerate(lines):
        if (headline := _TABLE.match(line)) is not None:
            table = headline[1]
        elif table == section and line.startswith(f"#{name} = "):
            lines[index] = f"{name} = {_quoted(value)}\n"
            return "".join(lines)
    raise KeyError(f"{section}.{name} is not in the template")


def _quoted(value: str | tuple[str, ...]) -> str:
    # The JSON of a printable text is TOML, too, and so is that of several.
    return json.dumps(value, ensure_ascii=False)
