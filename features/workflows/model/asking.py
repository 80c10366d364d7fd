"""Which request of the control socket a step becomes, and which ones workflows may make.

Pure: from what a step was given, with its values, to the fields of a request.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from meshvisor.features.jobs.model.action import LONGEST_DEADLINE
from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.model.steps import TYPES, USUAL_JOB_TIMEOUT
from meshvisor.features.workflows.model.templates import as_text
from meshvisor.features.workflows.model.values import whole_number

if TYPE_CHECKING:
    from meshvisor.features.workflows.model.state import Effect

HTTP_ACTION: Final = "workflow-http"
"""The action of runners that sends HTTP requests for workflows."""


class Allowed(NamedTuple):
    """A request that workflows may make."""

    scope: str
    knows_its_key: bool
    """Whether the request itself is the same when it is repeated with its key, or when nothing can
    come of it."""


ALLOWED: Final[Mapping[str, Allowed]] = MappingProxyType(
    {
        "say": Allowed("meshes:operate", False),
        "command_run": Allowed("meshes:operate", False),
        "alert_create": Allowed("station:operate", True),
        "alert_acknowledge": Allowed("station:operate", True),
        "alert_resolve": Allowed("station:operate", True),
        "alert_show": Allowed("station:view", True),
        "zone_save": Allowed("station:edit", True),
        "zone_users": Allowed("station:view", True),
        "user_groups": Allowed("station:edit", True),
        "notify_send": Allowed("notifications:operate", True),
        "jobs_submit": Allowed("jobs:operate", True),
        "jobs_cancel": Allowed("jobs:operate", True),
    }
)


def request_of(effect: Effect, workflow: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request that a step becomes.

    Args:
        effect: what the step asks for.
        workflow: its name.
        values: of the event, for what the step leaves out.

    Raises:
        ValueError: something is missing; the message is one sentence.
    """
    given = {name: value for name, value in effect.config.items() if value not in (None, "")}
    for name, field in TYPES[effect.type].fields.items():
        if field.required and name not in given:
            raise ValueError(say.IS_EMPTY(name=name, meaning=field.meaning))
    request: dict[str, Any] = _REQUESTS[effect.type](given, effect.key, workflow, values)
    if request["type"] == "jobs_submit":
        _limit(request["submission"], given, effect.timeout)
    return request


# Private


def _limit(submission: dict[str, Any], given: Mapping[str, Any], timeout: float | None) -> None:
    """Let a job end with the step that waits for it: one that is late never starts."""
    if given.get("wait", True) is not False:
        submission["deadline"] = min(timeout or USUAL_JOB_TIMEOUT, LONGEST_DEADLINE)
    if timeout is not None and submission["action"] == HTTP_ACTION:
        submission["data"] = {**submission["data"], "timeout": timeout}


def _mesh(given: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    mesh_id = given.get("mesh_id") or values.get("mesh_id")
    if not mesh_id:
        raise ValueError(say.NO_MESH())
    return as_text(mesh_id)


def _say(given: Any, _key: str, _workflow: str, values: Any) -> dict[str, Any]:
    text = as_text(given.get("text"))
    if not text.strip():
        raise ValueError(say.NO_TEXT())
    request = {"type": "say", "mesh_id": _mesh(given, values), "text": text}
    if user_id := given.get("user_id"):
        request["user_id"] = as_text(user_id)
        if values.get("user_id") == user_id and values.get("user_name"):
            request["user_name"] = as_text(values["user_name"])
    return request


def _answer(given: Any, key: str, workflow: str, values: Any) -> dict[str, Any]:
    """Return the command that the bot runs, or what it answers in the room."""
    if "command" in given:
        text = f"{as_text(given['command'])} {as_text(given.get('arguments'))}".strip()
        order = {"type": "command_run", "mesh_id": _mesh(given, values), "command": text}
        if (user_id := given.get("user_id")) is not None:
            order["user_id"] = as_text(user_id)
            if values.get("user_id") == user_id and values.get("user_name"):
                order["user_name"] = as_text(values["user_name"])
        return {**order, "is_said": given.get("say", True) is not False}
    request = _say(given, key, workflow, values)
    if user_id := request.pop("user_id", None):
        request["text"] = f"{request.pop('user_name', user_id)}: {request['text']}"
    return request


def _create_alert(given: Any, key: str, workflow: str, _values: Any) -> dict[str, Any]:
    request = {
        "type": "alert_create",
        "title": as_text(given["title"]),
        "severity": given.get("severity", "warning"),
        "message": as_text(given.get("message")),
        "source": f"workflow:{workflow}",
        "idempotency_key": f"workflow:{key}",
    }
    for name, other in (("user_id", "user_id"), ("zone_id", "zone"), ("dedup_key", "dedup_key")):
        if name in given:
            request[other] = as_text(given[name])
    return request


def _alert(kind: str) -> Any:
    def make(given: Any, _key: str, _workflow: str, _values: Any) -> dict[str, Any]:
        text = as_text(given["alert_id"])
        number = whole_number(text)
        if number is None:
            raise ValueError(f"{text[:40]!r} is no number of an alert")
        return {"type": kind, "number": number}

    return make


def _wait(given: Any, key: str, workflow: str, values: Any) -> dict[str, Any]:
    """Return what finds out how the alert is that is waited for."""
    found: dict[str, Any] = _alert("alert_show")(
        {"alert_id": given.get("alert", "")}, key, workflow, values
    )
    return found


def _zone(given: Any, _key: str, _workflow: str, _values: Any) -> dict[str, Any]:
    definition = dict(given)
    name = as_text(definition.pop("zone"))
    return {"type": "zone_save", "name": name, "definition": definition, "is_partial": True}


def _users(given: Any, _key: str, _workflow: str, _values: Any) -> dict[str, Any]:
    return {"type": "zone_users", "name": as_text(given["zone"])}


def _group(given: Any, _key: str, _workflow: str, _values: Any) -> dict[str, Any]:
    action, group = given.get("action", "add"), as_text(given["group"])
    return {"type": "user_groups", "user_id": as_text(given["user_id"]), action: [group]}


def _notify(given: Any, key: str, _workflow: str, values: Any) -> dict[str, Any]:
    severity = given.get("severity", "info")
    request: dict[str, Any] = {
        "type": "notify_send",
        "title": as_text(given.get("title")) or as_text(given.get("text"))[:80],
        "text": as_text(given.get("text")),
        "severity": "critical" if severity == "emergency" else severity,
        "key": f"workflow:{key}",
    }
    for name in ("user_id", "mesh_id"):
        if name in given:
            request[name] = as_text(given[name])
    if given.get("channels"):
        request["channels"] = list(given["channels"])
    del values
    return request


def _job(given: Any, key: str, _workflow: str, values: Any) -> dict[str, Any]:
    submission: dict[str, Any] = {
        "action": as_text(given["action"]),
        "data": dict(given.get("data") or {}),
        "key": f"workflow:{key}",
    }
    if given.get("items") is not None:
        submission["items"] = [as_text(one) for one in given["items"]]
    for name in ("priority", "lane"):
        if name in given:
            submission[name] = given[name]
    mesh_id = given.get("mesh_id") or values.get("mesh_id") or "-"
    return {"type": "jobs_submit", "mesh_id": as_text(mesh_id), "submission": submission}


def _http(given: Any, key: str, _workflow: str, _values: Any) -> dict[str, Any]:
    data = {name: given[name] for name in ("url", "method", "headers", "body", "expect")
            if name in given}  # fmt: skip
    submission = {
        "action": HTTP_ACTION,
        "items": ["request"],
        "data": data,
        "key": f"workflow:{key}",
    }
    return {"type": "jobs_submit", "mesh_id": "-", "submission": submission}


_REQUESTS: Final[Mapping[str, Any]] = {
    "send_message": _say,
    "trigger_bot": _answer,
    "create_alert": _create_alert,
    "acknowledge_alert": _alert("alert_acknowledge"),
    "resolve_alert": _alert("alert_resolve"),
    "update_zone": _zone,
    "get_users_in_zone": _users,
    "update_user_group": _group,
    "send_notification": _notify,
    "submit_job": _job,
    "http_request": _http,
    "wait": _wait,
}
