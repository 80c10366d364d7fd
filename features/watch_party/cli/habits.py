"""Words of other programs that mean a command about watch-party rooms."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "": words(attach_exec_sh_say_talk_join="'meshvisor chat ROOM' talks in a room"),
        "credentials": words(set_save_login_new="'meshvisor login' logs the bot in"),
    },
)
