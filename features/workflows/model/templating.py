"""Templates of workflows: their form, what they ask for, and filling that in.

A template is a document with `name`, `category`, `description`, `inputs`, and `workflow`, in whose
texts `{{ input.NAME }}` stands for an input.  Owns reading one, making one of a workflow, and
making a workflow of one.  Does not own the rows (`supervisor.templates`).  Pure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.definition import check_name, read, read_inputs
from meshvisor.features.workflows.model.problems import DefinitionError, Problem, written
from meshvisor.features.workflows.model.references import Fields
from meshvisor.features.workflows.model.templates import as_text
from meshvisor.shared.inputs import NONE_OF

CATEGORIES: Final = ("emergency", "maintenance", "communication", "monitoring")
LONGEST_DESCRIPTION: Final = 2_000
FIELDS: Final = ("name", "category", "description", "inputs", "workflow")

_INPUT: Final = re.compile(r"\{\{\s*input\.([A-Za-z_][A-Za-z0-9_-]*)\s*\}\}")
_ANYTHING: Final = "{{ event.at }}"
"""Stands for an input that has no default: any value may come of it."""


def read_template(given: Any, fields: Fields | None = None) -> dict[str, Any]:
    """Return a template with all its fields.

    Args:
        given: the document, as exporting writes it.
        fields: what events have, see `definition.read`.

    Raises:
        DefinitionError: it is none; it has every problem.
    """
    if not isinstance(given, Mapping) or not isinstance(given.get("workflow"), Mapping):
        raise DefinitionError([Problem("", say.NO_TEMPLATE())])
    problems = [
        Problem(str(name), say.NO_FIELD(fields=", ".join(FIELDS)))
        for name in given
        if name not in FIELDS
    ]
    template: dict[str, Any] = {"name": "", "workflow": dict(given["workflow"])}
    try:
        template["name"] = check_name(given.get("name"))
    except ValueError as error:
        problems.append(Problem("name", str(error)))
    template["category"] = given.get("category", "communication")
    if template["category"] not in CATEGORIES:
        found = f"{template['category']!r:.40}"
        problems.append(Problem("category", NONE_OF(found=found, names=", ".join(CATEGORIES))))
    template["description"] = given.get("description") or ""
    if not isinstance(template["description"], str) or (
        len(template["description"]) > LONGEST_DESCRIPTION
    ):
        problems.append(Problem("description", say.TEXT_UP_TO(most=f"{LONGEST_DESCRIPTION:,}")))
    template["inputs"], wrong = read_inputs(given.get("inputs") or {})
    problems += wrong
    usual = {name: one.get("default", _ANYTHING) for name, one in template["inputs"].items()}
    problems += [
        Problem(f"workflow.{one.place}" if one.place else "workflow", one.message)
        for one in read(filled_in(template["workflow"], usual), fields).problems
    ]
    if problems:
        raise DefinitionError(problems)
    return template


def asking_for(
    document: Mapping[str, Any], inputs: Mapping[str, Mapping[str, Any]]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the workflow and the inputs of a template that is made of a workflow.

    Args:
        document: the stored form.
        inputs: by name, each with the `value` that stands for it in the workflow, whole, wherever a
            trigger, a condition or a step has it; and perhaps a `description`, and `required`:
            else the value is its default.

    Raises:
        DefinitionError: a value stands nowhere, or a name cannot be one.
    """
    specs = {
        name: {"type": _type(one.get("value")), "description": one.get("description", "")}
        | ({} if one.get("required") else {"default": one.get("value")})
        for name, one in inputs.items()
    }
    specs, problems = read_inputs(specs)
    asking = _Asking({name: one.get("value") for name, one in inputs.items()})
    workflow = asking.of(document)
    for name in inputs.keys() - asking.found:
        place = written(("inputs", name, "value"))
        problems.append(
            Problem(place, say.STANDS_NOWHERE(found=f"{inputs[name].get('value')!r:.60}"))
        )
    if problems:
        raise DefinitionError(problems)
    return workflow, specs


def exported(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return a template, as it is shown, as the document that `read_template` takes."""
    about = {name: template[name] for name in ("name", "category", "description")}
    return {**about, **template["template_data"]}


def filled_in(value: Any, inputs: Mapping[str, Any]) -> Any:
    """Return a JSON value with the inputs in their places.

    A text that is one input alone becomes its value, whatever its type.  Other expressions stay as
    they are: they are filled in when the workflow runs.
    """
    if isinstance(value, str):
        alone = _INPUT.fullmatch(value.strip())
        if alone and alone[1] in inputs:
            return inputs[alone[1]]
        return _INPUT.sub(lambda one: as_text(inputs.get(one[1], one[0])), value)
    if isinstance(value, Mapping):
        return {name: filled_in(one, inputs) for name, one in value.items()}
    if isinstance(value, list):
        return [filled_in(one, inputs) for one in value]
    return value


# Private


class _Asking:
    """Puts inputs in the places of values."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self.found: set[str] = set()

    def of(self, part: Any, name: str = "") -> Any:
        """Return a part of a document, its values replaced where people choose them."""
        if isinstance(part, Mapping):
            return {
                key: self._value(one) if key == "value" or name in _CHOSEN else self.of(one, key)
                for key, one in part.items()
            }
        return [self.of(one, name) for one in part] if isinstance(part, list) else part

    def _value(self, value: Any) -> Any:
        for name, wanted in self._values.items():
            if _type(wanted) == _type(value) and wanted == value:
                self.found.add(name)
                return f"{{{{ input.{name} }}}}"
        if isinstance(value, Mapping):
            is_comparison = {"field", "op"} <= value.keys()
            return {
                key: self._value(one) if key == "value" or not is_comparison else one
                for key, one in value.items()
            }
        return [self._value(one) for one in value] if isinstance(value, list) else value


_CHOSEN: Final = ("config", "with")
"""What triggers and steps are given; of conditions it is the `value`."""


def _type(value: Any) -> str:
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, (int, float)):
        return "number"
    if isinstance(value, str):
        return "text"
    return "list" if isinstance(value, list) else "object" if isinstance(value, dict) else "any"
