"""Words of other programs that mean a command about records."""

from __future__ import annotations

from typing import Final

from meshvisor.supervisor.cli.habits import Habits, words

HABITS: Final = Habits(
    words={
        "records": words(
            ls_l_keys="'meshvisor records list' shows the keys",
            get_cat_print_read="'meshvisor records show KEY' shows a record",
        ),
    },
)
