"""Conditions: a tree of `all`, `any`, `not` and comparisons, compiled to one function.

Owns the stored form and what each operator means.  Does not own reading what a user has written
(`condition_reading`) nor the one-line form (`condition_text`).

    {"all": [{"field": "severity", "op": "==", "value": "critical"},
             {"not": {"field": "battery", "op": ">", "value": 20}}]}

A comparison with a field that is missing is false, whatever it compares; only `missing` is true
then.  Values of other types than the operator takes make it false, too: a condition never fails.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.paths import MISSING, Getter, Values, getter
from meshvisor.features.workflows.model.patterns import compile_pattern
from meshvisor.features.workflows.model.places import (
    DAYS,
    distance,
    minute_of,
    position_of,
    zone_of,
)
from meshvisor.features.workflows.model.problems import Place
from meshvisor.features.workflows.model.templates import compile_value, is_template

DEEPEST: Final = 20
"""Levels of a tree."""
MOST_LEAVES: Final = 200
"""Comparisons in a tree."""
LONGEST_VALUE: Final = 1_000
"""Items of a list that a field is compared with."""

Tree = dict[str, Any]
Test = Callable[[Values], bool]


class ConditionError(ValueError):
    """A condition is wrong.

    Attributes:
        place: where, below the condition.
    """

    def __init__(self, sentence: str, place: Place = ()) -> None:
        super().__init__(sentence)
        self.place = place


class Operator(NamedTuple):
    """How a field is compared."""

    make: Callable[[Getter, Any], Test]
    """Given where the field is and a value that was checked."""
    check: Callable[[Any], Any]
    """Returns the value as it is stored, or raises a `ValueError`."""
    meaning: str


def operator_named(word: str) -> str | None:
    """Return the operator that a word means, in the spellings that people use; None: none."""
    plain = word.strip().lower().replace("-", "_").replace(" ", "_")
    return plain if plain in OPERATORS else _OTHER_WORDS.get(plain)


# ---- Compiling -------------------------------------------------------------------------------


def compile_condition(tree: Tree | None) -> Test | None:
    """Return what tests a condition in its stored form; None: there is none, which is true."""
    if tree is None:
        return None
    if "not" in tree:
        inner = compile_condition(tree["not"])
        assert inner is not None
        return lambda values: not inner(values)
    for kind in ("all", "any"):
        if kind in tree:
            tests = [test for one in tree[kind] if (test := compile_condition(one))]
            return _all(tests) if kind == "all" else _any(tests)
    look = getter(tree["field"])
    if tree["op"] == "changed":
        return _changed(tree["field"], look)
    made = OPERATORS[tree["op"]]
    value = tree.get("value")
    if _has_template(value):
        return _rendered(look, made, value)
    return made.make(look, value)


def _all(tests: list[Test]) -> Test:
    if len(tests) == 2:
        one, two = tests
        return lambda values: one(values) and two(values)

    def test(values: Values) -> bool:
        for one in tests:  # noqa: SIM110 - half the time of a generator
            if not one(values):
                return False
        return True

    return test


def _any(tests: list[Test]) -> Test:
    def test(values: Values) -> bool:
        for one in tests:  # noqa: SIM110 - half the time of a generator
            if one(values):
                return True
        return False

    return test


def _rendered(look: Getter, made: Operator, value: Any) -> Test:
    render = compile_value(value)

    def test(values: Values) -> bool:
        try:
            return made.make(look, made.check(render(values)))(values)
        except ValueError:
            return False

    return test


def _changed(field: str, look: Getter) -> Test:
    def test(values: Values) -> bool:
        before = values.get(BEFORE)
        now = look(values)
        if now is MISSING or not isinstance(before, Mapping) or field not in before:
            return False
        return bool(before[field] != now)

    return test


RESERVED: Final = frozenset({"and", "or", "not"})

BEFORE: Final = "$before"
"""Where the values of fields are that were seen the last time, for `changed`."""


def leaves(tree: Tree | None) -> list[Tree]:
    """Return the comparisons of a condition."""
    if tree is None:
        return []
    if "not" in tree:
        return leaves(tree["not"])
    for kind in ("all", "any"):
        if kind in tree:
            return [leaf for one in tree[kind] for leaf in leaves(one)]
    return [tree]


# ---- Operators -------------------------------------------------------------------------------


def _any_value(value: Any) -> Any:
    if isinstance(value, (dict,)):
        raise ValueError(say.PLAIN_VALUE())
    return value


def _number(value: Any) -> Any:
    if is_template(value):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        raise ValueError(say.NO_NUMBER(found=f"{value!r:.60}"))
    return value


def _comparable(value: Any) -> Any:
    if isinstance(value, str):
        return value
    return _number(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(say.NO_QUOTED(found=f"{value!r:.60}"))
    return value


def _list(value: Any) -> Any:
    if is_template(value):
        return value
    if not isinstance(value, (list, tuple)) or any(isinstance(one, (dict, list)) for one in value):
        raise ValueError(say.NO_PLAIN_LIST(found=f"{value!r:.60}"))
    if len(value) > LONGEST_VALUE:
        raise ValueError(say.LONG_LIST(count=f"{len(value):,}", most=f"{LONGEST_VALUE:,}"))
    return list(value)


def _pair(value: Any) -> list[Any]:
    found = value if isinstance(value, (list, tuple)) else []
    if len(found) != 2:
        raise ValueError(say.NO_RANGE(found=f"{value!r:.60}"))
    return [_number(one) for one in found]


def _time_range(value: Any) -> list[str]:
    parts = list(value) if isinstance(value, (list, tuple)) else str(value or "").split("-", 1)
    if len(parts) not in (2, 3):
        raise ValueError(
            say.NO_TIMES(found=f"{value!r:.60}", example='["22:00", "07:00", "Europe/Berlin"]')
        )
    parts = [str(part).strip() for part in parts]
    for part in parts[:2]:
        minute_of(part)
    if len(parts) == 3:
        zone_of(parts[2])
    return parts


def _weekdays(value: Any) -> list[str]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, (list, tuple)) or not given:
        raise ValueError(say.NO_DAYS(found=f"{value!r:.60}", example='["mon", "tue"]'))
    days = []
    for one in given:
        day = str(one).strip().lower()
        if day[:3] in DAYS:
            days.append(day[:3])
        elif "/" in day or day == "utc":
            zone_of(str(one).strip())
            days.append(str(one).strip())
        else:
            raise ValueError(say.NO_DAY(found=repr(str(one)[:20]), names=", ".join(DAYS)))
    return days


def _circle(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping) or set(value) - {"latitude", "longitude", "radius_m"}:
        raise ValueError(say.CIRCLE_FORM())
    try:
        found = {name: float(value[name]) for name in ("latitude", "longitude", "radius_m")}
    except (KeyError, TypeError, ValueError):
        raise ValueError(say.CIRCLE_NUMBERS()) from None
    if not (
        abs(found["latitude"]) <= 90 and abs(found["longitude"]) <= 180 and found["radius_m"] > 0
    ):
        raise ValueError(say.CIRCLE_LIMITS())
    return found


def _pattern(value: Any) -> str:
    text = _text(value)
    compile_pattern(text)
    return text


def _compare(how: Callable[[Any, Any], bool]) -> Callable[[Getter, Any], Test]:
    def make(look: Getter, value: Any) -> Test:
        is_number = not isinstance(value, str)

        def test(values: Values) -> bool:
            found = look(values)
            kind = type(found)
            if is_number and (kind is int or kind is float):
                return how(found, value)
            if kind is str and is_number:
                found = as_number(found)
            elif kind is bool:
                return False
            try:
                return how(found, value)
            except TypeError:
                return False

        return test

    return make


def as_number(text: Any) -> Any:
    """Return the number in a text, or what was given: networks write numbers as texts."""
    try:
        return float(text)
    except (TypeError, ValueError):
        return text


def _equal(look: Getter, value: Any) -> Test:
    if isinstance(value, bool):
        return lambda values: look(values) is value
    if isinstance(value, (int, float)):

        def test(values: Values) -> bool:
            found = look(values)
            if type(found) is str:
                found = as_number(found)
            return bool(found == value) and not isinstance(found, bool)

        return test
    return lambda values: bool(look(values) == value)


def _different(look: Getter, value: Any) -> Test:
    equal = _equal(look, value)
    return lambda values: look(values) is not MISSING and not equal(values)


def _in(look: Getter, value: Any) -> Test:
    plain = frozenset(value) if all(isinstance(one, str) for one in value) else value

    def test(values: Values) -> bool:
        found = look(values)
        try:
            return found is not MISSING and found in plain
        except TypeError:
            return False

    return test


def _not_in(look: Getter, value: Any) -> Test:
    inside = _in(look, value)
    return lambda values: look(values) is not MISSING and not inside(values)


def _contains(look: Getter, value: Any) -> Test:
    plain = str(value).casefold()

    def test(values: Values) -> bool:
        found = look(values)
        if type(found) is str:
            return plain in found.casefold()
        return isinstance(found, list) and value in found

    return test


def _lacks(look: Getter, value: Any) -> Test:
    plain = str(value).casefold()

    def test(values: Values) -> bool:
        found = look(values)
        if type(found) is str:
            return plain not in found.casefold()
        return isinstance(found, list) and value not in found

    return test


def _has(how: Callable[[Any], bool]) -> Callable[[Getter, Any], Test]:
    def make(look: Getter, value: Any) -> Test:
        def test(values: Values) -> bool:
            found = look(values)
            return isinstance(found, list) and how(one in found for one in value)

        return test

    return make


def _affix(how: Callable[[str, str], bool]) -> Callable[[Getter, Any], Test]:
    def make(look: Getter, value: Any) -> Test:
        plain = value.casefold()

        def test(values: Values) -> bool:
            found = look(values)
            return type(found) is str and how(found.casefold(), plain)

        return test

    return make


def _matches(look: Getter, value: Any) -> Test:
    search = compile_pattern(value)

    def test(values: Values) -> bool:
        found = look(values)
        return type(found) is str and search(found)

    return test


def _between(look: Getter, value: Any) -> Test:
    low, high = value

    def test(values: Values) -> bool:
        found = look(values)
        found = as_number(found) if type(found) is str else found
        try:
            return type(found) is not bool and low <= found <= high
        except TypeError:
            return False

    return test


def _moment(found: Any, zone: Any) -> datetime | None:
    try:
        if isinstance(found, str):
            moment = datetime.fromisoformat(found)
            return moment.astimezone(zone) if moment.tzinfo else moment.replace(tzinfo=zone)
        if isinstance(found, (int, float)) and not isinstance(found, bool):
            seconds = found / 1000 if found > 1e11 else found
            return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _time_between(look: Getter, value: Any) -> Test:
    begin, end = minute_of(value[0]), minute_of(value[1])
    zone = zone_of(value[2] if len(value) > 2 else "UTC")

    def test(values: Values) -> bool:
        moment = _moment(look(values), zone)
        if moment is None:
            return False
        minute = moment.hour * 60 + moment.minute
        return begin <= minute < end if begin <= end else minute >= begin or minute < end

    return test


def _weekday(look: Getter, value: Any) -> Test:
    days = {DAYS.index(day) for day in value if day in DAYS}
    zone = zone_of(next((one for one in value if one not in DAYS), "UTC"))

    def test(values: Values) -> bool:
        moment = _moment(look(values), zone)
        return moment is not None and moment.weekday() in days

    return test


def _within(look: Getter, value: Any) -> Test:
    latitude, longitude, radius = (value[one] for one in ("latitude", "longitude", "radius_m"))

    def test(values: Values) -> bool:
        place = position_of(look(values))
        return place is not None and distance(place, (latitude, longitude)) <= radius

    return test


def _beyond(look: Getter, value: Any) -> Test:
    within = _within(look, value)
    return lambda values: position_of(look(values)) is not None and not within(values)


def _is_empty(found: Any) -> bool:
    return found is None or (isinstance(found, (str, list, Mapping)) and not found)


OPERATORS: Final[Mapping[str, Operator]] = {
    "==": Operator(_equal, _any_value, "is"),
    "!=": Operator(_different, _any_value, "is there and is not"),
    "<": Operator(_compare(operator.lt), _comparable, "is less than"),
    "<=": Operator(_compare(operator.le), _comparable, "is at most"),
    ">": Operator(_compare(operator.gt), _comparable, "is more than"),
    ">=": Operator(_compare(operator.ge), _comparable, "is at least"),
    "between": Operator(_between, _pair, "is in a range, both ends included"),
    "in": Operator(_in, _list, "is one of a list"),
    "not_in": Operator(_not_in, _list, "is there and is none of a list"),
    "contains": Operator(_contains, _any_value, "a text or list has it in it; case is ignored"),
    "not_contains": Operator(_lacks, _any_value, "a text or list does not have it in it"),
    "has_any": Operator(_has(any), _list, "a list has at least one of these"),
    "has_all": Operator(_has(all), _list, "a list has all of these"),
    "starts_with": Operator(_affix(str.startswith), _text, "a text begins so; case is ignored"),
    "ends_with": Operator(_affix(str.endswith), _text, "a text ends so; case is ignored"),
    "matches": Operator(_matches, _pattern, "a regular expression is found in a text"),
    "exists": Operator(
        lambda look, _: lambda values: look(values) is not MISSING, _any_value, "is there"
    ),
    "missing": Operator(
        lambda look, _: lambda values: look(values) is MISSING, _any_value, "is not there"
    ),
    "empty": Operator(
        lambda look, _: lambda values: _is_empty(look(values)),
        _any_value,
        "is null, or has nothing in it",
    ),
    "true": Operator(lambda look, _: lambda values: look(values) is True, _any_value, "is true"),
    "changed": Operator(
        lambda look, _: _changed("", look), _any_value, "is another value than at the event before"
    ),
    "time_between": Operator(
        _time_between, _time_range, "a moment is in a part of the day, over midnight too"
    ),
    "weekday_in": Operator(_weekday, _weekdays, "a moment is on one of these days"),
    "within": Operator(_within, _circle, "a position is in a circle"),
    "beyond": Operator(_beyond, _circle, "a position is outside of a circle"),
}

UNARY: Final = frozenset({"exists", "missing", "empty", "true", "changed"})
"""Those that take no value."""

_OTHER_WORDS: Final[Mapping[str, str]] = {
    "=": "==", "eq": "==", "equals": "==", "equal": "==", "is": "==",
    "ne": "!=", "neq": "!=", "not_equals": "!=", "not_equal": "!=", "is_not": "!=", "<>": "!=",
    "gt": ">", "greater_than": ">", "greater": ">", "gte": ">=", "ge": ">=",
    "greater_or_equal": ">=", "greater_than_or_equal": ">=", "at_least": ">=",
    "lt": "<", "less_than": "<", "less": "<", "lte": "<=", "le": "<=",
    "less_or_equal": "<=", "less_than_or_equal": "<=", "at_most": "<=",
    "one_of": "in", "any_of": "in", "nin": "not_in", "none_of": "not_in",
    "includes": "contains", "has": "contains", "does_not_contain": "not_contains",
    "startswith": "starts_with", "begins_with": "starts_with", "endswith": "ends_with",
    "regex": "matches", "match": "matches", "=~": "matches", "matches_regex": "matches",
    "is_set": "exists", "present": "exists", "not_exists": "missing", "is_missing": "missing",
    "is_empty": "empty", "is_true": "true", "has_changed": "changed",
    "time_of_day": "time_between", "weekday": "weekday_in", "day_of_week": "weekday_in",
    "distance": "within", "near": "within", "distance_within": "within", "far": "beyond",
    "in_range": "between", "range": "between",
}  # fmt: skip


def _has_template(value: Any) -> bool:
    if isinstance(value, list):
        return any(map(is_template, value))
    return is_template(value)
