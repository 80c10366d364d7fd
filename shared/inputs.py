"""Inputs that something declares to take: actions of jobs, workflows and their templates.

    {"code": {"type": "text", "required": True, "description": "the gift code"}, "hours": "number"}

Owns their form, and whether values fit them.  Does not own what is done with the values.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, Literal, TypedDict

from meshvisor.shared.wording import Worded, Wording

InputType = Literal["text", "number", "boolean", "list", "object", "any"]

TYPES: Final[tuple[InputType, ...]] = ("text", "number", "boolean", "list", "object", "any")
FIELDS: Final = ("type", "required", "default", "description", "choices")
MOST: Final = 50
"""Inputs of one action: more than a form can ask for."""


class Input(TypedDict, total=False):
    """One input."""

    type: InputType
    """What values it takes; left out: any."""
    required: bool
    """Whether it has to be given; one with a default never has to be."""
    default: Any
    """Its value where none is given; left out: it is missing then."""
    description: str
    """The label, for people who fill in a form."""
    choices: Sequence[Any]
    """The values that it may have; left out: all of its type."""


Inputs = Mapping[str, Mapping[str, Any]]
"""Inputs in their long form, by name."""

OTHER_TYPE: Final = Wording("inputs.other_type", "{found} is found where {wanted} is wanted")
NONE_OF: Final = Wording("inputs.none_of", "{found} is none of {names}")
WRONG: Final = Wording("inputs.wrong", "the input {name} of {owner}: {wrong}")
MISSING: Final = Wording("inputs.missing", "{owner} needs the input {name}: {about}")
UNKNOWN: Final = Wording("inputs.unknown", "{owner} takes no input {name}; it takes {names}")
NONE_TAKEN: Final = Wording("inputs.none_taken", "{owner} takes no input, and {name} is given")
A_TEXT: Final = Wording("inputs.a_text", "a text")
A_NUMBER: Final = Wording("inputs.a_number", "a number")
A_WHOLE_NUMBER: Final = Wording("inputs.a_whole_number", "a whole number")
TRUE_OR_FALSE: Final = Wording("inputs.true_or_false", "true or false")
A_LIST: Final = Wording("inputs.a_list", "a list")
AN_OBJECT: Final = Wording("inputs.an_object", "an object")


def read_inputs(given: Any) -> dict[str, Input]:
    """Return inputs as they are declared, each in its long form.

    Args:
        given: an `Input` by each name, or its type alone.

    Raises:
        ValueError: one cannot be; the message is a sentence without its full stop.
    """
    if not isinstance(given, Mapping):
        raise ValueError(
            f"inputs are {given!r:.60}; they have to be a dict of an input by its name"
        )
    if len(given) > MOST:
        raise ValueError(f"there are {len(given)} inputs; {MOST} are allowed")
    return {name: _read_one(name, one) for name, one in given.items()}


def misfit(declared: Mapping[str, Any], value: Any) -> str | None:
    """Return why a value does not fit an input; None: it does."""
    type_ = declared.get("type", "any")
    fits_type = {
        "text": isinstance(value, str),
        "number": isinstance(value, (int, float))
        and not isinstance(value, bool)
        and math.isfinite(value),
        "boolean": isinstance(value, bool),
        "list": isinstance(value, list),
        "object": isinstance(value, Mapping),
    }.get(type_, True)
    if not fits_type:
        return OTHER_TYPE(found=f"{value!r:.60}", wanted=_WANTED[type_]())
    choices = declared.get("choices")
    if isinstance(choices, (list, tuple)) and value not in choices:
        return NONE_OF(found=f"{value!r:.60}", names=", ".join(map(str, choices)))
    return None


def defaults(inputs: Inputs) -> dict[str, Any]:
    """Return what inputs are where they are not given."""
    return {name: one["default"] for name, one in inputs.items() if "default" in one}


def missing(inputs: Inputs, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of inputs that have to be given and are not, and what they are."""
    for name, one in inputs.items():
        if one.get("required") and "default" not in one and name not in given:
            yield name, one.get("description") or one["type"]


def misfits(inputs: Inputs, given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the names of inputs whose values do not fit, and why."""
    for name, one in inputs.items():
        if name in given and (wrong := misfit(one, given[name])):
            yield name, wrong


def problems(inputs: Inputs, given: Mapping[str, Any], owner: str) -> Iterator[Worded]:
    """Yield a sentence for each input that is missing or has a wrong value.

    Args:
        inputs: as they are declared.
        given: values by their names; what no input is called is not looked at.
        owner: what declares them.
    """
    for name, why in misfits(inputs, given):
        yield WRONG.said(name=name, owner=owner, wrong=why)
    for name, about in missing(inputs, given):
        yield MISSING.said(name=name, owner=owner, about=about)


def unknown(inputs: Inputs, given: Mapping[str, Any], owner: str) -> Worded | None:
    """Return a sentence about a value that no input takes; None: there is none."""
    name = next((name for name in given if name not in inputs), None)
    if name is None:
        return None
    if not inputs:
        return NONE_TAKEN.said(name=name[:40], owner=owner)
    return UNKNOWN.said(name=name[:40], owner=owner, names=", ".join(inputs))


# Private

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,63}")

_WANTED: Final[Mapping[str, Wording]] = MappingProxyType(
    {
        "text": A_TEXT,
        "number": A_NUMBER,
        "boolean": TRUE_OR_FALSE,
        "list": A_LIST,
        "object": AN_OBJECT,
    }
)


def _read_one(name: Any, given: Any) -> Input:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(
            f"an input is called {name!r:.60}; its name has up to 64 letters, digits, _ and -, "
            "and begins with a letter or _"
        )
    spec = {"type": given} if isinstance(given, str) else given
    if not isinstance(spec, Mapping):
        raise ValueError(f"the input {name} is {given!r:.60}; it has to be a dict or a type")
    for field in spec:
        if field not in FIELDS:
            raise ValueError(f"the input {name} has {field!r:.60}; it may have {', '.join(FIELDS)}")
    try:
        return _read_spec(spec)
    except ValueError as error:
        raise ValueError(f"the input {name}: {error}") from None


def _read_spec(spec: Mapping[str, Any]) -> Input:
    type_ = spec.get("type", "any")
    if type_ not in TYPES:
        raise ValueError(f"its type: {NONE_OF(found=f'{type_!r:.60}', names=', '.join(TYPES))}")
    read = Input(type=type_)
    if spec.get("required"):
        read["required"] = True
    if description := spec.get("description"):
        read["description"] = str(description)
    if (choices := spec.get("choices")) is not None:
        read["choices"] = _read_choices(type_, choices)
    if "default" in spec:
        if wrong := misfit(read, spec["default"]):
            raise ValueError(f"its default: {wrong}")
        read["default"] = spec["default"]
    return read


def _read_choices(type_: str, choices: Any) -> list[Any]:
    if not isinstance(choices, (list, tuple)) or not choices:
        raise ValueError(f"its choices are {choices!r:.60}; they have to be a list of one or more")
    for one in choices:
        if wrong := misfit({"type": type_}, one):
            raise ValueError(f"one of its choices: {wrong}")
    return list(choices)
