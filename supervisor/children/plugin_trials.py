"""Finding plug-ins that ruin a zygote: which code to load when a zygote did not work.

Owns the order of the trials.  Does not own zygotes: `zygote.ZygoteSpawner` starts one aside for
each trial and says whether it worked.  Most bad plug-ins never get here, because the zygote tries
each in a process of its own first (`worker.zygote.preload`).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from shared.protocol.zygote import Load, PluginReport
from supervisor.children.zygote_process import ZygoteProcess

MOST_ROUNDS: Final = 5
"""Loads of all plug-ins, each without those of which a former one has shown that they cannot be
loaded.  Somebody with more of that kind mends some first."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What a zygote that was started aside has done."""

    load: Load
    zygote: ZygoteProcess | None
    """One that works; None: it did not."""
    reports: tuple[PluginReport, ...] = ()
    """On the plug-ins that it came to."""
    loading: str = ""
    """The plug-in that it was loading when it ended; empty: none."""
    why: str = ""
    """How it ended, in words that follow 'the zygote'."""


TryOut = Callable[[Load], Awaitable[Trial]]


async def load_all_that_work(
    try_out: TryOut, modules: tuple[str, ...], needed: frozenset[str] = frozenset()
) -> Trial:
    """Load all plug-ins, without those that ruin a zygote; returns the last trial.

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
    if failed.loading and (why := await _why_not(try_out, failed, failed.loading)):
        return {failed.loading: why}
    names = [report.name for report in failed.reports if report.ok]
    whys = [(name, await _why_not(try_out, failed, name)) for name in names]
    return {name: why for name, why in whys if why}


async def _why_not(try_out: TryOut, failed: Trial, name: str) -> str:
    """Return why a zygote with this plug-in alone does not work; empty: it does."""
    alone = await try_out(Load(failed.load.plugins, only=(name,)))
    if alone.zygote is not None:
        alone.zygote.dismiss()
        return ""
    if alone.loading:
        return f"while it was imported, the zygote {alone.why}"
    return f"with it no worker can be forked: the zygote {alone.why}"


def _with_failures(trial: Trial, culprits: dict[str, str]) -> Trial:
    failures = [PluginReport(name, ok=False, error=why) for name, why in culprits.items()]
    others = [report for report in trial.reports if report.name not in culprits]
    return Trial(trial.load, None, (*others, *failures), trial.loading, trial.why)
