"""Words of other programs that mean a command about reports."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "reports": words(
            ls_l="'meshvisor reports list' shows the reports",
            view_get_cat="'meshvisor reports show KEY' shows a report",
            browse_html="'meshvisor reports open KEY' opens its page in a browser",
            make_create_new_run="'meshvisor schedules start weekly-report' makes one now",
        ),
    },
)
