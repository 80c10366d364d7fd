"""Words of other programs that mean a command about jobs."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

_JOB: Final = "'meshvisor jobs show JOB' shows one job"
_SUBMIT: Final = "'meshvisor jobs submit ACTION --mesh MESH' enqueues a job"
_PAUSE: Final = (
    "'meshvisor stop MESH' stops a mesh until it is started again, "
    "'meshvisor jobs pause JOB' lets a job wait"
)

HABITS: Final = Habits(
    words={
        "": words(
            pause_unpause_suspend_freeze=_PAUSE,
            submit_enqueue_queue_job="'meshvisor jobs' has jobs: submit, list, show, watch",
        ),
        "jobs": words(
            ls_l_ps_queue="'meshvisor jobs list' shows jobs",
            describe_inspect_info_status_get_log_logs_history=_JOB,
            add_create_new_run_start_enqueue_push=_SUBMIT,
            top_monit_monitor_follow_tail_progress=(
                "'meshvisor jobs watch [JOB]' shows how they get on"
            ),
            stop_kill_abort=(
                "'meshvisor jobs pause JOB' stops a job for now, 'jobs cancel' for good"
            ),
            restart_rerun_again="'meshvisor jobs retry JOB' tries failed items again",
            suspend="'meshvisor jobs pause JOB' stops a job for now",
            unpause_continue="'meshvisor jobs resume JOB' has a job go on",
            rm_remove_del_purge=(
                "'meshvisor jobs cancel JOB' ends a job for good, "
                "'meshvisor jobs delete JOB' forgets it"
            ),
            priority_prioritize_lane_requeue="'meshvisor jobs move JOB' changes priority or lane",
            done_complete_fail_finish="'meshvisor jobs mark JOB' says how it has ended",
            prune_clean_gc="'meshvisor jobs cleanup' forgets jobs that ended long ago",
            tasks_types_names_plugins="'meshvisor jobs actions' lists what can be submitted",
        ),
    },
    harmful=frozenset({"cancel", "cleanup", "delete"}),
)
