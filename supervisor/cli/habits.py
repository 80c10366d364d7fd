"""What to suggest for a command that does not exist: words of other programs, and typing errors.

Owns what is said of words that people bring along from PM2, systemctl, docker and git, as far as
they mean a command of the kernel; features say the same of theirs (`Feature.habits`).  Loaded when
the user has typed a wrong command, by `supervisor.cli.command`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from meshvisor.shared.feature import parts
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

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """Words of other programs, and the commands that they mean here."""

    words: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    """By group of commands (the program itself: an empty word), what to say of a word."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    """By command, what to say of an option."""
    harmful: frozenset[str] = frozenset()
    """Commands that end or take away something; a mere likeness does not suggest them."""


def words(**answers: str) -> Mapping[str, str]:
    """Return a table: each key holds words between underscores, in which `0` is a dash."""
    return {
        word.replace("0", "-"): answer
        for words, answer in answers.items()
        for word in words.lower().split("_")
    }


LOGS: Final = "'meshvisor logs [MESH]' shows the log, with -f also what comes"

_WATCH: Final = "'meshvisor status --watch' looks again every second"
_RELOAD: Final = "'meshvisor config reload' takes over changed settings and plug-ins"
_BOOT: Final = "systemd starts it with the machine: see docs/deployment.md"
_RUN: Final = "'meshvisor run' runs the supervisor, in the foreground"
_EVENTS: Final = "'meshvisor events' shows what happened, 'meshvisor audit' who changed what"
_PLUGINS: Final = (
    "'meshvisor config reload' loads changed plug-ins, 'meshvisor doctor' names skipped ones"
)
_SETTINGS: Final = "'meshvisor config show' prints the settings that hold"
_CHECK: Final = "'meshvisor config check' says whether the settings are right"
_BACKGROUND: Final = (
    "to have it in the background and with the machine, let systemd run it: see docs/deployment.md"
)
_LINES: Final = "'--lines N' says how many of the past"
_ENDS: Final = "it ends by itself, unless '--follow' is there"

KERNEL: Final = Habits(
    words={
        "": words(
            top_monit_monitor_watch_dash_dashboard_htop=_WATCH,
            log_tail_journal_journalctl_log0tail_follow=LOGS,
            reload_daemon0reload_force0reload_rehash_hup_reread=_RELOAD,
            kill_quit_exit_halt_down_terminate="'meshvisor shutdown' ends the supervisor",
            startup_unstartup_save_dump_resurrect_install_service=_BOOT,
            up_serve_daemon_supervisor_server=_RUN,
            history=_EVENTS,
            plugins_plugin_modules_actions=_PLUGINS,
            ping_alive="'meshvisor status' says whether a supervisor runs",
            commands_list0commands_man_docs_usage="'meshvisor --help' lists the commands",
            env_conf_settings_set_show0environment_cat_edit=_SETTINGS,
            check_test_validate_verify=_CHECK,
            upgrade_update_self0update=(
                "to upgrade, install the new version and start the supervisor again; "
                "'meshvisor config reload' takes over changed settings"
            ),
            flush_rotate_reloadlogs=(
                "log files are rotated by themselves: see [logs] in the settings"
            ),
        ),
        "config": words(
            list_ls_get_print_view_cat_dump_env=_SETTINGS,
            validate_verify_test_lint=_CHECK,
            apply_refresh_restart="'meshvisor config reload' takes over changed settings",
            set_edit="change config/meshvisor.toml, then 'meshvisor config reload'",
        ),
    },
    options={
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
        "meshvisor": {"-v": "'--version' shows the version"},
    },
    harmful=frozenset({"shutdown", "salvage"}),
)


@cache
def all_habits() -> Habits:
    """Return those of the kernel and of all features; what a later one says of a word holds."""
    every = [KERNEL, *(habits for _, habits in parts("habits"))]
    return Habits(
        words=_merged([one.words for one in every]),
        options=_merged([one.options for one in every]),
        harmful=frozenset().union(*(one.harmful for one in every)),
    )


def option_hint(command: str, option: str) -> str | None:
    """Return what is probably meant by a wrong option, without a full stop; None: no idea."""
    return all_habits().options.get(command, {}).get(option)


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
    habits = all_habits().words.get(group, {})
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


def _merged(tables: Iterable[Mapping[str, Mapping[str, str]]]) -> Mapping[str, Mapping[str, str]]:
    merged: dict[str, dict[str, str]] = {}
    for table in tables:
        for key, answers in table.items():
            merged.setdefault(key, {}).update(answers)
    return merged


def _is_near(word: str, name: str) -> bool:
    is_harmful = name in all_habits().harmful
    if word[:1] != name[:1]:
        # The first letter is the one that people get right; `top` is not `stop`.
        return len(word) > SHORT and not is_harmful and word[1:2] == name[1:2]
    if not is_harmful and len(word) > SHORT:
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
    harmful = all_habits().harmful
    return [name for name in names if name.startswith(word) and name not in harmful][:MOST]
