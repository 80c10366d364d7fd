"""The pages say everything in every language that they offer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")


def test_every_language_has_the_same_words(project: Path) -> None:
    """English and German have the same keys, and none is empty."""
    english, german = _words(project, "en"), _words(project, "de")
    assert english.keys() == german.keys()
    assert all(english.values())
    assert all(german.values())


def test_a_translation_names_nothing_that_its_page_does_not_give(project: Path) -> None:
    """A German sentence fills in only what the English one fills in, too."""
    english, german = _words(project, "en"), _words(project, "de")
    for key in english.keys() & german.keys():
        given = set(PLACEHOLDER.findall(english[key]))
        assert set(PLACEHOLDER.findall(german[key])) <= given | {"count"}, key


def _words(project: Path, language: str) -> dict[str, str]:
    file = project / "console" / "web" / "src" / "i18n" / f"{language}.json"
    return dict(_flat(json.loads(file.read_text(encoding="utf-8"))))


def _flat(words: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, word in words.items():
        if isinstance(word, dict):
            yield from _flat(word, f"{before}{name}.")
        else:
            yield f"{before}{name}", word
