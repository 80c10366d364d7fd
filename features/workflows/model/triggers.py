"""What begins an execution: the types of triggers, and the kinds of events they mean.

Owns the list, and what a trigger's own fields compare.  Does not own its conditions (`conditions`)
nor when a time has come (`engine.times`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from meshvisor.features.workflows.model.steps import Field


class TriggerType(msgspec.Struct, frozen=True, kw_only=True):
    """One type of trigger."""

    meaning: str
    kinds: tuple[str, ...] = ()
    """Kinds of events; none: no event begins it."""
    fields: Mapping[str, Field] = MappingProxyType({})
    """Of `config`; those that are not of the schedule or the event are compared for equality."""
    fixed: Mapping[str, Any] = MappingProxyType({})
    """Fields of the event and the values that they must have."""


_MESH: Final = {"mesh_id": Field("text", "only in this mesh")}
_ZONE: Final = {"zone": Field("text", "only this zone"), "user_id": Field("text", "only this user")}
_USER: Final = {"user_id": Field("text", "only this user"), **_MESH}
_ALERT: Final = {
    "severity": Field("text", "only such", choices=("info", "warning", "critical", "emergency")),
    "source": Field("text", "only from there"),
}

TRIGGERS: Final[Mapping[str, TriggerType]] = MappingProxyType(
    {
        "zone_entry": TriggerType(
            meaning="a user has entered a zone", kinds=("zone.entered",), fields=_ZONE
        ),
        "zone_exit": TriggerType(
            meaning="a user has left a zone", kinds=("zone.left",), fields=_ZONE
        ),
        "user_online": TriggerType(
            meaning="a user is active again", kinds=("user.online",), fields=_USER
        ),
        "user_offline": TriggerType(
            meaning="a user was not active for a while", kinds=("user.offline",), fields=_USER
        ),
        "user_registered": TriggerType(
            meaning="a user was registered", kinds=("user.registered",), fields=_USER
        ),
        "user_group_changed": TriggerType(
            meaning="the groups of a user have changed", kinds=("user.group_changed",), fields=_USER
        ),
        "alert_created": TriggerType(
            meaning="an alert was created", kinds=("alert.created",), fields=_ALERT
        ),
        "alert_acknowledged": TriggerType(
            meaning="an alert was acknowledged", kinds=("alert.acknowledged",), fields=_ALERT
        ),
        "alert_resolved": TriggerType(
            meaning="an alert was resolved", kinds=("alert.resolved",), fields=_ALERT
        ),
        "message_received": TriggerType(
            meaning="a user has said something", kinds=("message.received",), fields=_USER
        ),
        "bot_trigger_fired": TriggerType(
            meaning="a command of a bot was used",
            kinds=("bot.triggered",),
            fields={"command": Field("text", "only this command"), **_USER},
        ),
        "time_schedule": TriggerType(
            meaning="a time has come",
            fields={
                "cron": Field("text", "five fields, or such as @daily", required=True),
                "timezone": Field("text", "UTC without"),
            },
        ),
        "manual": TriggerType(
            meaning="it was asked for",
        ),
        "worker_connected": TriggerType(
            meaning="a bot is in its mesh", kinds=("mesh.connected",), fields=_MESH
        ),
        "worker_disconnected": TriggerType(
            meaning="a bot has lost its mesh", kinds=("mesh.disconnected",), fields=_MESH
        ),
        "worker_failed": TriggerType(
            meaning="a worker was given up", kinds=("mesh.failed",), fields=_MESH
        ),
        "mesh_kicked": TriggerType(
            meaning="a bot was removed from its mesh",
            kinds=("block.set",),
            fields=_MESH,
            fixed={"reason": "kicked"},
        ),
        "job_failed": TriggerType(
            meaning="a job has failed for good",
            kinds=("job.failed",),
            fields={"action": Field("text", "only of this action"), **_MESH},
        ),
        "event": TriggerType(
            meaning="any other kind of event",
            fields={"kind": Field("text", "its name, or a family such as job.*", required=True)},
        ),
    }
)

OF_TIME: Final = "time_schedule"
MANUAL: Final = "manual"
OF_KIND: Final = "event"

ABOUT_USER: Final = ("user.", "zone.", "message.", "bot.")
"""Families whose subject is a user."""


def kinds_of(type_: str, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the kinds of events that a trigger wants; patterns such as `job.*` too."""
    if type_ == OF_KIND:
        return (str(config.get("kind", "")),)
    return TRIGGERS[type_].kinds


LASTING: Final = ("alert.", "job.")
"""Families that tell of a state which lasts: who comes later finds it so."""


def lasting(kinds: Iterable[str]) -> tuple[str, ...]:
    """Return the kinds of events that tell of a state which lasts."""
    return tuple(one for one in kinds if one.startswith(LASTING))


def kinds_named(event: str) -> tuple[str, ...]:
    """Return the kinds of events that a type of trigger means, or the kind or family itself."""
    return kinds_of(event, {}) if event in TRIGGERS else (event,)
