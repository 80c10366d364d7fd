"""Documents of workflows as files: YAML and JSON, read with care and written for people.

Owns both formats.  Does not own what is a workflow (`model.definition`).
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from meshvisor.features.workflows.model.condition_text import as_line
from meshvisor.shared.errors import MissingError, UsageError

LARGEST_FILE: Final = 1024 * 1024
"""Bytes."""


class _NoAliases(yaml.SafeLoader):
    """Refuses what can make a small file a large document."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.get_mark()
            why = "aliases (*name) are not allowed; write it twice"
            raise yaml.composer.ComposerError(None, None, why, mark)
        return super().compose_node(parent, index)


# In YAML 1.1 `on:` and `no` are true and false; here they are words.
_NoAliases.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:bool"]
    for letter, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_NoAliases.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile("^(?:true|True|false|False)$"), list("tTfF")
)


def read_file(name: str) -> list[dict[str, Any]]:
    """Return the documents of a file; `-` is what comes on standard input.

    Raises:
        MissingError: it cannot be read.
        UsageError: it is neither YAML nor JSON; the sentence says where.
    """
    try:
        text = sys.stdin.read(LARGEST_FILE + 1) if name == "-" else Path(name).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or error
        raise MissingError(f"{name} cannot be read: {why}") from None
    if len(text) > LARGEST_FILE:
        raise UsageError(f"{name} is larger than {LARGEST_FILE // 1024} KiB")
    return read_text(text, name)


def read_text(text: str, name: str) -> list[dict[str, Any]]:
    """Return the documents in a text.

    Raises:
        UsageError: it is neither YAML nor JSON; the sentence says where.
    """
    try:
        found = list(yaml.load_all(text, _NoAliases))
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" line {mark.line + 1}, column {mark.column + 1}:" if mark else ""
        problem = getattr(error, "problem", None) or "it is nested too deep or has a wrong value"
        raise UsageError(f"{name}:{where} {problem}") from None
    documents = [one for one in found if one is not None]
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
    if not documents or not all(isinstance(one, Mapping) for one in documents):
        raise UsageError(f"{name} holds no workflow; it is an object with name, triggers and steps")
    return [dict(one) for one in documents]


def as_yaml(document: Mapping[str, Any]) -> str:
    """Return a stored form as YAML, its conditions in one line each."""
    return yaml.dump(
        readable(document), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96
    )


def as_json(document: Mapping[str, Any]) -> str:
    """Return a stored form as JSON."""
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def readable(value: Any) -> Any:
    """Return a stored form with conditions in one line, without what is empty."""
    if isinstance(value, Mapping):
        return {
            name: as_line(dict(one))
            if name in _CONDITIONS and isinstance(one, Mapping)
            else readable(one)
            for name, one in value.items()
            if one not in ("", [], {}) or name in ("steps", "triggers")
        }
    if isinstance(value, list):
        return [readable(one) for one in value]
    return value


_CONDITIONS: Final = ("when", "if", "where")


class _Dumper(yaml.SafeDumper):
    """Writes longer texts as blocks."""

    def ignore_aliases(self, data: Any) -> bool:
        del data
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> Any:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)
