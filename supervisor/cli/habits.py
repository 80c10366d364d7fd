"""What to suggest for a command that does not exist: words of other programs, and typing errors.

Owns the table of words that people bring along from PM2, systemctl, docker and git.  Loaded when
somebody has typed a wrong command, by `supervisor.cli.command`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from meshvisor.shared.near_names import did_you_mean, near_names

NEAR: Final = 0.7
"""How alike (0 to 1) a command must be to be suggested.  It is not enough: `statsu` and `status`
are 0.83 alike, but so are `top` and `stop`, which mean different things; see `_is_near`."""

SHORT: Final = 4
"""Letters up to which a typing error is taken for one only when all letters are there or one is
missing behind the first."""

MOST: Final = 2
"""Suggestions at once."""

NEAR_OPTION: Final = 0.75
"""How alike an option must be to be suggested: `--all` is no slip for `--poll` (0.73)."""

HARMFUL: Final = frozenset(
    {
        "stop", "restart", "shutdown", "relogin", "salvage", "block", "remove",
        "unset", "cancel", "cleanup", "delete", "kick",
        "close", "end", "down", "logout", "keep",
    }
)  # fmt: skip
"""Commands that end or take away something; nobody is led to them by a mere likeness."""

_LIST: Final = "'meshvisor status' shows all meshes"
_SHOW: Final = "'meshvisor status MESH' shows one mesh, 'meshvisor meshes show MESH' all about it"
_WATCH: Final = "'meshvisor status --watch' looks again every second"
_LOGS: Final = "'meshvisor logs [MESH]' shows the log, with -f also what comes"
_RELOAD: Final = (
    "'meshvisor config reload' takes over changed settings and plug-ins, "
    "'meshvisor restart MESH' replaces the process of a mesh"
)
_RESTART: Final = "'meshvisor restart MESH' replaces the process of a mesh"
_STOP: Final = "'meshvisor stop MESH' stops a mesh until it is started again"
_END: Final = f"{_STOP}, 'meshvisor shutdown' the supervisor"
_FORGET: Final = (
    f"{_STOP}; for good, take it out of config/meshvisor.toml and say 'meshvisor config reload'"
)
_BOOT: Final = "systemd starts it with the machine: see docs/deployment.md"
_RUN: Final = "'meshvisor run' runs the supervisor, in the foreground"
_BLOCK: Final = (
    "'meshvisor blocklist block MESH' keeps a mesh away, 'meshvisor blocklist unblock MESH' ends it"
)
_ENABLE: Final = (
    "'meshvisor start MESH' and 'meshvisor stop MESH' hold over a restart of the supervisor; "
    "'meshvisor blocklist block MESH' keeps a mesh away, 'meshvisor blocklist unblock MESH' ends it"
)
_AGAIN: Final = (
    "'meshvisor start MESH' tries a failed mesh again at once, "
    "'meshvisor blocklist unblock MESH' ends a block"
)
_PAUSE: Final = f"{_STOP}, 'meshvisor jobs pause JOB' lets a job wait"
_EVENTS: Final = "'meshvisor events' shows what happened, 'meshvisor audit' who changed what"
_PLUGINS: Final = (
    "'meshvisor config reload' loads changed plug-ins, 'meshvisor doctor' names skipped ones"
)
_SETTINGS: Final = "'meshvisor config show' prints the settings that hold"
_CHECK: Final = "'meshvisor config check' says whether the settings are right"
_JOB: Final = "'meshvisor jobs show JOB' shows one job"
_SUBMIT: Final = "'meshvisor jobs submit ACTION --mesh MESH' enqueues a job"


def _words(**answers: str) -> Mapping[str, str]:
    """Return a table: each key holds words between underscores, in which `0` is a dash."""
    return {
        word.replace("0", "-"): answer
        for words, answer in answers.items()
        for word in words.lower().split("_")
    }


HABITS: Final[Mapping[str, Mapping[str, str]]] = {
    "": _words(
        ls_list_ps_l_ll_jlist_prettylist_overview_processes_list0units=_LIST,
        top_monit_monitor_watch_dash_dashboard_htop=_WATCH,
        describe_desc_inspect_info_show_get_is0active_is0failed_id=_SHOW,
        log_tail_journal_journalctl_log0tail_follow=_LOGS,
        reload_daemon0reload_force0reload_rehash_hup_reread=_RELOAD,
        reload0or0restart_try0restart_respawn_gracefulReload_startOrRestart=_RESTART,
        kill_quit_exit_halt_down_terminate=_END,
        delete_del_rm_remove=_FORGET,
        startup_unstartup_save_dump_resurrect_install_service=_BOOT,
        up_serve_daemon_supervisor_server=_RUN,
        enable_disable=_ENABLE,
        mask_unmask_ban_unban_block_unblock=_BLOCK,
        reset_reset0failed_clear=_AGAIN,
        pause_unpause_suspend_freeze=_PAUSE,
        history=_EVENTS,
        plugins_plugin_modules_actions=_PLUGINS,
        ping_alive="'meshvisor status' says whether a supervisor runs",
        commands_list0commands_man_docs_usage="'meshvisor --help' lists the commands",
        attach_exec_sh_say_talk_join="'meshvisor chat ROOM' talks in a room",
        env_conf_settings_set_show0environment_cat_edit=_SETTINGS,
        check_test_validate_verify=_CHECK,
        submit_enqueue_queue_job="'meshvisor jobs' has jobs: submit, list, show, watch",
        mesh_rooms_room="'meshvisor meshes list' shows the meshes",
        admins_users_user="'meshvisor admin list' shows the admins",
        whoami_account="'meshvisor credentials show' shows the bot's account",
        setup_create_new="'meshvisor init' sets up a home",
        upgrade_update_self0update=(
            "to upgrade, install the new version and start the supervisor again; "
            "'meshvisor config reload' takes over changed settings"
        ),
        flush_rotate_reloadlogs="log files are rotated by themselves: see [logs] in the settings",
        scale_instances="one mesh is one process; fleet.max_processes bounds them",
        stats_statistics_metrics_sums="'meshvisor health' has sums over all meshes",
    ),
    "meshes": _words(
        ls_ps_l="'meshvisor meshes list' shows all meshes",
        describe_inspect_info_status_get="'meshvisor meshes show MESH' shows all about one mesh",
        refresh_find_scan_look_search="'meshvisor meshes discover' looks for meshes now",
        start_stop_restart="it stands without 'meshes': 'meshvisor start|stop|restart MESH'",
        logs_log=_LOGS,
        add_create="add it to [[meshes]] in config/meshvisor.toml, then 'meshvisor config reload'",
        remove_rm_delete_del=_FORGET,
    ),
    "blocklist": _words(
        ls_show_l="'meshvisor blocklist list' shows the blocked meshes",
        add_ban_put="'meshvisor blocklist block MESH' blocks a mesh",
        remove_rm_delete_del_unban_clear_lift="'meshvisor blocklist unblock MESH' ends a block",
        count_status="'meshvisor blocklist stats' counts them",
    ),
    "admin": _words(
        ls_show_l="'meshvisor admin list' shows the admins",
        grant_create_new_set="'meshvisor admin add USER_ID' makes somebody an admin",
        rm_delete_del_revoke_unset="'meshvisor admin remove USER_ID' ends it",
    ),
    "perm": _words(
        ls_show_get_l="'meshvisor perm list' shows who may use what",
        add_grant_allow_deny_change="'meshvisor perm set COMMAND admin|user' decides it",
        rm_remove_delete_del_revoke_reset_clear="'meshvisor perm unset COMMAND' undoes it",
    ),
    "credentials": _words(
        list_ls_get_print="'meshvisor credentials show' shows the account",
        set_save_login_new="'meshvisor login' logs the bot in",
    ),
    "config": _words(
        list_ls_get_print_view_cat_dump_env=_SETTINGS,
        validate_verify_test_lint=_CHECK,
        apply_refresh_restart="'meshvisor config reload' takes over changed settings",
        set_edit="change config/meshvisor.toml, then 'meshvisor config reload'",
        init_create_new="'meshvisor init' writes the settings file",
    ),
    "jobs": _words(
        ls_l_ps_queue="'meshvisor jobs list' shows jobs",
        describe_inspect_info_status_get_log_logs_history=_JOB,
        add_create_new_run_start_enqueue_push=_SUBMIT,
        top_monit_monitor_follow_tail_progress="'meshvisor jobs watch [JOB]' shows how they get on",
        stop_kill_abort="'meshvisor jobs pause JOB' stops a job for now, 'jobs cancel' for good",
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
    "playground": _words(
        start_run_up_serve="'meshvisor playground' alone runs it, in the foreground",
        stop_quit_exit_shutdown="Ctrl+C ends it where it runs",
        status_show_list_ls_info_rooms="'meshvisor playground state' shows its rooms",
        fix_repair_reset_heal="'meshvisor playground mend' ends all that was made to go wrong",
    ),
}
"""By group (the program itself: an empty word), what to say of a word."""


_BACKGROUND: Final = (
    "to have it in the background and with the machine, let systemd run it: see docs/deployment.md"
)
_LINES: Final = "'--lines N' says how many of the past"
_ENDS: Final = "it ends by itself, unless '--follow' is there"
_FORCE: Final = "a bot that has not left after fleet.shutdown_timeout is killed anyway"

OPTION_HABITS: Final[Mapping[str, Mapping[str, str]]] = {
    "run": dict.fromkeys(
        ("-d", "--detach", "--daemon", "--daemonize", "--background", "-D"), _BACKGROUND
    )
    | {"--watch": "'--reload' starts anew when the source, a plug-in or the settings change"},
    "logs": {
        "--tail": _LINES,
        "--unit": "name the mesh: meshvisor logs MESH",
        "-u": "name the mesh: meshvisor logs MESH",
        "-p": "'--level warning' shows warnings and worse ones",
        "--priority": "'--level warning' shows warnings and worse ones",
        "--err": "'--level error' shows errors and worse ones",
        "--no-follow": _ENDS,
        "--nostream": _ENDS,
        "--raw": "'--json' prints a record per line for programs",
        "-o": "'--json' prints a record per line for programs",
        "--until": "'--since' says from when on, and 'head' where to end",
        "-t": "every line has its time",
        "--timestamps": "every line has its time",
    },
    "status": {
        "-f": "'--watch' looks again every second",
        "--follow": "'--watch' looks again every second",
        "-a": "all meshes are shown, unless some are named",
        "--all": "all meshes are shown, unless some are named",
        "--failed": "'--state failed' shows those in this state",
    },
    "start": {"--now": "it starts at once; '--wait' waits until it is connected"},
    "stop": dict.fromkeys(("-f", "--force", "--now", "-t", "--time", "--timeout"), _FORCE),
    "restart": dict.fromkeys(("-f", "--force", "--now", "-t", "--time"), _FORCE),
    "meshvisor": {"-v": "'--version' shows the version"},
}
"""By command, what to say of an option of another program."""


def option_hint(command: str, option: str) -> str | None:
    """Return what is probably meant by a wrong option, without a full stop; None: no idea."""
    return OPTION_HABITS.get(command, {}).get(option)


def option_like(option: str, options: Iterable[str]) -> str | None:
    """Return the option that a wrong one is probably a slip for; None: there is none."""
    return next(iter(near_names(option, options, likeness=NEAR_OPTION)), None)


def hint(group: str, word: str, commands: Iterable[str]) -> str | None:
    """Return what is probably meant by a wrong command, without a full stop; None: no idea.

    Args:
        group: the words in front of it behind the program's name.
        word: what was typed.
        commands: those that the group has.
    """
    word = word.lower()
    habits = HABITS.get(group, {})
    names = list(commands)
    if word in names:
        return did_you_mean([word])
    if word in habits:
        return habits[word]
    near = [
        name
        for name in near_names(word, [*names, *habits], len(names), NEAR)
        if _is_near(word, name)
    ]
    # A slip in a word of ours is likelier than one in a word from elsewhere.
    if not (meant := [name for name in near if name in names][:MOST]) and near:
        return habits[near[0]]
    meant = meant or _begun(word, names)
    return did_you_mean(meant) or None


# Private


def _is_near(word: str, name: str) -> bool:
    if word[:1] != name[:1]:
        # The first letter is the one that people get right; `top` is not `stop`.
        return len(word) > SHORT and name not in HARMFUL and word[1:2] == name[1:2]
    if name not in HARMFUL and len(word) > SHORT:
        return True
    return _differs_by_a_slip(word, name)


def _differs_by_a_slip(word: str, name: str) -> bool:
    """Say whether one letter is missing, too many or changed with its neighbour."""
    if sorted(word) == sorted(name):
        return True
    shorter, longer = sorted((word, name), key=len)
    if len(longer) - len(shorter) != 1:
        return False
    return any(longer[:at] + longer[at + 1 :] == shorter for at in range(1, len(longer)))


def _begun(word: str, names: Iterable[str]) -> list[str]:
    """Return the commands that begin like the word, those that end something left out."""
    if len(word) < 2:
        return []
    return [name for name in names if name.startswith(word) and name not in HARMFUL][:MOST]
