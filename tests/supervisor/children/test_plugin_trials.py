"""Which plug-ins are left out when a zygote does not work, with zygotes that only pretend."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from meshvisor.shared.protocol.zygote import Load, PluginReport
from meshvisor.supervisor.children.plugin_trials import MOST_ROUNDS, Trial, load_all_that_work

Loaded = list[str]
"""Names in the order of loading."""


class Pretended:
    """A zygote that works."""

    def dismiss(self) -> None:
        """Do nothing."""


class Machine:
    """Loads plug-ins in their order and dies as the test says.

    Args:
        names: of the plug-ins.
        dies: given what is loaded and what is loaded next (None: a child is forked).
    """

    def __init__(self, names: str, dies: Callable[[Loaded, str | None], bool]) -> None:
        self._names = names.split()
        self._dies = dies
        self.loads: list[Load] = []

    async def try_out(self, load: Load) -> Trial:
        """Start one."""
        self.loads.append(load)
        loaded: Loaded = []
        reports: list[PluginReport] = []
        for name in self._names:
            if name in load.without or (load.only is not None and name not in load.only):
                reports.append(PluginReport(name, ok=False, error=load.without.get(name, "")))
                continue
            if self._dies(loaded, name):
                return Trial(load, None, tuple(reports), name, "was killed")
            loaded.append(name)
            reports.append(PluginReport(name, ok=True))
        if self._dies(loaded, None):
            return Trial(load, None, tuple(reports), "", "was killed")
        works: Any = Pretended()
        return Trial(load, works, tuple(reports))


def used(trial: Trial) -> Loaded:
    """Return what a trial that worked has loaded."""
    assert trial.zygote is not None
    return [report.name for report in trial.reports if report.ok]


async def test_all_that_work_need_one_zygote() -> None:
    """The usual case costs nothing more."""
    machine = Machine("a b c", lambda loaded, name: False)
    assert used(await load_all_that_work(machine.try_out, ())) == ["a", "b", "c"]
    assert len(machine.loads) == 1


@pytest.mark.parametrize(
    ("dies", "culprits"),
    [
        pytest.param(lambda loaded, name: name == "b", "b", id="at its import"),
        pytest.param(lambda loaded, name: name is None and "b" in loaded, "b", id="at a fork"),
        pytest.param(lambda loaded, name: "b" in loaded, "b", id="at the next import"),
        pytest.param(lambda loaded, name: name in {"a", "d"}, "a d", id="two of them"),
        pytest.param(lambda loaded, name: len(loaded) == 3 and not name, "d", id="too many"),
        pytest.param(
            lambda loaded, name: name is None and {"a", "c"} <= set(loaded), "c", id="two together"
        ),
    ],
)
async def test_who_is_left_out(dies: Callable[[Loaded, str | None], bool], culprits: str) -> None:
    """Only those who are to blame, each with the reason."""
    machine = Machine("a b c d" if culprits != "d" else "a b d", dies)
    trial = await load_all_that_work(machine.try_out, ())
    assert [r.name for r in trial.reports if not r.ok] == culprits.split()
    assert all("was killed" in r.error for r in trial.reports if not r.ok)
    assert trial.zygote is not None


async def test_a_machine_without_zygotes_blames_no_plug_in() -> None:
    """When not even none of them can be loaded, it is no plug-in's fault."""
    machine = Machine("a b", lambda loaded, name: True)
    trial = await load_all_that_work(machine.try_out, ())
    assert trial.zygote is None
    assert trial.load.only == ()


async def test_a_needed_one_ends_the_search() -> None:
    """Without it the rest is of no use, and it is named."""
    machine = Machine("a b", lambda loaded, name: name == "a")
    trial = await load_all_that_work(machine.try_out, (), frozenset({"a"}))
    assert trial.zygote is None
    (failure,) = [report for report in trial.reports if not report.ok]
    assert failure.name == "a"
    assert failure.error == "while it was imported, the zygote was killed"


async def test_the_search_has_an_end() -> None:
    """However many there are."""
    names = [f"p{number}" for number in range(MOST_ROUNDS + 2)]
    machine = Machine(" ".join(names), lambda loaded, name: name is not None)
    assert (await load_all_that_work(machine.try_out, ())).zygote is None
