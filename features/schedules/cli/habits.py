"""Words of other programs that mean a command about schedules."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(
            schedule_cron_crontab_at_timers_timer=(
                "'meshvisor schedules' has schedules: list, add, check, history"
            ),
        ),
        "schedules": words(
            ls_l_ps="'meshvisor schedules list' shows the schedules",
            create_new="'meshvisor schedules add NAME --cron EXPR --action ACTION' makes one",
            rm_delete_del="'meshvisor schedules remove NAME' removes one",
            change_update_set_modify="'meshvisor schedules edit NAME' changes one",
            describe_inspect_info_get_status="'meshvisor schedules show NAME' shows one",
            runs_log_logs="'meshvisor schedules history NAME' shows what became of its times",
            trigger_now_exec="'meshvisor schedules start NAME' runs one now",
            explain_parse_validate_test="'meshvisor schedules check EXPR' explains an expression",
            pause_suspend_off="'meshvisor schedules disable NAME' has one fire no more",
            resume_unpause_on="'meshvisor schedules enable NAME' has one fire again",
            statistics_metrics_rates="'meshvisor schedules stats' shows how well they run",
            cleanup_clean_prune_purge=(
                "'meshvisor schedules cleanup-logs' removes old entries of the history"
            ),
            upcoming="'meshvisor schedules next NAME' shows its next times",
        ),
    },
    harmful=frozenset({"remove", "stop", "cleanup-logs"}),
)
