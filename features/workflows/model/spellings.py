"""Other names for the same: of the seed, of the YAML that people write, and of other programs.

Owns which are accepted.  Does not own what they mean (`definition`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from meshvisor.features.workflows.model.steps import OTHER_NAMES, TYPES, Field

SEED_ONLY: Final = frozenset(
    {
        "actions", "conditions", "trigger_type", "trigger_config", "action_type", "action_config",
        "action_order", "timeout_seconds", "retry_count", "retry_delay_seconds", "created_at",
        "process_id", "template_id", "is_active", "on", "config", "condition", "do",
    }
)  # fmt: skip
OF_WORKFLOW: Final = (
    "name", "description", "mode", "key", "max_parallel", "max_queued", "cooldown", "threshold",
    "rate_limit", "deadline", "inputs", "triggers", "when", "steps", "on_failure", "actions",
    "conditions", "is_active", "template_id",
)  # fmt: skip
OF_TRIGGER: Final = (
    "type", "config", "when", "priority", "is_active", "trigger_type", "trigger_config",
    "conditions", "on", "with", "id", "process_id", "created_at",
)  # fmt: skip
OF_STEP: Final = (
    "id", "name", "type", "with", "when", "timeout", "retries", "retry_delay", "backoff",
    "on_failure", "do", "config", "action_type", "action_config", "conditions", "action_order",
    "timeout_seconds", "retry_count", "retry_delay_seconds", "process_id", "created_at",
)  # fmt: skip


def of_step(type_: str) -> tuple[str, ...]:
    """Return the names that a step of a type may have."""
    more = {"branch": ("if", "condition", "then", "else"), "parallel": ("branches",),
            "for_each": ("steps",)}  # fmt: skip
    return (*OF_STEP, *more.get(type_, ()))


def first(given: Mapping[str, Any], names: Sequence[str]) -> tuple[str, Any]:
    """Return the first of some names that is used, and its value; else the first and None."""
    name = next((one for one in names if given.get(one) is not None), names[0])
    return name, given.get(name)


def in_order(actions: Any) -> Any:
    """Return the seed's actions by their `action_order`; what has none stays where it is."""
    if not isinstance(actions, list) or not all(
        isinstance(one, Mapping) and isinstance(one.get("action_order"), int) for one in actions
    ):
        return actions
    return sorted(actions, key=lambda one: one["action_order"])


def expanded(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a step with its type, which some leave to a field of its own: `if`, `branches`."""
    if any(given.get(name) for name in ("type", "do", "action_type")):
        return given
    if "if" in given:
        return {"type": "branch", **given}
    if "branches" in given or "parallel" in given:
        own = given.get("parallel")
        config = {"with": own} if isinstance(own, Mapping) else {}
        rest = {name: one for name, one in given.items() if name != "parallel"}
        if not config and own is not None:
            rest.setdefault("branches", own)
        return {"type": "parallel", **config, **rest}
    for name in given:
        if name in TYPES or name in OTHER_NAMES:
            rest = {key: one for key, one in given.items() if key != name}
            return {"type": name, "with": given[name], **rest}
    return given


def trigger_config(config: dict[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return a trigger's config with the names that others use for the same."""
    other = {
        "zone_id": "zone",
        "zone_name": "zone",
        "cron_expression": "cron",
        "schedule": "cron",
        "expression": "cron",
        "tz": "timezone",
        "mesh": "mesh_id",
        "user": "user_id",
    }
    return {
        new if (new := other.get(name, "")) in fields and name not in fields else name: (
            str(value) if new == "zone" else value
        )
        for name, value in config.items()
    }


def step_config(type_: str, config: dict[str, Any]) -> dict[str, Any]:
    """Return a step's config with the names that others use for the same."""
    fields = TYPES[type_].fields
    other = {"message": "text", "mesh": "mesh_id", "user": "user_id", "zone_id": "zone",
             "zone_name": "zone", "description": "message", "group_id": "group",
             "group_name": "group", "process": "workflow", "process_id": "workflow",
             "duration": "seconds", "response": "text", "trigger": "command", "args": "arguments",
             "bot_command": "command"}  # fmt: skip
    return {
        new if name not in fields and (new := other.get(name, "")) in fields and new not in config
        else name: value
        for name, value in config.items()
    }  # fmt: skip


def variables(config: dict[str, Any]) -> dict[str, Any]:
    """Return what set_variable sets; the seed's way is `{name, value}`."""
    if set(config) == {"name", "value"} and isinstance(config["name"], str):
        return {config["name"]: config["value"]}
    return config
