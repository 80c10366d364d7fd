"""The action `data-cleanup`: a verified backup first, then what was kept long enough goes.

    1. ask what would go; a dry run says it and ends
    2. back the database up, verify it, remove old backups
    3. for each task, a portion at a time: archive it where it says so, remove it
    4. tell what was removed

Owns the order.  Without a backup nothing is removed.  Killed anywhere and run again, it goes on
with what is left.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from meshvisor.features.cleanup.worker import archive, backup
from meshvisor.features.jobs.worker.cancellation import GiveUp
from meshvisor.features.jobs.worker.context import JobContext
from meshvisor.features.jobs.worker.home import HomeData

PORTION: Final = 200
"""Things that are removed in one transaction: milliseconds in which nothing else is written."""

ARCHIVED: Final = 20
"""Things in one answer of an export."""


def clean_up(job: JobContext) -> None:
    """Do it; `BuiltInAction.function`."""
    with HomeData(f"job:{job.id}") as home:
        clean_up_home(job, home)


def clean_up_home(job: JobContext, home: HomeData) -> None:
    """Do it with the data of a home."""
    plan = home.ask("cleanup_plan")
    if job.dry_run:
        _say_what_would_be(job, plan)
        return
    made = _back_up(job, home, plan)
    removed = {}
    for task in plan["tasks"]:
        count = _carry_out(job, home, task)
        if count:
            removed[task["name"]] = count
            verb = "archived and removed" if task["archived"] else "removed"
            job.log(f"{count:,} {task['what']} {verb}")
    if not removed:
        job.log("nothing was old enough to be removed")
    home.ask("cleanup_done", backup=made, removed=removed)


# Private


def _say_what_would_be(job: JobContext, plan: Mapping[str, Any]) -> None:
    backups = plan["backups"]
    job.log(f"a dry run: a backup would be made, and {backups} kept" if backups else "a dry run")
    for task in plan["tasks"]:
        verb = "archived and removed" if task["archived"] else "removed"
        days = task["keep_days"]
        kept = f"kept for {days:g} day{'s' * (days != 1)}" if days else "kept for ever"
        job.log(f"{task['count']:,} {task['what']} ({kept}) would be {verb}")


def _back_up(job: JobContext, home: HomeData, plan: Mapping[str, Any]) -> str | None:
    if not plan["backups"]:
        job.log("no backup is made: cleanup.backups is 0", "warning")
        return None
    begin = time.monotonic()
    now = time.time()
    others = [home.home.var / name for name in plan["databases"]]
    for database in (*(one for one in others if one.exists()), home.home.database):
        try:
            made = backup.make(database, now)
        except backup.BackupError as error:
            raise GiveUp(f"nothing was removed: {error}") from None
        size = made.stat().st_size / 1_000_000
        job.log(f"backup {made.name}: {size:.1f} MB in {time.monotonic() - begin:.1f} s, verified")
    for sentence in plan["outside"]:
        job.log(sentence, "warning")
    backup.rotate(made.parent, plan["backups"])
    return made.name


def _carry_out(job: JobContext, home: HomeData, task: Mapping[str, Any]) -> int:
    total: int = 0
    while True:
        job.checkpoint()
        some = _archive(home, task["name"]) if task["archived"] else ()
        if task["archived"] and not some:
            return total
        removed: int = home.ask(
            "cleanup_remove", task=task["name"], limit=PORTION, archived=list(some)
        )["removed"]
        total += removed
        if not removed:
            return total


def _archive(home: HomeData, task: str) -> list[int | str]:
    exported = home.ask("cleanup_export", task=task, limit=ARCHIVED)["exported"]
    if exported:
        archive.append(home.home.var, task, [one["document"] for one in exported], time.time())
    return [one["id"] for one in exported]
