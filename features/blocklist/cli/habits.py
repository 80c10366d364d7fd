"""Words of other programs that mean a command of the blocklist."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

_BLOCK: Final = (
    "'meshvisor blocklist block MESH' keeps a mesh away, 'meshvisor blocklist unblock MESH' ends it"
)

HABITS: Final = Habits(
    words={
        "": words(mask_unmask_ban_unban_block_unblock=_BLOCK),
        "blocklist": words(
            ls_show_l="'meshvisor blocklist list' shows the blocked meshes",
            add_ban_put="'meshvisor blocklist block MESH' blocks a mesh",
            remove_rm_delete_del_unban_clear_lift="'meshvisor blocklist unblock MESH' ends a block",
            count_status="'meshvisor blocklist stats' counts them",
        ),
    },
    harmful=frozenset({"block"}),
)
