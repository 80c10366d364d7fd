"""Texts with places for values, which operators write: `[{severity}] {title}`.

Owns what may stand in one, and the sentence about one that is wrong.  Only names: values may
come from strangers, so nothing is looked up in a value.
"""

from __future__ import annotations

import string
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final

FIELDS: Final = (
    "title",
    "text",
    "severity",
    "count",
    "time",
    "mesh",
    "user",
    "id",
    "source",
)
"""What templates of channels may hold."""


def check_template(text: str, allowed: Collection[str] | None = None) -> str:
    """Return a template.

    Args:
        text: the template.
        allowed: names that it may hold; None: any, as with what a caller brings values for.

    Raises:
        ValueError: it is none; the message is one sentence with an example.
    """
    for name in _names(text):
        if allowed is not None and name not in allowed:
            raise ValueError(
                f"the template {text[:60]!r} has a place {{{name}}}; allowed are "
                f"{', '.join(f'{{{one}}}' for one in allowed)}"
            )
    return text


def fill(template: str, values: Mapping[str, Any]) -> str:
    """Return a template that was checked with its values; one that is missing is `-`."""
    parts = []
    for literal, name, _, _ in string.Formatter().parse(template):
        parts.append(literal)
        if name is not None:
            value = values.get(name)
            parts.append("-" if value is None else str(value))
    return "".join(parts)


def without_value(templates: Iterable[str], values: Collection[str]) -> list[str]:
    """Return the names in templates that were checked for which there is no value, each once."""
    names = (name for template in templates for name in _names(template))
    return [name for name in dict.fromkeys(names) if name not in values]


# Private

_EXAMPLE: Final = 'write such as "[{severity}] {title}", and {{ for a brace itself'


def _names(text: str) -> Iterator[str]:
    try:
        parsed = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(
            f"the template {text[:60]!r} is wrong ({str(error).lower()}); {_EXAMPLE}"
        ) from None
    for _, name, form, conversion in parsed:
        if name is None:
            continue
        if not name.isidentifier() or form or conversion:
            raise ValueError(
                f"the template {text[:60]!r} has a place {{{name}}} that is no plain name; "
                f"{_EXAMPLE}"
            )
        yield name
