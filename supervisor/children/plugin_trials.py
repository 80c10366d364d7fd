"""Finding plug-ins that ruin a zygote: which code to load when a zygote did not work.

Owns the order of the trials.  Does not own zygotes: `zygote.ZygoteSpawner` starts one aside for
each trial and says whether it worked.  Most bad plug-ins never get here, because the zygote tries
each in a process of its own first (`worker.zygote.preload`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from meshvisor.shared.protocol.zygote import Load, PluginReport
from meshvisor.supervisor.children.zygote_process import ZygoteProcess

MOST_ROUNDS: Final = 5
"""Loads of all plug-ins, each without those of which a former one has shown that they cannot be
loaded.  An operator with more broken plug-ins mends some first."""

NONE: Final = ()
"""The names of a load without plug-ins.  When not even that works the machine is at fault, and no
plug-in is."""

NAMED: Final = 3
"""Plug-ins that are named in a sentence about another one."""


class Trial(msgspec.Struct, frozen=True):
    """What a zygote that was started aside has done."""

    load: Load
    zygote: ZygoteProcess | None
    """A zygote that works; None: it did not work with these plug-ins."""
    reports: tuple[PluginReport, ...] = ()
    """Reports on the plug-ins that it has tried."""
    loading: str = ""
    """The plug-in that the zygote was loading when it ended; empty: none."""
    why: str = ""
    """How it ended, in words that follow 'the zygote'."""


TryOut = Callable[[Load], Awaitable[Trial]]


async def load_all_that_work(
    try_out: TryOut, modules: tuple[str, ...], needed: frozenset[str] = frozenset()
) -> Trial:
    """Load all plug-ins, without those that ruin a zygote; returns the last trial.

    One whose load has `NONE` of them has failed for want of something else, and may be tried again.

    Args:
        try_out: starts a zygote with a load.
        modules: of the settings.
        needed: names of plug-ins without which the rest is of no use; the search ends when one of
            them is a culprit.
    """
    without: dict[str, str] = {}
    trial = await try_out(Load(modules))
    for _ in range(MOST_ROUNDS):
        if trial.zygote is not None:
            return trial
        none = await try_out(Load(modules, only=NONE))
        if none.zygote is None:
            return none
        none.zygote.dismiss()
        culprits = await _culprits(try_out, trial)
        if not culprits:
            return trial
        without |= culprits
        if culprits.keys() & needed:
            return _with_failures(trial, culprits)
        trial = await try_out(Load(modules, without=dict(without)))
    return trial


# Private


async def _culprits(try_out: TryOut, failed: Trial) -> dict[str, str]:
    """Return the names of plug-ins that ruin a zygote, each with the sentence about it."""
    # It was loading one of them when it ended, or could not fork with all.  But one that is loaded
    # may have spoiled what the next one needs, so that each has to show it alone.
    modules, loading = failed.load.plugins, failed.loading
    if loading and (why := await _why_not(try_out, modules, (loading,))):
        return {loading: why}
    names = [report.name for report in failed.reports if report.ok]
    culprits = {}
    for name in names:
        if why := await _why_not(try_out, modules, (name,)):
            culprits[name] = why
    return culprits or await _culprits_together(try_out, modules, [*names, loading])


async def _culprits_together(
    try_out: TryOut, modules: tuple[str, ...], names: list[str]
) -> dict[str, str]:
    """Return those that do not go with the ones before them, as none is bad alone."""
    kept: tuple[str, ...] = ()
    culprits = {}
    for name in filter(None, names):
        if why := await _why_not(try_out, modules, (*kept, name)):
            culprits[name] = f"beside {', '.join(kept[-NAMED:])}: {why}"
        else:
            kept += (name,)
    return culprits


async def _why_not(try_out: TryOut, modules: tuple[str, ...], names: tuple[str, ...]) -> str:
    """Return why a zygote with these plug-ins alone does not work; empty: it does."""
    trial = await try_out(Load(modules, only=names))
    if trial.zygote is not None:
        trial.zygote.dismiss()
        return ""
    if trial.loading:
        return f"while it was imported, the zygote {trial.why}"
    return f"with it no worker can be forked: the zygote {trial.why}"


def _with_failures(trial: Trial, culprits: dict[str, str]) -> Trial:
    failures = [PluginReport(name, ok=False, error=why) for name, why in culprits.items()]
    others = [report for report in trial.reports if report.name not in culprits]
    return Trial(trial.load, None, (*others, *failures), trial.loading, trial.why)
