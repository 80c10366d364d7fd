"""Words of other programs that mean a command about background commands."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            bg_nohup_detach_daemon_spawn=(
                "'meshvisor background start NAME -- COMMAND' starts a command in the background"
            ),
            procs="'meshvisor list-processes' shows the background commands",
            killall="'meshvisor cancel-process NAME' ends a background command",
        ),
        "background": words(
            run_exec_add_new="'meshvisor background start NAME -- COMMAND' starts one",
            ls_list_ps="'meshvisor list-processes' shows them",
            status_show_info="'meshvisor process-status NAME' shows one",
            log_logs_tail="'meshvisor process-status NAME --follow' shows its log",
            stop_kill_cancel="'meshvisor cancel-process NAME' ends one",
            rm_remove_delete_prune="'meshvisor background clean' removes those that have ended",
        ),
        "processes": words(
            ls_ps="'meshvisor processes list' shows them",
            show_info="'meshvisor processes status NAME' shows one",
            stop_kill_end="'meshvisor processes cancel NAME' ends one",
            start_run="'meshvisor background start NAME -- COMMAND' starts one",
        ),
    },
    harmful=frozenset({"cancel"}),
)
