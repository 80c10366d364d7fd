"""What requests about the station return: the JSON that `--json` prints (docs/cli.md).

Owns the shapes, by the rules of `shared.control.results`.
"""

from __future__ import annotations

from meshvisor.shared.control.results import Result

# ---- Alerts --------------------------------------------------------------------------------------


class AlertInfo(Result):
    """One alert."""

    id: int
    state: str
    """`open`, `acknowledged` or `resolved`."""
    severity: str
    """`info`, `warning`, `critical` or `emergency`."""
    title: str
    message: str
    source: str
    dedup_key: str | None
    user_id: str | None
    zone: str | None
    mesh_id: str | None
    count: int
    """How often it was raised."""
    created_at: str
    created_by: str
    updated_at: str
    """When it was raised last, acknowledged or resolved."""
    acknowledged_at: str | None
    acknowledged_by: str | None
    resolved_at: str | None
    resolved_by: str | None


class AlertNote(Result):
    """What a person has written about an alert."""

    at: str
    actor: str
    text: str


class AlertReport(AlertInfo):
    """Answer to `alert_show`, `alert_acknowledge`, `alert_resolve` and `alert_note`."""

    notes: tuple[AlertNote, ...]
    """Oldest first; the newest hundred."""


class AlertOutcome(AlertReport):
    """Answer to `alert_create`."""

    outcome: str
    """`created`; `counted`: one with its key was open; `repeated`: the request was made before."""


class AlertCounts(Result):
    """How many alerts there are of each state, and of those not resolved of each severity."""

    open: int
    acknowledged: int
    resolved: int
    severities: dict[str, int]


class AlertList(Result):
    """Answer to `alerts_list`."""

    alerts: tuple[AlertInfo, ...]
    """Newest first."""
    more: bool
    """Whether there are others behind the last one."""
    counts: AlertCounts


# ---- Zones ---------------------------------------------------------------------------------------


class CircleInfo(Result):
    """All within a distance of a point."""

    latitude: float
    longitude: float
    radius_m: float


class ZoneBounds(Result):
    """Between which degrees a zone is; `west` is greater than `east` across the date line."""

    south: float
    west: float
    north: float
    east: float


class ZoneInfo(Result):
    """One zone."""

    name: str
    description: str
    kind: str
    """`circle` or `polygon`."""
    circle: CircleInfo | None
    """None: it is a polygon."""
    polygon: tuple[tuple[float, float], ...] | None
    """Latitude and longitude of each point; None: it is a circle."""
    bounds: ZoneBounds
    hysteresis_m: float | None
    dwell_s: float | None
    """None, of both: as the settings say."""
    enabled: bool
    users: int
    """How many are in it."""
    revision: int
    """Raised by each change."""
    updated_at: str
    updated_by: str


class ZoneList(Result):
    """Answer to `zones_list`."""

    zones: tuple[ZoneInfo, ...]
    """By name."""
    more: bool


class ZoneRemoved(Result):
    """Answer to `zone_remove`."""

    name: str
    users: int
    """How many were in it."""


# ---- Users ---------------------------------------------------------------------------------------


class PositionInfo(Result):
    """Where a user was."""

    at: str
    latitude: float
    longitude: float
    accuracy_m: float | None
    """None: unknown."""
    mesh_id: str | None
    """Who has reported it; None: no mesh."""
    source: str
    """`mesh`, or who has reported it by a request."""


class UserInfo(Result):
    """One user."""

    user_id: str
    name: str
    """Empty: unknown."""
    note: str
    is_online: bool
    online_since: str | None
    """None: not online, or unknown."""
    first_seen_at: str | None
    last_seen_at: str | None
    """None: never yet."""
    mesh_id: str | None
    """Where that was."""
    registered_at: str | None
    """None: seen only."""
    registered_by: str | None
    groups: tuple[str, ...]
    zones: tuple[str, ...]
    """In which the user is."""
    position: PositionInfo | None
    """The last one; None: none is known."""


class Sighting(Result):
    """In which mesh a user was seen."""

    mesh_id: str
    last_seen_at: str


class UserReport(UserInfo):
    """Answer to `station_user` and `user_register`."""

    meshes: tuple[Sighting, ...]
    """Latest first."""


class UserGroups(UserReport):
    """Answer to `user_groups`."""

    added: tuple[str, ...]
    removed: tuple[str, ...]


class UserCounts(Result):
    """How many users there are."""

    users: int
    online: int
    registered: int


class UserList(Result):
    """Answer to `station_users`."""

    users: tuple[UserInfo, ...]
    """By id."""
    more: bool
    counts: UserCounts
    """Of all users."""


class ZoneUser(Result):
    """A user in a zone."""

    user_id: str
    name: str
    state: str
    """`entering`, `inside` or `leaving`."""
    since: str
    """When that has begun."""
    entered_at: str | None
    """None: entering."""
    position: PositionInfo | None


class ZoneUsers(Result):
    """Answer to `zone_users`."""

    zone: str
    users: tuple[ZoneUser, ...]
    """By id."""
    more: bool


class PositionOutcome(Result):
    """Answer to `user_position`."""

    user_id: str
    taken: bool
    """Whether it is the newest of its user; an older one is only kept."""
    zones: tuple[str, ...]
    """In which the user is now."""
    entered: tuple[str, ...]
    left: tuple[str, ...]


class PositionList(Result):
    """Answer to `user_positions`."""

    user_id: str
    positions: tuple[PositionInfo, ...]
    """Newest first."""
    more: bool


class UserForgotten(Result):
    """Answer to `user_forget`."""

    user_id: str
    positions: int
    """How many of them were removed."""


# ---- Groups --------------------------------------------------------------------------------------


class GroupInfo(Result):
    """One group."""

    name: str
    description: str
    members: int
    revision: int
    """Raised by each change of the group itself."""
    updated_at: str
    updated_by: str


class GroupList(Result):
    """Answer to `groups_list`."""

    groups: tuple[GroupInfo, ...]
    """By name."""
    more: bool


class GroupRemoved(Result):
    """Answer to `group_remove`."""

    name: str
    members: int
    """How many were in it."""
