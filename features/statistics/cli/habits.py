"""Words of other programs that mean a command about statistics."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

_MESH: Final = {"--community-id": "a community is a mesh here: --mesh-id MESH"}

HABITS: Final = Habits(
    options={
        f"{command}{twin}": _MESH
        for command in ("aggregate", "generate-community-events", "generate-usage-events")
        for twin in ("", "-background")
    },
    words={
        "": words(
            statistics_analytics_usage="'meshvisor stats show' shows who uses what",
            community0stats="'meshvisor stats' has these commands",
            aggregate="'meshvisor stats aggregate' makes statistics",
        ),
        "stats": words(
            ls_list_get_daily="'meshvisor stats show' shows the days",
            ranking_best="'meshvisor stats top meshes' shows what is used most",
            csv_chart_dump="'meshvisor stats export' writes them to a file",
            delete_rm="'meshvisor stats forget USER' takes out a user",
        ),
    },
    harmful=frozenset({"forget"}),
)
