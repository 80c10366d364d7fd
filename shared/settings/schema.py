"""The settings described for people and programs: JSON Schema, and ranges in words.

Owns what can be derived from the model.  Slow to build, so only `meshvisor config schema` and
the reports about wrong settings import it.
"""

from __future__ import annotations

import ast
import functools
import inspect
import json
from collections.abc import Iterator
from typing import Any, Final

from pydantic.errors import PydanticInvalidForJsonSchema

from meshvisor.shared.feature import left_out
from meshvisor.shared.inputs import A_NUMBER, A_WHOLE_NUMBER
from meshvisor.shared.settings.location import Location
from meshvisor.shared.settings.model import settings_class
from meshvisor.shared.settings.section import Section
from meshvisor.shared.wording import Wording

SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

ONE_OF: Final = Wording("settings.one_of", "one of {names}")
FROM_TO: Final = Wording("settings.from_to", "a number from {low} to {high}")
AT_LEAST: Final = Wording("settings.at_least", "a number of at least {low}")
ABOVE: Final = Wording("settings.above", "a number greater than {low}")
ABOVE_TO: Final = Wording("settings.above_to", "a number greater than {low} and at most {high}")
WHOLE_FROM_TO: Final = Wording("settings.whole_from_to", "a whole number from {low} to {high}")
WHOLE_AT_LEAST: Final = Wording("settings.whole_at_least", "a whole number of at least {low}")
WHOLE_ABOVE: Final = Wording("settings.whole_above", "a whole number greater than {low}")
WHOLE_ABOVE_TO: Final = Wording(
    "settings.whole_above_to", "a whole number greater than {low} and at most {high}"
)


@functools.cache
def settings_schema() -> dict[str, Any]:
    """Return the JSON Schema of the settings, each setting with its description."""
    schema = settings_class().model_json_schema()
    for model in settings_class().names:
        table = schema["$defs"].get(model.__name__, {}).get("properties", {})
        for name, text in _documentation(model):
            if name in table:
                table[name]["description"] = text
    return {"$schema": SCHEMA_DIALECT, **schema}


def known_names(table: Location) -> list[str]:
    """Return the settings of a table, in the model's order; none when it is not one."""
    return list(_resolve(_at(table), settings_schema()).get("properties", {}))


def owner_left_out(location: Location) -> str | None:
    """Return the feature that would know a setting or section; None: no feature, or one in use."""
    section, *setting = location[:2]
    for feature in reversed(left_out()):  # who extends a section comes after its owner
        declared = feature.load(feature.settings).get(section) if feature.settings else None
        if declared is not None and set(setting) <= set(declared.model.model_fields):
            return feature.name
    return None


def allowed_at(location: Location) -> str:
    """Return in words what may stand at `location`."""
    return _words(_at(location), settings_schema())


def allowed_in(model: type[Section], location: Location) -> str | None:
    """Return in words what may stand at `location` of a model that may be of another package; None:
    there are no words for it.
    """
    try:
        root = model.model_json_schema()
        return _words(_at(location, root), root)
    except (KeyError, TypeError, ValueError, PydanticInvalidForJsonSchema):
        return None


def _documentation(model: type[Section]) -> Iterator[tuple[str, str]]:
    # pydantic can collect these itself (`use_attribute_docstrings`), but then every start pays.
    for table in model.__mro__:
        if not inspect.get_annotations(table) or table.__module__.startswith("pydantic"):
            continue  # it has no source, or it is none of ours
        (tree,) = ast.parse(inspect.getsource(table)).body
        assert isinstance(tree, ast.ClassDef)
        for field, text in zip(tree.body, tree.body[1:], strict=False):
            match field, text:
                case (
                    ast.AnnAssign(target=ast.Name(id=name)),
                    ast.Expr(value=ast.Constant(value=str(words))),
                ):
                    yield name, " ".join(words.split())


# ---- Finding -------------------------------------------------------------------------------------


def _at(location: Location, root: dict[str, Any] | None = None) -> dict[str, Any]:
    root = schema = settings_schema() if root is None else root
    for part in location:
        schema = _resolve(schema, root)
        for choice in schema.get("anyOf", ()):
            if choice.get("type") == "array" and isinstance(part, int):
                schema = choice
        schema = schema["items"] if isinstance(part, int) else _property(schema, part)
    return schema


def _property(schema: dict[str, Any], name: str) -> dict[str, Any]:
    # Where entries have names of their own, all are described alike.
    found: dict[str, Any] = schema.get("properties", {}).get(name)
    return found or schema["additionalProperties"]


def _resolve(schema: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    if not reference:
        return schema
    resolved: dict[str, Any] = root["$defs"][reference.rpartition("/")[2]]
    return resolved


# ---- Words ---------------------------------------------------------------------------------------


def _words(schema: dict[str, Any], root: dict[str, Any]) -> str:
    schema = _resolve(schema, root)
    if "anyOf" in schema:
        choices = (choice for choice in schema["anyOf"] if choice.get("type") != "null")
        return " or ".join(_words(choice, root) for choice in choices)
    if "enum" in schema:
        return ONE_OF(names=", ".join(f'"{value}"' for value in schema["enum"]))
    match schema.get("type"):
        case "integer" | "number" as kind:
            return _number(schema, is_whole=kind == "integer")
        case "string":
            return _text(schema)
        case "array":
            return _list(schema, _words(schema["items"], root))
        case "boolean":
            return "true or false"
    return _table(schema, root)


def _table(schema: dict[str, Any], root: dict[str, Any]) -> str:
    if "properties" in schema:
        return "a table with " + ", ".join(schema["properties"])
    others = schema["additionalProperties"]
    others = {} if others is True else _resolve(others, root)
    if "properties" in others:
        return "tables with names, each " + _words(others, root)
    words = f"a table; each entry {_words(others, root)}" if others else "a table"
    if examples := schema.get("examples"):
        # As TOML has it, in which people write settings.
        pairs = (f"{name} = {json.dumps(value)}" for name, value in examples[0].items())
        words += f", such as {{ {', '.join(pairs)} }}"
    return words


def _list(schema: dict[str, Any], entry: str) -> str:
    low, examples = schema.get("minItems"), schema.get("examples")
    size = f" of at least {low}" if low else ""
    example = f", such as {json.dumps(examples[0])}" if examples else ""
    return f"a list{size}; each entry {entry}{example}"


def _number(schema: dict[str, Any], *, is_whole: bool) -> str:
    low, high = schema.get("minimum"), schema.get("maximum")
    if "exclusiveMinimum" in schema:
        low = f"{schema['exclusiveMinimum']:g}"
        if high is None:
            return (WHOLE_ABOVE if is_whole else ABOVE)(low=low)
        return (WHOLE_ABOVE_TO if is_whole else ABOVE_TO)(low=low, high=f"{high:g}")
    if low is not None and high is not None:
        return (WHOLE_FROM_TO if is_whole else FROM_TO)(low=f"{low:g}", high=f"{high:g}")
    if low is not None:
        return (WHOLE_AT_LEAST if is_whole else AT_LEAST)(low=f"{low:g}")
    return (A_WHOLE_NUMBER if is_whole else A_NUMBER)()


def _text(schema: dict[str, Any]) -> str:
    words = "text"
    if "maxLength" in schema:
        words += f" of {schema.get('minLength', 0)} to {schema['maxLength']} characters"
    if schema.get("pattern") == r"^\S+$":
        words += " without blanks"
    examples = schema.get("examples")
    return f'{words}, such as "{examples[0]}"' if examples else words
