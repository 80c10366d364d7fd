"""How far each schedule is, and when there is something to do with it: functions on a connection.

Owns the table of that, by which the timer finds what is due without knowing all schedules: a
hundred thousand cost no memory, and a change costs what one schedule does.  A row is true as soon
as the change that it follows from is: both are written together (`renew`).  What changes all of
them at once, as a new default zone or new rules of one, marks their rows, which are then renewed in
parts.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from meshvisor.features.jobs.model.job import NO_MESH
from meshvisor.features.schedules.model.cron import forget_zones, rules_of
from meshvisor.features.schedules.model.schedule import Schedule, cycle_through
from meshvisor.features.schedules.settings import cycle_in_words
from meshvisor.features.schedules.supervisor.book import Book, Entry
from meshvisor.features.schedules.supervisor.ledger import QUERIES, abandon, definitions
from meshvisor.features.schedules.wordings import NOTHING_BEFORE

DAY: Final = 86_400_000
"""Milliseconds.  Planned times that are settled further ahead than this were settled by a clock
that was wrong."""

MOST_PROBLEMS: Final = 100
"""Schedules that do not run whose reasons are returned."""

MOST_NAMES: Final = 2_000
"""Schedules among which one is looked for that was probably meant."""

ANY_MESH: Final = ""
"""In place of the mesh of a schedule: which one it is does not matter."""

_DEFAULT: Final = ""
"""In place of a zone: all schedules that name none."""


class Due(NamedTuple):
    """A schedule with which there is something to do."""

    name: str
    settled_until: int
    """Epoch milliseconds: every planned time up to here has its fire."""
    timing: str
    """See `Schedule.timing`."""
    next_at: int
    """When it was to be looked at; of one that runs after others when those had succeeded."""
    definition: str | None
    """What was made or changed of it at run time, as JSON; None: nothing."""


class Overview(NamedTuple):
    """All schedules together."""

    actions: Sequence[tuple[str, str, int, str]]
    """Actions, a mesh or `NO_MESH`, how many schedules that fire have both, and the first of
    those."""
    problems: Mapping[str, str]
    """Why schedules do not run, of `MOST_PROBLEMS` at most."""
    wrong: int
    """How many do not."""


def entry_of(db: sqlite3.Connection, book: Book, name: str) -> Entry | None:
    """Return a schedule as it is now; None: there is none."""
    row = db.execute(QUERIES["definition"], (name,)).fetchone()
    return book.entry(name, None if row is None else json.loads(row[0]))


def problem_of(db: sqlite3.Connection, book: Book, entry: Entry) -> str:
    """Return why a schedule never runs; empty: it does."""
    schedule = entry.schedule
    if schedule is None or not schedule.after:
        return entry.problem

    def after(name: str) -> tuple[str, ...]:
        found = entry_of(db, book, name)
        return () if found is None or found.schedule is None else found.schedule.after

    missing = [one for one in schedule.after if entry_of(db, book, one) is None]
    if missing:
        return NOTHING_BEFORE(name=missing[0], hint=hint_for(db, book, missing[0], entry.name))
    cycle = cycle_through(entry.name, after)
    return cycle_in_words(cycle) if cycle else ""


def hint_for(db: sqlite3.Connection, book: Book, name: str, besides: str = "") -> str:
    """Return which schedule was probably meant by a name that none has, or what shows them.

    Args:
        db: in which those of run time are.
        book: in which the others are.
        name: that none has.
        besides: one that is not meant; empty: any may be.
    """
    from meshvisor.shared.near_names import LISTED, LOOSE, NEAREST, did_you_mean, near_names

    known = {*book.names, *definitions(db, "", MOST_NAMES)} - {besides}
    near = did_you_mean(near_names(name, known, NEAREST, LOOSE))
    return near or LISTED(command="meshvisor schedules list")


def renew(db: sqlite3.Connection, book: Book, name: str, now: int) -> Entry | None:
    """Do `renew_one`, and the same for those that run after it where it has come or gone."""
    was_there = db.execute(QUERIES["position"], (name,)).fetchone() is not None
    entry = renew_one(db, book, name, now)
    if was_there != (entry is not None):
        for (schedule,) in db.execute(QUERIES["dependents"], (name,)).fetchall():
            renew_one(db, book, schedule, now)
    return entry


def renew_one(db: sqlite3.Connection, book: Book, name: str, now: int) -> Entry | None:
    """Write how far a schedule is that has changed, or may have; return it as it is.

    One that is new, enabled again, or planned otherwise than before begins now.  So does one that
    a wrong clock has settled far ahead; what it has settled stays so.  One that cannot be
    understood keeps its place.
    """
    entry = entry_of(db, book, name)
    if entry is None:
        abandon(db, (name,), now)
        _set_dependencies(db, name, ())
        db.execute(QUERIES["forget_position"], (name,))
        return None
    problem = problem_of(db, book, entry)
    row = db.execute(QUERIES["position"], (name,)).fetchone()
    settled, timing, zone = row or (now, "", "")
    values: dict[str, Any] = {"next_at": None, "zone": zone, "action": "", "mesh": ""}
    schedule = entry.schedule
    _set_dependencies(db, name, schedule.after if schedule is not None else ())
    if schedule is None or not schedule.is_enabled or problem:
        db.execute(QUERIES["begin_again"], (name,))
    if schedule is not None:
        if row is None or timing != schedule.timing or settled > now + DAY:
            settled, timing = now, schedule.timing
        values = _understood(db, schedule, settled)
        if not schedule.is_enabled:
            abandon(db, (name,), now)
    values |= {"name": name, "settled_until": settled, "timing": timing}
    values |= {"problem": problem or None, "digest": book.digest(name)}
    db.execute(QUERIES["set_position"], values)
    return entry


def settled_until(db: sqlite3.Connection, name: str, now: int) -> int:
    """Return up to which moment all planned times of a schedule have their fires; 0: none has.

    What a clock has settled that was far ahead does not count: it is not waited for.
    """
    row = db.execute(QUERIES["position"], (name,)).fetchone()
    settled = 0 if row is None else int(row[0])
    return settled if settled <= now + DAY else 0


def due(db: sqlite3.Connection, now: int, most: int) -> list[Due]:
    """Return schedules with which there is something to do, the first ones first.

    Where there are more than `most`, half of them are those that have just come due: what is in
    time stays so behind a backlog.
    """
    found = [Due(*row) for row in db.execute(QUERIES["due"], {"now": now, "most": most})]
    if len(found) < most:
        return found
    newest = db.execute(QUERIES["newest_due"], {"now": now, "most": most // 2})
    chosen = {one.name: one for one in found[: most - most // 2]}
    chosen.update((row[0], Due(*row)) for row in newest)
    return list(chosen.values())


def next_at(db: sqlite3.Connection) -> int | None:
    """Return when there is something to do next; None: never."""
    (moment,) = db.execute(QUERIES["next_at"]).fetchone()
    return None if moment is None else int(moment)


def changed(db: sqlite3.Connection, book: Book, now: int) -> list[str]:
    """Return the schedules that have to be renewed since the settings were looked at last.

    What was changed at run time is known already, also where no supervisor ran.
    """
    known = dict(db.execute(QUERIES["digests"]))
    names = {name for name in book.names if known.get(name) != book.digest(name)}
    names.update(known.keys() - set(book.names))
    names.update(ahead(db, now))
    for query in ("without_position", "without_definition"):
        names.update(name for (name,) in db.execute(QUERIES[query]))
    return sorted(names)


def ahead(db: sqlite3.Connection, now: int) -> list[str]:
    """Return the schedules whose times were settled by a clock that was far ahead."""
    return [name for (name,) in db.execute(QUERIES["ahead"], {"moment": now + DAY})]


def stale(db: sqlite3.Connection, most: int) -> list[str]:
    """Return schedules that are marked to be renewed."""
    return [name for (name,) in db.execute(QUERIES["stale"], {"most": most})]


def overview(db: sqlite3.Connection) -> Overview:
    """Return how it stands with all schedules."""
    actions = db.execute(QUERIES["actions"]).fetchall()
    problems = dict(db.execute(QUERIES["problems"], {"most": MOST_PROBLEMS}))
    (wrong,) = db.execute(QUERIES["count_problems"]).fetchone()
    return Overview(actions, problems, wrong)


# ---- Zones ---------------------------------------------------------------------------------------


def changed_zones(db: sqlite3.Connection, book: Book) -> list[str]:
    """Return the zones whose rules are others than times were computed with; an empty one: the
    zone of schedules that name none is another one.
    """
    rules_of.cache_clear()
    known = dict(db.execute(QUERIES["zones"]))
    in_use = {zone for (zone,) in db.execute(QUERIES["zones_in_use"])}
    found = [zone for zone in sorted(in_use) if known.get(zone) not in {None, rules_of(zone)}]
    return found if known.get(_DEFAULT) == book.default_zone else [*found, _DEFAULT]


def mark_zones(db: sqlite3.Connection, book: Book, zones: Sequence[str]) -> None:
    """Have all schedules of zones renewed whose rules have changed; those in memory are dropped."""
    forget_zones()
    for zone in zones:
        db.execute(QUERIES["forget_zone"], (zone,))
        if zone == _DEFAULT:
            db.execute(QUERIES["default_zone_changed"])
            db.execute(QUERIES["note_zone"], (_DEFAULT, book.default_zone))
        else:
            db.execute(QUERIES["zone_changed"], (zone,))


def followers(db: sqlite3.Connection, name: str) -> tuple[str, ...]:
    """Return the names of schedules that run after one, sorted."""
    return tuple(sorted(one for (one,) in db.execute(QUERIES["dependents"], (name,))))


# Private


def _set_dependencies(db: sqlite3.Connection, name: str, after: Sequence[str]) -> None:
    """Have a schedule run after those; what is known of their successes is kept."""
    known = {one for (one,) in db.execute(QUERIES["dependencies"], (name,))}
    for earlier in known - set(after):
        db.execute(QUERIES["remove_dependency"], {"earlier": earlier, "schedule": name})
    for earlier in after:
        if earlier not in known:
            db.execute(QUERIES["add_dependency"], {"earlier": earlier, "schedule": name})


def _understood(db: sqlite3.Connection, schedule: Schedule, settled: int) -> dict[str, Any]:
    planned = schedule.next_after(settled) if schedule.is_enabled else None
    if schedule.after:
        (planned,) = db.execute(QUERIES["succeeded_at"], (schedule.name,)).fetchone()
    db.execute(QUERIES["note_zone"], (schedule.timezone, rules_of(schedule.timezone)))
    return {
        "next_at": None if planned is None else schedule.due_at(planned),
        "zone": schedule.timezone,
        "action": schedule.action if schedule.is_enabled else "",
        "mesh": NO_MESH if schedule.mesh_id == NO_MESH else ANY_MESH,
    }
