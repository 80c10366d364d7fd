"""From a document as a user has written it to a stored workflow, or to all its errors.

Owns the form, the spellings that are accepted for it, and the caps.  Does not own what steps do
(`steps`), what begins one (`triggers`), nor compiling (`program`).  Pure; takes milliseconds for
the largest document that is allowed, so that it may run anywhere
(docs/decisions/0110-workflows.md).

    name: sos
    triggers:
      - type: message_received
        when: text contains "SOS"
    steps:
      - do: create_alert
        with: {title: "SOS of {{ user_name }}", severity: critical}

The seed's spelling is accepted, too: `actions` with `action_type`, `action_config`, `conditions`,
`action_order`, `timeout_seconds` and `retry_count`; triggers with `trigger_type` and
`trigger_config`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from meshvisor.features.schedules.model.cron import check_cron, check_zone
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.condition_reading import read_condition
from meshvisor.features.workflows.model.conditions import Tree, leaves
from meshvisor.features.workflows.model.problems import (
    MOST_SHOWN,
    DefinitionError,
    Place,
    Problem,
    written,
)
from meshvisor.features.workflows.model.references import Fields, problems_of
from meshvisor.features.workflows.model.spellings import (
    OF_TRIGGER,
    OF_WORKFLOW,
    SEED_ONLY,
    expanded,
    first,
    in_order,
    of_step,
    step_config,
    trigger_config,
    variables,
)
from meshvisor.features.workflows.model.steps import OTHER_NAMES, TYPES, Field, Type, fits
from meshvisor.features.workflows.model.templates import compile_text, compile_value
from meshvisor.features.workflows.model.triggers import OF_KIND, OF_TIME, TRIGGERS
from meshvisor.features.workflows.model.values import whole_number
from meshvisor.features.workflows.model.writing import Places
from meshvisor.shared import inputs

LARGEST: Final = 256 * 1024
"""Bytes of a document as JSON."""
MOST_STEPS: Final = 500
"""In a document, at all levels together."""
MOST_TRIGGERS: Final = 50
DEEPEST: Final = 16
"""Levels of lists of steps in each other."""
MOST_BRANCHES: Final = 50
MOST_ITEMS: Final = 1_000
"""Rounds of one for_each."""
USUAL_ITEMS: Final = 100
LONGEST_NAME: Final = 64
LONGEST_KEY: Final = 500
LONGEST_WAIT: Final = 366 * 86_400
"""Seconds of any deadline, wait or timeout."""
USUAL_TIMEOUT: Final = 30
"""Seconds, as the seed has it."""
MOST_RETRIES: Final = 20

MOST_COUNTED: Final = 1_000
"""Events that a threshold waits for."""

MODES: Final = ("single", "restart", "queued", "parallel")

_NAME: Final = re.compile(r"[^\W_][\w .-]*")
_NUMBER: Final = re.compile(r"[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
_ID: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]{0,63}")

_BLOCKS: Final = ("then", "else", "steps", "branches")
_WITH_FIELDS_BESIDE: Final = ("parallel", "for_each")
"""Steps whose fields may stand beside their blocks, and not only in `with`."""


class Reading(NamedTuple):
    """What was read of a document."""

    document: dict[str, Any]
    """The stored form, as far as it could be read."""
    places: Places
    problems: list[Problem]
    """All that is wrong with it alone; calls need the other workflows (`calls`)."""


def read(given: Any, fields: Fields | None = None) -> Reading:
    """Read a document, whatever is wrong with it.

    Args:
        given: the document; how it was written, JSON or YAML, is its reader's business.
        fields: what events have; without it fields of events are not looked at.
    """
    reader = _Reader()
    document = reader.document(given)
    if "steps" in document:
        reader.problems += problems_of(document, reader.places, fields)
    return Reading(document, reader.places, reader.problems)


def read_definition(given: Any) -> dict[str, Any]:
    """Return the stored form of a workflow.

    Raises:
        DefinitionError: it is none; it has every problem.
    """
    document, _, problems = read(given)
    if problems:
        raise DefinitionError(problems[:MOST_SHOWN])
    return document


def read_inputs(given: Any) -> tuple[dict[str, Any], list[Problem]]:
    """Return the stored form of inputs alone, those of a template, and what is wrong with them."""
    reader = _Reader()
    return reader.inputs(given), reader.problems


def check_name(name: Any) -> str:
    """Return the name of a workflow.

    Raises:
        ValueError: it cannot be one.
    """
    if isinstance(name, str):
        # What looks the same is the same: "é" is one letter, however it was typed.
        plain = unicodedata.normalize("NFC", name.strip())
        if whole_number(plain) is not None:
            # It would be the number of another one.
            raise ValueError(say.NAME_OF_DIGITS(found=repr(plain)))
        if len(plain) <= LONGEST_NAME and _NAME.fullmatch(plain):
            return plain
    raise ValueError(say.NO_NAME(found=f"{name!r:.70}", most=LONGEST_NAME))


class _Reader:
    """One reading; collects the problems."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.steps = 0
        self.places = Places()

    # ---- The whole ---------------------------------------------------------------------------

    def document(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            self.wrong((), say.NO_DOCUMENT())
            return {}
        try:
            size = len(json.dumps(given, allow_nan=False))
        except (TypeError, ValueError, RecursionError):
            self.wrong((), say.NO_JSON())
            return {}
        if size > LARGEST:
            self.wrong((), say.TOO_LARGE(size=f"{size:,}", most=f"{LARGEST:,}"))
            return {}
        document: dict[str, Any] = {}
        try:
            document["name"] = check_name(given.get("name"))
        except ValueError as error:
            self.wrong(("name",), str(error))
        document["description"] = self.text(given, "description", 2000)
        self.known(given, OF_WORKFLOW, ())
        self._running(given, document)
        document["inputs"] = self.inputs(given.get("inputs") or {})
        document["triggers"] = self._triggers(given.get("triggers") or [])
        if when := self.condition(given, ("when", "conditions"), ()):
            document["when"] = when
        key = "actions" if "actions" in given and "steps" not in given else "steps"
        if "actions" in given and "steps" in given:
            self.wrong(("actions",), say.ACTIONS_AND_STEPS())
        document["steps"] = self.block(in_order(given.get(key) or []), (key,), 1)
        if given.get("on_failure"):
            document["on_failure"] = self.block(given["on_failure"], ("on_failure",), 1)
        if self.steps > MOST_STEPS:
            self.wrong((key,), say.MANY_STEPS(count=self.steps, most=MOST_STEPS))
        return document

    def _running(self, given: Mapping[str, Any], document: dict[str, Any]) -> None:
        mode = given.get("mode", "parallel")
        if mode not in MODES:
            self.wrong(("mode",), say.NO_MODE(found=f"{mode!r:.40}", names=_listed(MODES)))
        document["mode"] = mode
        if given.get("key") is not None:
            document["key"] = self.template(given["key"], ("key",))
        for name, low, high in _NUMBERS:
            value = given.get(name)
            if value is not None and (found := self.number(value, (name,), low, high)) is not None:
                document[name] = found
        for name, most in (("threshold", MOST_COUNTED), ("rate_limit", 1_000_000)):
            limit = given.get(name)
            if limit is None:
                continue
            if not isinstance(limit, Mapping) or set(limit) != {"count", "seconds"}:
                self.wrong((name,), say.RATE_FORM(example="{count: 5, seconds: 3600}"))
                continue
            count = self.number(limit["count"], (name, "count"), 1, most)
            seconds = self.number(limit["seconds"], (name, "seconds"), 1, LONGEST_WAIT)
            document[name] = {"count": count, "seconds": seconds}

    def inputs(self, given: Any) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            example = "{minutes: {type: number, default: 5}}"
            self.wrong(("inputs",), say.INPUTS_FORM(example=example))
            return {}
        read = {}
        for name, one in given.items():
            place = ("inputs", str(name))
            if not _ID.fullmatch(str(name)):
                self.wrong(place, say.NO_ID(found=f"{str(name)!r:.40}"))
                continue
            spec = {"type": one} if isinstance(one, str) else one
            if not isinstance(spec, Mapping):
                self.wrong(place, say.INPUT_FORM())
                continue
            self.known(spec, inputs.FIELDS, place)
            type_ = spec.get("type", "any")
            if type_ not in inputs.TYPES:
                self.wrong(
                    (*place, "type"),
                    inputs.NONE_OF(found=f"{type_!r:.40}", names=_listed(inputs.TYPES)),
                )
            elif "default" in spec and (wrong := inputs.misfit(spec, spec["default"])):
                self.wrong((*place, "default"), wrong)
            read[str(name)] = {key: spec[key] for key in inputs.FIELDS if key in spec} | {
                "type": type_
            }
        return read

    # ---- Triggers ----------------------------------------------------------------------------

    def _triggers(self, given: Any) -> list[dict[str, Any]]:
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.wrong(("triggers",), say.TRIGGERS_LIST())
            return []
        if len(given) > MOST_TRIGGERS:
            self.wrong(("triggers",), say.MANY(count=len(given), most=MOST_TRIGGERS))
            return []
        return [self._trigger(one, ("triggers", at)) for at, one in enumerate(given)]

    def _trigger(self, given: Any, place: Place) -> dict[str, Any]:
        if isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, Mapping):
            self.wrong(place, say.TRIGGER_FORM())
            return {}
        self.known(given, OF_TRIGGER, place)
        name, type_ = first(given, ("type", "trigger_type", "on"))
        if not isinstance(type_, str) or type_ not in TRIGGERS:
            self.wrong(
                (*place, name),
                say.NO_TRIGGER(found=f"{type_!r:.40}", names=_listed(TRIGGERS)),
            )
            return {}
        where, config = first(given, ("config", "trigger_config", "with"))
        config = self.object(config, (*place, where))
        fields = TRIGGERS[type_].fields
        config = trigger_config(config, fields)
        self.fields(config, fields, (*place, where), any_field=False)
        self._timing(type_, config, (*place, where))
        trigger: dict[str, Any] = {"type": type_, "config": config}
        if when := self.condition(given, ("when", "conditions"), place):
            trigger["when"] = when
        priority = given.get("priority")
        if priority not in (None, 0):
            trigger["priority"] = self.number(priority, (*place, "priority"), -1000, 1000)
        if given.get("is_active") in (False, 0):
            trigger["is_active"] = False
        return trigger

    def _timing(self, type_: str, config: dict[str, Any], place: Place) -> None:
        if type_ == OF_KIND and not re.fullmatch(r"[a-z_]+\.([a-z_]+|\*)", str(config.get("kind"))):
            self.wrong((*place, "kind"), say.NO_KIND())
        if type_ != OF_TIME or not isinstance(config.get("cron"), str):
            return
        try:
            config["cron"] = check_cron(config["cron"])
        except ValueError as error:
            self.wrong((*place, "cron"), str(error))
        try:
            check_zone(str(config.get("timezone") or "UTC"))
        except ValueError as error:
            self.wrong((*place, "timezone"), str(error))

    # ---- Steps -------------------------------------------------------------------------------

    def block(self, given: Any, place: Place, depth: int) -> list[dict[str, Any]]:
        if not isinstance(given, Sequence) or isinstance(given, str):
            self.wrong(place, say.STEPS_LIST())
            return []
        if depth > DEEPEST:
            self.wrong(place, say.TOO_DEEP(most=DEEPEST))
            return []
        if self.steps > MOST_STEPS:
            return []
        steps = [
            self._step(one, (*place, at), depth) for at, one in enumerate(given) if self._counted()
        ]
        return [one for one in steps if one]

    def _counted(self) -> bool:
        self.steps += 1
        return self.steps <= MOST_STEPS + 1

    def _step(self, given: Any, place: Place, depth: int) -> dict[str, Any]:
        if not isinstance(given, Mapping):
            example = "{do: send_message, with: {text: Hello}}"
            self.wrong(place, say.STEP_FORM(example=example))
            return {}
        written_so, given = given, expanded(given)
        name, type_ = first(given, ("type", "do", "action_type"))
        type_ = OTHER_NAMES.get(str(type_), type_)
        kind = TYPES.get(str(type_))
        if kind is None:
            self.wrong((*place, name), say.NO_STEP(found=f"{type_!r:.40}", names=_listed(TYPES)))
            self.places.add(str(given.get("id")), place)
            return {}
        where, config = first(given, ("with", "config", "action_config"))
        if where not in written_so:
            where = next((one for one in written_so if written_so[one] is config), where)
        config = dict(self.object(config, (*place, where)))
        given = {**given, **{key: config.pop(key) for key in (*_BLOCKS, "if") if key in config
                             and key not in given and key not in kind.fields}}  # fmt: skip
        if type_ in _WITH_FIELDS_BESIDE:
            beside = [one for one in kind.fields if one in given and one not in config]
            config.update((one, given[one]) for one in beside)
            given = {name: one for name, one in given.items() if name not in beside}
        self.known(given, of_step(str(type_)), place)
        step: dict[str, Any] = {"id": self._id(given, str(type_), place), "type": str(type_)}
        self.places.name(place, "with", where)
        if given.get("name"):
            step["name"] = self.text(given, "name", 200, place)
        step["with"] = self._config(str(type_), kind, config, (*place, where))
        self._common(given, step, place, depth)
        self._structure(str(type_), given, step, place, depth)
        return step

    def _id(self, given: Mapping[str, Any], type_: str, place: Place) -> str:
        name = given.get("id")
        if name is None or (isinstance(name, int) and not isinstance(name, bool)):
            name = next(
                one
                for number in range(1, MOST_STEPS * 2 + 2)
                if (one := type_ if number == 1 else f"{type_}_{number}")
                and self.places.known(one) is None
            )
        elif not isinstance(name, str) or not _ID.fullmatch(name):
            self.wrong((*place, "id"), say.NO_ID(found=f"{name!r:.40}"))
            name = f"step_{self.steps}"
        elif (other := self.places.known(name)) is not None:
            self.wrong((*place, "id"), say.NAMES_ALREADY(found=repr(name), place=written(other)))
        self.places.add(name, place)
        return name

    def _config(
        self, type_: str, kind: Type, config: dict[str, Any], place: Place
    ) -> dict[str, Any]:
        config = step_config(type_, config)
        self.fields(config, kind.fields, place, any_field=kind.any_field)
        if kind.one_of and not any(config.get(one) is not None for one in kind.one_of):
            self.wrong(place, say.ONE_NEEDED(names=_listed(kind.one_of)))
        if type_ == "set_variable":
            config = variables(config)
            for name in config:
                if not _ID.fullmatch(name):
                    self.wrong((*place, name), say.NO_ID(found=f"{name!r:.40}"))
        for name, value in config.items():
            if (type_, name) == ("wait", "where"):
                config[name] = self.step_tree(value, (*place, name))
                continue
            try:
                compile_value(value)
            except (ValueError, RecursionError) as error:
                self.wrong((*place, name), str(error))
        return config

    def _common(
        self, given: Mapping[str, Any], step: dict[str, Any], place: Place, depth: int
    ) -> None:
        if when := self.condition(given, ("when", "conditions"), place, self.step_tree):
            step["when"] = when
        for names, low, high in _OF_TRIES:
            name, value = first(given, names)
            if value is not None and names[0] == "timeout" and not TYPES[step["type"]].is_effect:
                # The seed gives every action its usual one.
                if (name, value) != ("timeout_seconds", USUAL_TIMEOUT):
                    instead = _INSTEAD_OF_TIMEOUT.get(step["type"], say.TIMEOUT_OF_OTHERS)()
                    self.wrong((*place, name), say.NO_TIMEOUT(type=step["type"], instead=instead))
            elif value is not None:
                found = self.number(value, (*place, name), low, high)
                if found is not None:
                    step[names[0]] = found
        on_failure = given.get("on_failure")
        if on_failure in ("continue", "stop"):
            step["on_failure"] = on_failure
        elif isinstance(on_failure, Sequence) and not isinstance(on_failure, str):
            step["on_failure"] = self.block(on_failure, (*place, "on_failure"), depth + 1)
        elif on_failure is not None:
            self.wrong((*place, "on_failure"), say.ON_FAILURE_FORM())

    def _structure(
        self, type_: str, given: Mapping[str, Any], step: dict[str, Any], place: Place, depth: int
    ) -> None:
        if type_ == "branch":
            where, value = first(given, ("if", "condition"))
            self.places.name(place, "if", where)
            before = len(self.problems)
            step["if"] = self.step_tree(value, (*place, where))
            if step["if"] is None and len(self.problems) == before:
                self.wrong((*place, "if"), say.BRANCH_CONDITION())
        for name in TYPES[type_].blocks:
            if name in given or name != "else":
                step[name] = self.block(given.get(name) or [], (*place, name), depth + 1)
        if type_ == "for_each" and not given.get("steps"):
            self.wrong((*place, "steps"), say.LOOP_STEPS())
        if type_ == "for_each" and isinstance(most := step["with"].get("max"), int):
            self.number(most, (*place, "with", "max"), 1, MOST_ITEMS)
        if type_ == "parallel":
            self._branches(given.get("branches"), step, place, depth)

    def _branches(self, given: Any, step: dict[str, Any], place: Place, depth: int) -> None:
        where: Place = (*place, "branches")
        if not isinstance(given, Sequence) or isinstance(given, str) or not given:
            self.wrong(where, say.BRANCHES_NEEDED())
            return
        if len(given) > MOST_BRANCHES:
            self.wrong(where, say.MANY(count=len(given), most=MOST_BRANCHES))
            return
        step["branches"] = [
            self.block(
                one.get("steps") if isinstance(one, Mapping) and "steps" in one
                else [one] if isinstance(one, Mapping) else one,
                (*where, at),
                depth + 1,
            )
            for at, one in enumerate(given)
        ]  # fmt: skip
        join = step["with"].get("join", "all")
        is_count = isinstance(join, int) and not isinstance(join, bool)
        if join not in ("all", "any") and not (is_count and 1 <= join <= len(given)):
            self.wrong((*place, "with", "join"), say.JOIN_FORM(most=len(given)))

    # ---- Parts -------------------------------------------------------------------------------

    def wrong(self, place: Place, sentence: str) -> None:
        self.problems.append(Problem(written(place), sentence))

    def known(self, given: Mapping[str, Any], allowed: Sequence[str], place: Place) -> None:
        for name in given:
            if name not in allowed:
                shown = [one for one in allowed if one not in SEED_ONLY]
                self.wrong((*place, str(name)), say.NO_FIELD(fields=_listed(shown)))

    def text(self, given: Mapping[str, Any], name: str, most: int, place: Place = ()) -> str:
        value = given.get(name)
        if value is None:
            return ""
        if not isinstance(value, str) or len(value) > most:
            self.wrong((*place, name), say.TEXT_UP_TO(most=f"{most:,}"))
            return ""
        return value

    def number(self, value: Any, place: Place, low: float, high: float) -> float | int | None:
        if isinstance(value, str) and _NUMBER.fullmatch(value):
            value = float(value) if "." in value else int(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self.wrong(place, say.NO_NUMBER(found=f"{value!r:.40}"))
        elif not low <= value <= high:
            # A whole number may be too large for ":g".
            shown = f"{value:g}" if isinstance(value, float) else f"{str(value)[:40]}"
            self.wrong(place, say.NOT_WITHIN(found=shown, low=f"{low:g}", high=f"{high:g}"))
        else:
            return value
        return None

    def object(self, value: Any, place: Place) -> dict[str, Any]:
        if isinstance(value, str):
            # The seed's tables hold JSON in texts.
            try:
                value = json.loads(value or "{}")
            except ValueError:
                value = value or {}
        if value is None:
            return {}
        if not isinstance(value, Mapping):
            self.wrong(place, say.AN_OBJECT())
            return {}
        return {str(name): one for name, one in value.items()}

    def template(self, value: Any, place: Place) -> str:
        if not isinstance(value, str) or len(value) > LONGEST_KEY:
            example = "{{ user_id }}"
            self.wrong(place, say.KEY_FORM(most=LONGEST_KEY, example=example))
            return ""
        try:
            compile_text(value)
        except ValueError as error:
            self.wrong(place, str(error))
        return value

    def condition(
        self,
        given: Mapping[str, Any],
        names: Sequence[str],
        place: Place,
        read: Callable[[Any, Place], Tree | None] | None = None,
    ) -> Tree | None:
        name, value = first(given, names)
        self.places.name(place, "when", name)
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            with suppress(ValueError):
                value = json.loads(value)
        return (read or self.tree)(value, (*place, name))

    def step_tree(self, value: Any, place: Place) -> Tree | None:
        """Read a condition of a step, which knows nothing of the event before."""
        tree = self.tree(value, place)
        if any(leaf["op"] == "changed" for leaf in leaves(tree)):
            self.wrong(place, say.CHANGED_IN_STEP())
            return None
        return tree

    def tree(self, value: Any, place: Place) -> Tree | None:
        tree, errors = read_condition(value, place)
        for error in errors:
            self.wrong(error.place, str(error))
        return None if errors else tree

    def fields(
        self,
        config: Mapping[str, Any],
        fields: Mapping[str, Field],
        place: Place,
        *,
        any_field: bool,
    ) -> None:
        for name, field in fields.items():
            if config.get(name) is None or config.get(name) == "":
                if field.required:
                    self.wrong((*place, name), say.NEEDED(meaning=field.meaning))
            elif problem := fits(field, config[name]):
                self.wrong((*place, name), problem)
        if not any_field:
            self.known(config, tuple(fields), place)


# ---- Limits ---------------------------------------------------------------------------------

_NUMBERS: Final = (
    ("max_parallel", 1, 1000),
    ("max_queued", 0, 10_000),
    ("cooldown", 0, LONGEST_WAIT),
    ("deadline", 1, LONGEST_WAIT),
)
_OF_TRIES: Final = (
    (("timeout", "timeout_seconds"), 0.1, LONGEST_WAIT),
    (("retries", "retry_count"), 0, MOST_RETRIES),
    (("retry_delay", "retry_delay_seconds"), 0, 86_400),
    (("backoff",), 1, 10),
)
_INSTEAD_OF_TIMEOUT: Final = MappingProxyType(
    {"wait": say.TIMEOUT_OF_WAIT, "ask": say.TIMEOUT_OF_ASK}
)


def _listed(names: Any) -> str:
    return ", ".join(names)
