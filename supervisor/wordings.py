"""What the supervisor says of itself, each sentence by its code (`shared.wording`)."""

from __future__ import annotations

from typing import Final

from meshvisor.shared.wording import Wording

NO_ZYGOTE: Final = Wording("supervisor.no_zygote", "no zygote can be started: {why}")
NO_LOGS: Final = Wording(
    "supervisor.no_logs",
    "log files cannot be written: {why}; lines are lost until they can",
)
PART_FAILED: Final = Wording(
    "supervisor.part_failed",
    "a part of the supervisor ({name}) has failed and is begun again: {why}",
)
NO_SOCKET: Final = Wording(
    "supervisor.no_socket", "the control socket {path} cannot be made anew: {why}"
)
BUSY: Final = Wording(
    "supervisor.busy",
    "The supervisor is busy: it serves {count} clients, as many as it can at a time. "
    "End one of them, such as a 'meshvisor logs --follow', and try again.",
)
MANY_FOLLOWERS: Final = Wording(
    "supervisor.many_followers",
    "The supervisor is busy: {count} clients follow logs, events or jobs, as many as may. "
    "End one of them, and try again.",
)
NO_LOCK: Final = Wording(
    "supervisor.no_lock",
    "{path} was removed or replaced and cannot be made anew ({why}); the home stays locked "
    "without it: make room for it",
)
HOME_MOVED: Final = Wording(
    "supervisor.home_moved",
    "{path} was moved away, removed or replaced while this supervisor runs on it; put it back, "
    "or stop meshvisor and start it where it is now",
)
WRONG_SETTINGS: Final = Wording(
    "supervisor.wrong_settings",
    "the settings file has changed and cannot be used, the settings from before hold: {why}",
)
PLUGIN_SKIPPED: Final = Wording("supervisor.plugin_skipped", "the plug-in {name} is skipped: {why}")
PLUGIN_NOT_TAKEN_OVER: Final = Wording(
    "supervisor.plugin_not_taken_over",
    "the plug-in {name} is not taken over, and what was loaded before runs on: {why}",
)
