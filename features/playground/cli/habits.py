"""Words of other programs that mean a command of the playground."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "playground": words(
            start_run_up_serve="'meshvisor playground' alone runs it, in the foreground",
            stop_quit_exit_shutdown="Ctrl+C ends it where it runs",
            status_show_list_ls_info_rooms="'meshvisor playground state' shows its rooms",
            fix_repair_reset_heal="'meshvisor playground mend' ends all that was made to go wrong",
        ),
    },
    harmful=frozenset({"kick", "close", "end", "down", "logout"}),
)
