"""Words and options of other programs that mean a command of the fleet."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import LOGS, Habits, words

_LIST: Final = "'meshvisor status' shows all meshes"
_SHOW: Final = "'meshvisor status MESH' shows one mesh, 'meshvisor meshes show MESH' all about it"
_RESTART: Final = "'meshvisor restart MESH' replaces the process of a mesh"
_RELOAD: Final = f"'meshvisor config reload' takes over changed settings and plug-ins, {_RESTART}"
_STOP: Final = "'meshvisor stop MESH' stops a mesh until it is started again"
_FORGET: Final = (
    f"{_STOP}; for good, take it out of config/meshvisor.toml and say 'meshvisor config reload'"
)
_ENABLE: Final = (
    "'meshvisor start MESH' and 'meshvisor stop MESH' hold over a restart of the supervisor; "
    "'meshvisor blocklist block MESH' keeps a mesh away, 'meshvisor blocklist unblock MESH' ends it"
)
_AGAIN: Final = (
    "'meshvisor start MESH' tries a failed mesh again at once, "
    "'meshvisor blocklist unblock MESH' ends a block"
)
_FORCE: Final = "a bot that has not left after fleet.shutdown_timeout is killed anyway"

HABITS: Final = Habits(
    words={
        "": words(
            ls_list_ps_l_ll_jlist_prettylist_overview_processes_list0units=_LIST,
            describe_desc_inspect_info_show_get_is0active_is0failed_id=_SHOW,
            reload_daemon0reload_force0reload_rehash_hup_reread=_RELOAD,
            reload0or0restart_try0restart_respawn_gracefulReload_startOrRestart=_RESTART,
            kill_quit_exit_halt_down_terminate=f"{_STOP}, 'meshvisor shutdown' the supervisor",
            delete_del_rm_remove=_FORGET,
            enable_disable=_ENABLE,
            reset_reset0failed_clear=_AGAIN,
            pause_unpause_suspend_freeze=_STOP,
            mesh_rooms_room="'meshvisor meshes list' shows the meshes",
            setup_create_new="'meshvisor init' sets up a home",
            scale_instances="one mesh is one process; fleet.max_processes bounds them",
            metrics_sums="'meshvisor health' has sums over all meshes",
        ),
        "meshes": words(
            ls_ps_l="'meshvisor meshes list' shows all meshes",
            describe_inspect_info_status_get=(
                "'meshvisor meshes show MESH' shows all about one mesh"
            ),
            refresh_find_scan_look_search="'meshvisor meshes discover' looks for meshes now",
            start_stop_restart="it stands without 'meshes': 'meshvisor start|stop|restart MESH'",
            logs_log=LOGS,
            add_create=(
                "add it to [[meshes]] in config/meshvisor.toml, then 'meshvisor config reload'"
            ),
            remove_rm_delete_del=_FORGET,
        ),
        "config": words(init_create_new="'meshvisor init' writes the settings file"),
    },
    options={
        "start": {"--now": "it starts at once; '--wait' waits until it is connected"},
        "stop": dict.fromkeys(("-f", "--force", "--now", "-t", "--time", "--timeout"), _FORCE),
        "restart": dict.fromkeys(("-f", "--force", "--now", "-t", "--time"), _FORCE),
    },
    harmful=frozenset({"stop", "restart"}),
)
