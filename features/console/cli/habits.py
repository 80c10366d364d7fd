"""Words of other programs that mean the console."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(web_ui_dashboard_gui_open="'meshvisor console' says where the console is"),
    },
)
