"""The kinds of events of the station (docs/events.md).

Each is appended in the transaction of what it tells of.
"""

from __future__ import annotations

from typing import Final

from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.notice import Notice

HEALTH: Final = "health"
"""Source of alerts that the fleet's health check has raised."""

_ALERT: Final = "the alert's number"
_ABOUT: Final = {
    "severity": "`info`, `warning`, `critical` or `emergency`",
    "title": "what is the matter, in a few words",
    "message": "the rest; empty: nothing",
    "source": "what has raised it: `operator`, `workflow`, `health` or a word of a program",
    "dedup_key": "the same one is counted as long as the alert is not resolved; null: none",
    "user_id": "the user whom it is about; null: none",
    "zone": "the name of the zone; null: none",
    "mesh": "the mesh; null: none",
    "count": "how often it was raised so far",
}
_TROUBLE: Final = "station alert {subject}"

_RAISED: Final = Notice(
    title="Alert: {title}",
    many="{count} alerts",
    text="{message}",
    name="{title}",
    severity="critical",
    severity_field="severity",
    trouble=_TROUBLE,
    unless={"source": (HEALTH,)},
)
ALERT_CREATED: Final = EventKind(
    "alert.created",
    "An alert was raised.",
    _ALERT,
    _ABOUT,
    keep_days=90,
    notice=_RAISED,
)
ALERT_REPEATED: Final = EventKind(
    "alert.repeated",
    "An alert that is not resolved was raised again, by the same key.",
    _ALERT,
    _ABOUT,
    # People hear of it only where it is worse now than what they know.
    notice=_RAISED,
)
ALERT_ACKNOWLEDGED: Final = EventKind(
    "alert.acknowledged",
    "An alert was acknowledged: it is taken care of.",
    _ALERT,
    _ABOUT,
    keep_days=90,
)
ALERT_RESOLVED: Final = EventKind(
    "alert.resolved",
    "An alert was resolved: it is over.",
    _ALERT,
    _ABOUT,
    keep_days=90,
    notice=Notice(
        title="Over: {title}",
        many="{count} alerts are over",
        name="{title}",
        severity="info",
        ends=(_TROUBLE,),
        unless={"source": (HEALTH,)},
    ),
)

_USER: Final = "the user's id, `realm/id` on another network than the platform"
_CROSSING: Final = {
    "zone": "its name",
    "user_name": "what the user is called; empty: unknown",
    "latitude": "degrees north of the position that says so",
    "longitude": "degrees east",
    "at": "epoch milliseconds of that position",
}

ZONE_ENTERED: Final = EventKind(
    "zone.entered",
    "A user has come into a zone, and has stayed for as long as the zone asks for.",
    _USER,
    {**_CROSSING, "dwell_s": "seconds that the user had been in it before that counted"},
)
ZONE_LEFT: Final = EventKind(
    "zone.left",
    "A user is out of a zone.",
    _USER,
    {**_CROSSING, "dwell_s": "seconds that the user was in it"},
)
_CHANGE: Final = {"origin": "as in the audit log", "detail": "what was done, in words"}
ZONE_CHANGED: Final = EventKind(
    "zone.changed", "A zone was made, changed or removed.", "its name", _CHANGE
)
GROUP_CHANGED: Final = EventKind(
    "group.changed", "A group was made, changed or removed.", "its name", _CHANGE
)

_ABOUT_USER: Final = {
    "user_name": "what the user is called; empty: unknown",
    "groups": "names of the user's groups",
}

USER_ONLINE: Final = EventKind(
    "user.online", "A user does something, the first time since long.", _USER, _ABOUT_USER
)
USER_OFFLINE: Final = EventKind(
    "user.offline",
    "A user has done nothing for as long as `station.offline_after`.",
    _USER,
    {**_ABOUT_USER, "last_seen_at": "epoch milliseconds"},
)
USER_REGISTERED: Final = EventKind(
    "user.registered", "The station counts a user among its own from now on.", _USER, _ABOUT_USER
)
USER_GROUP_CHANGED: Final = EventKind(
    "user.group_changed",
    "A user is in other groups than before.",
    _USER,
    {
        **_ABOUT_USER,
        "added": "names of groups that the user was not in",
        "removed": "names of groups that the user is not in any more",
    },
)

KINDS: Final = (
    ALERT_CREATED,
    ALERT_REPEATED,
    ALERT_ACKNOWLEDGED,
    ALERT_RESOLVED,
    ZONE_ENTERED,
    ZONE_LEFT,
    ZONE_CHANGED,
    USER_ONLINE,
    USER_OFFLINE,
    USER_REGISTERED,
    USER_GROUP_CHANGED,
    GROUP_CHANGED,
)
