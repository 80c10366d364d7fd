"""Words of other programs that mean a command about the station."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            alert_alerts="'meshvisor station alerts' has alerts: list, add, acknowledge, resolve",
            zone_zones_geofence_geofences_fence="'meshvisor station zones' has zones: list, add",
            users_user_nodes="'meshvisor station users' has users: list, show, register, position",
            group_groups="'meshvisor station groups' has groups: list, add",
        ),
        "station": words(
            alert="'meshvisor station alerts' has alerts",
            zone_geofences_geofence="'meshvisor station zones' has zones",
            user_people_nodes="'meshvisor station users' has users",
            group="'meshvisor station groups' has groups",
        ),
    },
    harmful=frozenset(),
)
