"""Values in texts: `{{ path | filter }}`, without loops and without code.

Owns the form, the filters and the caps.  A text that is one expression alone has the value itself,
whatever its type; any other becomes a text.  What is missing writes nothing.

    Hello {{ user_name | default("friend") }}, it is {{ event.at | time }}.

Rendering takes time that grows with the length of the template and of what it writes, which both
have a limit; no filter repeats or nests.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.paths import (
    MISSING,
    PATH,
    Getter,
    Values,
    check_path,
    getter,
)

LONGEST_TEMPLATE: Final = 16_384
"""Characters of one text."""
MOST_EXPRESSIONS: Final = 200
"""In one text."""
MOST_FILTERS: Final = 10
"""Behind one path."""
LONGEST_RESULT: Final = 65_536
"""Characters that one text may become."""

LARGEST_VALUE: Final = 256 * 1024
"""Characters of all texts, and of what expressions stand for as JSON, in one value."""

_EXPRESSION: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_FILTER: Final = re.compile(r"\s*([a-z_]+)\s*(?:\((.*)\))?\s*", re.DOTALL)

Render = Callable[[Values], Any]


class TemplateError(ValueError):
    """A template cannot be rendered: too long, or a filter does not fit the value."""


def is_template(value: Any) -> bool:
    """Say whether a value is a text with an expression in it."""
    return isinstance(value, str) and "{{" in value


def compile_text(text: str) -> Render:
    """Return what renders a text.

    Raises:
        ValueError: it is no template; the message is one sentence.
    """
    if "{{" not in text:
        return lambda _values: text
    if len(text) > LONGEST_TEMPLATE:
        raise ValueError(say.LONG_TEXT(count=f"{len(text):,}", most=f"{LONGEST_TEMPLATE:,}"))
    parts = _EXPRESSION.split(text)
    literals, sources = parts[::2], parts[1::2]
    if any("{{" in literal for literal in literals):
        raise ValueError(say.OPEN_EXPRESSION(open="{{", close="}}"))
    if len(sources) > MOST_EXPRESSIONS:
        raise ValueError(say.MANY_EXPRESSIONS(count=len(sources), most=MOST_EXPRESSIONS))
    expressions = [_expression(source) for source in sources]
    if len(expressions) == 1 and not literals[0].strip() and not literals[1].strip():
        (alone,) = expressions
        return lambda values: None if (value := alone(values)) is MISSING else value

    def render(values: Values) -> str:
        pieces = [literals[0]]
        for expression, literal in zip(expressions, literals[1:], strict=True):
            pieces.append(as_text(expression(values)))
            pieces.append(literal)
        return str(_capped("".join(pieces)))

    return render


class _Budget:
    """What one value may still become."""

    def __init__(self) -> None:
        self._left = LARGEST_VALUE

    def spend(self, value: Any) -> Any:
        """Take off what a text has become, and return it."""
        if isinstance(value, str):
            self._left -= len(value)
        elif isinstance(value, (Mapping, list)):
            self._left -= len(as_text(value))
        if self._left < 0:
            raise TemplateError(say.LARGE_VALUE(most=f"{LARGEST_VALUE:,}"))
        return value


def compile_value(value: Any) -> Render:
    """Return what renders a JSON value: all texts in it, at any depth.

    What it returns raises `TemplateError` as soon as too much has come out.

    Raises:
        ValueError: a text in it is no template.
    """
    if not isinstance(value, (Mapping, list, tuple)):
        return compile_text(value) if isinstance(value, str) else lambda _values: value
    render = _compile_part(value)
    return lambda values: render(values, _Budget())


def _compile_part(value: Any) -> Callable[[Values, _Budget], Any]:
    if isinstance(value, str):
        text = compile_text(value)
        return lambda values, budget: budget.spend(text(values))
    if isinstance(value, Mapping):
        fields = {str(name): _compile_part(one) for name, one in value.items()}
        return lambda values, budget: {name: one(values, budget) for name, one in fields.items()}
    if isinstance(value, (list, tuple)):
        items = [_compile_part(one) for one in value]
        return lambda values, budget: [one(values, budget) for one in items]
    return lambda _values, _budget: value


def paths_of(text: str) -> list[str]:
    """Return the paths that a text names, those in the parentheses of filters, too."""
    found = []
    for source in _EXPRESSION.findall(text):
        path, *filters = _split(source)
        if PATH.fullmatch(path.strip()):
            found.append(path.strip())
        for one in filters:
            match = _FILTER.fullmatch(one)
            argument = (match[2] or "").strip() if match else ""
            if PATH.fullmatch(argument) and argument not in ("true", "false", "null"):
                found.append(argument)
    return found


def as_text(value: Any) -> str:
    """Return a value as it stands in a text."""
    if value is MISSING or value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, (Mapping, list)):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


# ---- Expressions -----------------------------------------------------------------------------


def _expression(source: str) -> Getter:
    path, *filters = _split(source)
    path = path.strip()
    if not PATH.fullmatch(path):
        check_path(path)
    if len(filters) > MOST_FILTERS:
        raise ValueError(say.MANY_FILTERS(path=path, count=len(filters), most=MOST_FILTERS))
    look = getter(path)
    steps = [_filter(one) for one in filters]
    if not steps:
        return look

    def evaluate(values: Values) -> Any:
        value = look(values)
        for step in steps:
            value = step(value, values)
        return value

    return evaluate


def _split(source: str) -> list[str]:
    """Split at bars that are in no quotes."""
    parts, start, quote = [], 0, ""
    for place, letter in enumerate(source):
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "\"'":
            quote = letter
        elif letter == "|":
            parts.append(source[start:place])
            start = place + 1
    return [*parts, source[start:]]


def _filter(source: str) -> Callable[[Any, Values], Any]:
    match = _FILTER.fullmatch(source)
    name = match[1] if match else source.strip()
    if match is None or name not in FILTERS:
        raise ValueError(say.NO_FILTER(found=repr(name[:40]), names=", ".join(sorted(FILTERS))))
    function = FILTERS[name]
    if match[2] is None or not match[2].strip():
        if name in _NEED:
            raise ValueError(say.FILTER_VALUE(name=name, example=_NEED[name]))
        return lambda value, _values: _safely(name, function, value)
    if name not in _TAKE:
        raise ValueError(say.FILTER_NO_VALUE(name=name))
    argument = _argument(match[2].strip())
    return lambda value, values: _safely(name, function, value, argument(values))


def _argument(text: str) -> Getter:
    """Return what finds the value in parentheses: a text in quotes, a number, or another path."""
    if len(text) >= 2 and text[0] == text[-1] == "'":
        return lambda _values: text[1:-1]
    try:
        value = json.loads(text)
    except ValueError:
        value = []
        if PATH.fullmatch(text):
            return getter(text)
    if isinstance(value, (dict, list)):
        raise ValueError(
            f"{text[:40]} is no value; write a number, a text in quotes, or another field"
        )
    return lambda _values: value


def _safely(name: str, function: Callable[..., Any], value: Any, *argument: Any) -> Any:
    if value is MISSING and name not in {"default", "required", "length", "json"}:
        return MISSING
    try:
        return _capped(function(value, *argument))
    except TemplateError:
        raise
    except (TypeError, ValueError, KeyError, OverflowError, OSError):
        raise TemplateError(say.FILTER_MISFIT(name=name, value=repr(as_text(value)[:60]))) from None


def _capped(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_RESULT:
        raise TemplateError(say.LONG_RESULT(count=f"{len(value):,}", most=f"{LONGEST_RESULT:,}"))
    return value


# ---- Filters ---------------------------------------------------------------------------------


def _default(value: Any, other: Any) -> Any:
    return other if value is MISSING or value is None or value == "" else value


def _required(value: Any) -> Any:
    if value is MISSING or value is None or value == "":
        raise TemplateError(say.VALUE_MISSING())
    return value


def _truncate(value: Any, length: int) -> str:
    text = as_text(value)
    return text if len(text) <= length else text[: max(0, int(length) - 1)] + "…"


def _length(value: Any) -> int:
    if value is MISSING or value is None:
        return 0
    return len(value) if isinstance(value, (str, list, Mapping)) else len(as_text(value))


def _number(value: Any) -> float | int:
    if isinstance(value, (int, float)):
        return value
    text = as_text(value).strip()
    return float(text) if set(text) & set(".eE") else int(text)


def _moment(value: Any, zone: str) -> datetime:
    if isinstance(value, str):
        moment = datetime.fromisoformat(value)
        return moment.astimezone(ZoneInfo(zone))
    # Numbers of this size are milliseconds, as the event log has them.
    seconds = value / 1000 if value > 1e11 else value
    return datetime.fromtimestamp(seconds, UTC).astimezone(ZoneInfo(zone))


def _pluck(value: Any, name: str) -> list[Any]:
    return [one[name] for one in value if isinstance(one, Mapping) and name in one]


def _duration(value: Any) -> str:
    seconds = round(float(value))
    for size, word in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            rest = seconds % size
            below = {86_400: (3600, "h"), 3600: (60, "min"), 60: (1, "s")}[size]
            more = f" {rest // below[0]} {below[1]}" if rest // below[0] else ""
            return f"{seconds // size} {word}{more}"
    return f"{seconds} s"


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "default": _default,
    "required": _required,
    "upper": lambda value: as_text(value).upper(),
    "lower": lambda value: as_text(value).lower(),
    "trim": lambda value: as_text(value).strip(),
    "truncate": _truncate,
    "text": as_text,
    "length": _length,
    "first": lambda value: value[0] if value else MISSING,
    "last": lambda value: value[-1] if value else MISSING,
    "join": lambda value, between=", ": between.join(map(as_text, value)),
    "pluck": _pluck,
    "number": _number,
    "plus": lambda value, other: _number(value) + other,
    "minus": lambda value, other: _number(value) - other,
    "round": lambda value, digits=0: (
        round(_number(value), digits) if digits else round(_number(value))
    ),
    "json": lambda value: json.dumps(None if value is MISSING else value, ensure_ascii=False),
    "date": lambda value, zone="UTC": _moment(value, zone).date().isoformat(),
    "time": lambda value, zone="UTC": _moment(value, zone).strftime("%H:%M"),
    "duration": _duration,
}
"""Each takes a value, and some one more value in parentheses."""

_NEED: Final = {
    "default": 'default("nobody")',
    "truncate": "truncate(100)",
    "pluck": 'pluck("name")',
    "plus": "plus(1)",
    "minus": "minus(1)",
}
_TAKE: Final = {*_NEED, "join", "round", "date", "time"}
