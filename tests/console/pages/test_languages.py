"""The pages say everything in every language that they offer."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Any

from meshvisor.console.app import describe
from meshvisor.console.known_wordings import as_text, known_wordings
from meshvisor.supervisor.events.service import all_kinds

MISTAKES = {
    "required": ("missing",),
    "additionalProperties": ("extra_forbidden",),
    "string": ("string_type",),
    "integer": ("int_type", "int_parsing", "int_from_float"),
    "number": ("float_type", "float_parsing", "finite_number"),
    "boolean": ("bool_type", "bool_parsing"),
    "array": ("list_type",),
    "object": ("dict_type", "model_attributes_type", "json_invalid"),
    "minimum": ("greater_than_equal",),
    "exclusiveMinimum": ("greater_than",),
    "maximum": ("less_than_equal",),
    "exclusiveMaximum": ("less_than",),
    "minLength": ("string_too_short",),
    "maxLength": ("string_too_long",),
    "minItems": ("too_short",),
    "maxItems": ("too_long",),
    "pattern": ("string_pattern_mismatch",),
    "enum": ("literal_error", "enum"),
    "date-time": ("timezone_aware",),
}
"""What can be wrong where the document says so, by the names that pydantic gives mistakes."""

AUDITED = re.compile(r'(?:audit\.(?:add|done)|records\.change|\bnote)\([^"]*"([a-z_.]+)"')

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


def test_every_kind_of_event_has_a_sentence(project: Path) -> None:
    """Names of kinds are never shown, neither in the timeline nor on the overview."""
    words = _words(project, "en")
    assert [one.name for one in all_kinds() if f"events.said.{one.name}" not in words] == []
    source = project / "console" / "web" / "src" / "features" / "overview" / "queries.ts"
    shown = re.findall(r'"([a-z]+\.[a-z_]+)"', source.read_text(encoding="utf-8"))
    assert "schedule.missed" in shown
    said = {name.removesuffix("_one") for name in words}
    assert [kind for kind in shown if f"fleet.happened.{kind}" not in said] == []


def test_fields_of_the_api_are_explained_in_every_language(project: Path) -> None:
    """What is said of parameters and of bodies; and nothing is kept that is said no more."""
    document = describe()
    operations = [one for methods in document["paths"].values() for one in methods.values()]
    said = {
        parameter["description"]
        for operation in operations
        for parameter in operation.get("parameters", ())
        if parameter.get("description")
    }
    schemas = document["components"]["schemas"]
    bodies = [operation.get("requestBody", {}) for operation in operations]
    for name in _named_in(bodies, schemas):
        fields = schemas[name].get("properties", {}).values()
        said |= {field["description"] for field in fields if field.get("description")}
    for path in (project / "console" / "web" / "src" / "i18n").glob("api.*.json"):
        assert json.loads(path.read_text(encoding="utf-8"))["parameters"].keys() == said, path


def _named_in(some: Any, schemas: dict[str, Any]) -> set[str]:
    """Return the names of the schemas that these consist of."""
    found: set[str] = set()
    waiting = [some]
    while waiting:
        new = set(re.findall(r"#/components/schemas/([^']+)", str(waiting.pop()))) - found
        found |= new
        waiting += [schemas[name] for name in new]
    return found


def test_every_sentence_with_a_code_is_said_by_the_pages(project: Path) -> None:
    """Words of the command line are never shown; run 'make api' after a change of a wording."""
    wordings = known_wordings()
    kept = project / "console" / "web" / "src" / "i18n" / "wordings.json"
    assert kept.read_text(encoding="utf-8") == as_text(wordings), "run 'make api'"
    for language in ("en", "de"):
        words = _words(project, language)
        said = {key.removeprefix("wordings.") for key in words if key.startswith("wordings.")}
        assert said == set(wordings)
        for code, text in wordings.items():
            filled = set(PLACEHOLDER.findall(words[f"wordings.{code}"]))
            assert filled <= {name for _, name, _, _ in Formatter().parse(text)}, (language, code)
            assert "meshvisor " not in words[f"wordings.{code}"], (language, code)


def test_every_mistake_in_a_field_is_said_by_the_pages(project: Path) -> None:
    """Those that the fields of bodies, paths and queries can have, as the document has them."""
    words = _words(project, "en")
    schema = json.dumps(describe())
    possible = {code for word, codes in MISTAKES.items() if f'"{word}"' in schema for code in codes}
    assert [code for code in sorted(possible) if f"fieldProblems.{code}" not in words] == []


def test_everything_that_the_audit_log_names_is_said_by_the_pages(project: Path) -> None:
    """An action of the audit log is a verb to people."""
    words = _words(project, "en")
    sources = [*(project / "features").rglob("*.py"), *(project / "supervisor").rglob("*.py")]
    named = {
        action
        for path in sources
        for action in AUDITED.findall(path.read_text(encoding="utf-8"))
        if "." in action
    }
    assert "schedules.stop" in named
    said = {key.rpartition(".")[2] for key in words if key.startswith("events.audited.")}
    assert {one.replace(".", "_") for one in named} - said == set()


def _words(project: Path, language: str) -> dict[str, str]:
    folder = project / "console" / "web" / "src" / "i18n"
    files = (
        folder / f"{language}.json",
        folder / f"wordings.{language}.json",
        folder / f"workflows.{language}.json",
    )
    return {
        key: word
        for file in files
        for key, word in _flat(json.loads(file.read_text(encoding="utf-8")))
    }


def _flat(words: dict[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, word in words.items():
        if isinstance(word, dict):
            yield from _flat(word, f"{before}{name}.")
        else:
            yield f"{before}{name}", word
