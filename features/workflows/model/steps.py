"""What a step can do: its types, and what each takes.

Owns the list.  Does not own the form of a document (`definition`) nor what follows from a step
(`engine.stepping`).  A field may hold a text with `{{ }}` in place of any value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from meshvisor.features.workflows import wordings as say
from meshvisor.shared import inputs

USUAL_JOB_TIMEOUT: Final = 3600
"""Seconds of a step that waits for a job: for its turn in the lane, too."""


class Field(msgspec.Struct, frozen=True):
    """One field of what a step is given."""

    kind: str
    """`text`, `number`, `whole`, `yes or no`, `object`, `list`, or `any`."""
    meaning: str
    required: bool = False
    choices: tuple[str, ...] = ()
    begins: tuple[str, ...] = ()
    """What a text has to begin with; none: anything."""


class Type(msgspec.Struct, frozen=True, kw_only=True):
    """One type of step."""

    meaning: str
    fields: Mapping[str, Field] = MappingProxyType({})
    """Of `with`."""
    any_field: bool = False
    """Whether `with` may hold others, too."""
    one_of: tuple[str, ...] = ()
    """Of these fields at least one is needed."""
    blocks: tuple[str, ...] = ()
    """Lists of steps that it holds."""
    scope: str = ""
    """What the owner of the workflow must be allowed; empty: nothing reaches outside."""
    is_effect: bool = False
    """Whether the supervisor is asked for it."""
    waits_for: str = ""
    """What the step waits for when that is done, such as `job`; empty: it is done then."""


_SEVERITY: Final = ("info", "warning", "critical", "emergency")
_MESH: Final = Field("text", "the mesh; the one of the event where it is left out")
_USER: Final = Field("text", "the user's id")

ACTIONS: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "send_message": Type(
            meaning="have the bot say something",
            fields={
                "text": Field("text", "what is said", required=True),
                "mesh_id": _MESH,
                "user_id": Field(
                    "text",
                    "whom it is for: to them alone where the network can, else with their name",
                ),
            },
            scope="meshes:operate",
            is_effect=True,
        ),
        "create_alert": Type(
            meaning="create an alert",
            fields={
                "title": Field("text", "what it is about", required=True),
                "severity": Field("text", "how bad it is", choices=_SEVERITY),
                "message": Field("text", "what else there is to know"),
                "zone_id": Field("text", "the zone that it is about"),
                "user_id": Field("text", "the user whom it is about"),
                "dedup_key": Field("text", "one alert is open for a key at a time"),
            },
            scope="station:operate",
            is_effect=True,
        ),
        "acknowledge_alert": Type(
            meaning="acknowledge an alert",
            fields={"alert_id": Field("any", "its number", required=True)},
            scope="station:operate",
            is_effect=True,
        ),
        "resolve_alert": Type(
            meaning="resolve an alert",
            fields={"alert_id": Field("any", "its number", required=True)},
            scope="station:operate",
            is_effect=True,
        ),
        "update_zone": Type(
            meaning="make or change a zone",
            fields={
                "zone": Field("text", "its name", required=True),
                "description": Field("text", "what it is"),
                "circle": Field("object", "latitude, longitude and radius_m; a new one needs it"),
                "polygon": Field("list", "in place of a circle: latitude and longitude of points"),
                "hysteresis_m": Field("number", "metres outside from which on a user has left it"),
                "dwell_s": Field("number", "seconds inside, or outside, before that counts"),
                "enabled": Field("yes or no", "whether users can enter and leave it"),
            },
            scope="station:edit",
            is_effect=True,
        ),
        "get_users_in_zone": Type(
            meaning="list the users who are in a zone",
            fields={"zone": Field("text", "its name", required=True)},
            scope="station:view",
            is_effect=True,
        ),
        "update_user_group": Type(
            meaning="add a user to a group, or remove them",
            fields={
                "user_id": Field("text", "the user", required=True),
                "group": Field("text", "the group", required=True),
                "action": Field("text", "what is done", choices=("add", "remove", "set")),
            },
            scope="station:edit",
            is_effect=True,
        ),
        "send_notification": Type(
            meaning="notify people on the channels of the settings",
            fields={
                "title": Field("text", "what it is about"),
                "text": Field("text", "the rest"),
                "severity": Field("text", "how bad it is", choices=_SEVERITY),
                "user_id": _USER,
                "mesh_id": _MESH,
                "channels": Field("list", "names of channels; as the settings say without"),
            },
            one_of=("title", "text"),
            scope="notifications:operate",
            is_effect=True,
        ),
        "submit_job": Type(
            meaning="submit a job",
            fields={
                "action": Field("text", "its action", required=True),
                "mesh_id": _MESH,
                "items": Field("list", "keys of its items"),
                "data": Field("object", "what the action is given"),
                "priority": Field("any", "1 (urgent) to 5, or its name"),
                "lane": Field("text", "where it runs"),
                "wait": Field("yes or no", "whether the step waits for its end (it does)"),
            },
            scope="jobs:operate",
            is_effect=True,
            waits_for="job",
        ),
        "http_request": Type(
            meaning="send an HTTP request from a runner",
            fields={
                "url": Field(
                    "text", "https:// or http://", required=True, begins=("https://", "http://")
                ),
                "method": Field(
                    "text", "of HTTP", choices=("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD")
                ),
                "headers": Field("object", "names and values"),
                "body": Field("any", "a text, or an object, which is sent as JSON"),
                "expect": Field("list", "statuses that are no failure; 200 to 299 without"),
            },
            scope="jobs:operate",
            is_effect=True,
            waits_for="job",
        ),
        "trigger_bot": Type(
            meaning="have the bot of a mesh run a command, or answer, as if it was asked",
            fields={
                "command": Field("text", "the command's name; what it answers is `response`"),
                "arguments": Field("text", "what follows the name"),
                "say": Field("yes or no", "whether its answers are said in the room (they are)"),
                "text": Field("text", "in place of a command: what is said"),
                "mesh_id": _MESH,
                "user_id": Field("text", "as if who had asked"),
            },
            one_of=("command", "text"),
            scope="meshes:operate",
            is_effect=True,
        ),
        "set_variable": Type(
            meaning="keep values under names, as vars.NAME",
            any_field=True,
        ),
    }
)
"""What the seed calls actions."""

STRUCTURE: Final[Mapping[str, Type]] = MappingProxyType(
    {
        "branch": Type(meaning="do one list of steps or another", blocks=("then", "else")),
        "parallel": Type(
            meaning="do several lists of steps at the same time",
            fields={"join": Field("any", "all, any, or how many must be done")},
        ),
        "for_each": Type(
            meaning="do steps for each item of a list",
            fields={
                "items": Field("any", "the list", required=True),
                "as": Field("text", "under which name steps find the item"),
                "max": Field("whole", "items at most"),
            },
            blocks=("steps",),
        ),
        "call": Type(
            meaning="run another workflow and wait for its end",
            fields={
                "workflow": Field("text", "its name", required=True),
                "inputs": Field("object", "what it is given"),
            },
            scope="processes:execute",
        ),
        "wait": Type(
            meaning="wait for a time, for an event, or until an alert is taken care of",
            fields={
                "seconds": Field("number", "how long"),
                "until": Field("text", "a moment in ISO 8601"),
                "event": Field("text", "a kind of event, or a type of trigger"),
                "where": Field("any", "a condition on the event"),
                "alert": Field(
                    "any", "number of an alert: until it is acknowledged or resolved, or at once"
                ),
                "timeout": Field("number", "seconds after which neither is waited for any more"),
                "on_timeout": Field("text", "what happens then", choices=("fail", "continue")),
            },
            one_of=("seconds", "until", "event", "alert"),
        ),
        "ask": Type(
            meaning="ask a person, and wait for the answer",
            fields={
                "question": Field("text", "what is asked", required=True),
                "options": Field("list", "what can be answered; yes and no without"),
                "mesh_id": Field(
                    "text", "the mesh in which it is asked; none: only in the console"
                ),
                "user_id": Field("text", "who may answer in the chat; everybody without"),
                "expires": Field("number", "seconds until it ends without an answer; a day"),
                "on_expiry": Field("text", "what happens then", choices=("fail", "continue")),
            },
            scope="meshes:operate",
        ),
        "stop": Type(
            meaning="end the execution here",
            fields={
                "failed": Field("yes or no", "whether it has failed"),
                "reason": Field("text", "why"),
            },
        ),
    }
)

TYPES: Final[Mapping[str, Type]] = MappingProxyType({**ACTIONS, **STRUCTURE})

OTHER_NAMES: Final = MappingProxyType(
    {
        "trigger_bot_response": "trigger_bot",
        "if": "branch",
        "call_workflow": "call",
        "sub_process": "call",
        "wait_for_event": "wait",
        "delay": "wait",
        "approval": "ask",
        "foreach": "for_each",
    }
)
"""Spellings of the seed and of other programs."""


def scope_of(step: Mapping[str, Any]) -> str:
    """Return what the owner of a workflow must be allowed for a step; empty: nothing."""
    if step["type"] == "ask" and not step.get("with", {}).get("mesh_id"):
        # It is asked in the console only.
        return ""
    if step["type"] == "wait" and "alert" in step.get("with", {}):
        return "station:view"
    return TYPES[step["type"]].scope


def fits(field: Field, value: Any) -> str | None:
    """Return what is wrong with a value for a field; None: nothing.  Templates fit everywhere."""
    if isinstance(value, str) and field.begins and (wrong := _begins(field, value)):
        return wrong
    if isinstance(value, str) and "{{" in value:
        return None
    is_right = {
        "text": isinstance(value, (str, int, float)) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
        "whole": isinstance(value, int) and not isinstance(value, bool),
        "yes or no": isinstance(value, bool),
        "object": isinstance(value, Mapping),
        "list": isinstance(value, list),
        "any": True,
    }[field.kind]
    if not is_right:
        return inputs.OTHER_TYPE(found=f"{value!r:.60}", wanted=_WANTED[field.kind]())
    if field.choices and value not in field.choices:
        return inputs.NONE_OF(found=f"{value!r:.60}", names=", ".join(field.choices))
    return None


_WANTED: Final = {
    "text": inputs.A_TEXT,
    "number": inputs.A_NUMBER,
    "whole": inputs.A_WHOLE_NUMBER,
    "yes or no": inputs.TRUE_OR_FALSE,
    "object": inputs.AN_OBJECT,
    "list": inputs.A_LIST,
}


def action_id(row: int, at: int) -> int:
    """Return the number of an action, as the seed's tables have them: no two are the same.

    Args:
        row: of the revision that it is of, among those of all workflows.
        at: its place among the steps of the first level, from 0; what is in one of these is that
            action, too.  Steps of the workflow's own `on_failure` come behind all others.
    """
    return row * 1000 + at


def all_steps(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield every step of a stored form, at all levels, in reading order."""

    def walk(steps: Any) -> Iterator[Mapping[str, Any]]:
        for step in steps:
            yield step
            for part in ("then", "else", "steps"):
                yield from walk(step.get(part, ()))
            for branch in step.get("branches", ()):
                yield from walk(branch)
            if isinstance(step.get("on_failure"), list):
                yield from walk(step["on_failure"])

    yield from walk(document.get("steps", ()))
    yield from walk(document.get("on_failure", ()))


def _begins(field: Field, value: str) -> str | None:
    plain = value.partition("{{")[0]
    is_whole = plain == value
    for begin in field.begins:
        if plain.lower().startswith(begin) or (not is_whole and begin.startswith(plain.lower())):
            return None
    return say.BEGINS_OTHERWISE(found=f"{value!r:.60}", names=", ".join(field.begins))
