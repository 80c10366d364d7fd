"""Words of other programs that mean a command about workflows."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "workflows": words(
            ls_l_all="'meshvisor workflows list' shows them",
            create_new_save="'meshvisor workflows add FILE' adds or changes one",
            execute_trigger_start="'meshvisor workflows run NAME' begins one by hand",
            delete_remove_rm_disable="'meshvisor workflows deactivate NAME' has one begin no more",
            enable="'meshvisor workflows activate NAME' has one begin by itself again",
            history_runs_trace_traces="'meshvisor workflows executions' shows what has run",
        ),
    },
)
