"""A report as JSON: all figures of a period, beside those of the period before.

Owns what is in a report, by reading the figures of days.  None stands for what is not recorded:
days before anything was counted, a mesh that was never seen, messages that are not counted.
Nothing is estimated.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.reports.model.days import Period, begin_of, by_day
from meshvisor.features.reports.wordings import NO_UPTIME, NOTHING, SUMMARY, UPTIME, USAGE
from meshvisor.features.reports.worker.usage import Usage
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.store.queries import load_queries

QUERIES: Final = load_queries(Path(__file__).with_name("figures.sql"))

VERSION: Final = 1
"""Raised when a field gets another meaning or goes."""

MOST_MESHES: Final = 200
"""Meshes of one report, those with the least uptime; the sums hold for all."""
TOP: Final = 10
"""Commands and meshes that are named as the most used ones."""
MONTHS: Final = 12
"""Months that a monthly report compares."""

WANTED: Final = frozenset(
    {MeshState.CONNECTED, MeshState.DISCONNECTED, MeshState.SPAWNING, MeshState.READY}
    | {MeshState.UNHEALTHY, MeshState.RESTARTING, MeshState.FAILED}
)
"""States in which a mesh is meant to be connected; one that is stopped, blocked or waits is not."""

ROOMS_NOT_COUNTED: Final = (
    "of messages and users nothing is recorded; statistics.enabled = true has them counted"
)


@dataclass(frozen=True, slots=True)
class Basis:
    """What holds for a report."""

    zone: ZoneInfo
    now: int
    """Epoch milliseconds."""
    counts_rooms: bool
    """Whether the event log has messages and users."""
    usage: Usage | None = None
    """Statistics that have them; None: there are none."""


Sums = Mapping[Any, Mapping[str, float]]


def make(db: sqlite3.Connection, period: Period, basis: Basis) -> dict[str, Any]:
    """Return the report of a period."""
    first = _first_day(db)
    this, before = Figures(db, period, basis, first), Figures(db, period.before, basis, first)
    document: dict[str, Any] = {
        "version": VERSION,
        "kind": period.kind,
        "key": period.key,
        "title": period.title,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "timezone": str(basis.zone),
        "made_at": basis.now,
        "recorded_since": None if first is None else first.isoformat(),
        "uptime": this.uptime(before),
        "restarts": this.total("restarting", before),
        "disconnects": this.total("disconnects", before),
        "commands": {**this.total("commands", before), "top": this.top("commands", "name")},
        "top_meshes": this.top("commands", "mesh_id"),
        "jobs": this.jobs(before),
        "messages": _messages(this, before, period, basis),
        "users": _users(this, before, period, basis),
        "growth": _growth(db, period, basis, first) if period.kind == "monthly" else None,
    }
    document["not_recorded"] = _not_recorded(period, basis, first)
    document["summary"] = summary(document)
    return document


def summary(document: Mapping[str, Any]) -> str:
    """Return the most important figures in a sentence."""
    if document["commands"]["total"] is None:
        if (messages := document["messages"]) is None or messages["total"] is None:
            return NOTHING(title=document["title"])
        return USAGE(title=document["title"], messages=f"{messages['total']:,}")
    uptime, jobs = document["uptime"]["percent"], document["jobs"]
    return SUMMARY(
        title=document["title"],
        uptime=NO_UPTIME() if uptime is None else UPTIME(percent=f"{uptime:.2f}"),
        restarts=f"{document['restarts']['total']:,}",
        commands=f"{document['commands']['total']:,}",
        done=f"{jobs['completed']:,}",
        failed=f"{jobs['failed']:,}",
    )


class Figures:
    """The figures of one period."""

    def __init__(
        self, db: sqlite3.Connection, period: Period, basis: Basis, first: date | None
    ) -> None:
        self._db = db
        self._days = period.days
        self._known = {day.isoformat() for day in period.days if first is not None and day >= first}
        self._bounds = {"first": period.first.isoformat(), "last": period.last.isoformat()}
        self._sums = self._read("by_day")
        self._states, self._mesh_states = self._read_states(basis)

    @property
    def is_full(self) -> bool:
        """Whether all of its days are recorded."""
        return len(self._known) == len(self._days)

    @property
    def is_known(self) -> bool:
        """Whether anything of it is recorded."""
        return bool(self._known)

    def total(self, figure: str, before: Figures | None = None) -> dict[str, Any]:
        """Return a figure: the sum, that of the period before, and each day."""
        found: dict[str, Any] = {"total": self.sum(figure)}
        if before is not None:
            found["previous"] = before.sum(figure) if before.is_full else None
        found["by_day"] = [
            {"day": day, "value": self._of_day(day, figure)} for day in self._day_texts()
        ]
        return found

    def top(self, figure: str, by: str) -> list[dict[str, Any]]:
        """Return the names, or meshes, with most of a figure."""
        rows = self._read("by_mesh" if by == "mesh_id" else "by_name")
        counts = {name: sums[figure] for name, sums in rows.items() if figure in sums}
        ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:TOP]
        return [{by: name, "count": round(count)} for name, count in ordered]

    def uptime(self, before: Figures) -> dict[str, Any]:
        """Return for which part of the time meshes were connected that were meant to be."""
        meshes = self._read("by_mesh")
        by_mesh = [
            {
                "mesh_id": mesh_id,
                "percent": _percent(states),
                "connected_seconds": _seconds(states.get(MeshState.CONNECTED, 0)),
                "wanted_seconds": _seconds(_wanted(states)),
                "restarts": round(meshes.get(mesh_id, {}).get("restarting", 0)),
                "disconnects": round(meshes.get(mesh_id, {}).get("disconnects", 0)),
            }
            for mesh_id, states in sorted(self._mesh_states.items())
        ]
        by_mesh.sort(key=lambda row: (row["percent"] is None, row["percent"], row["mesh_id"]))
        return {
            "percent": self.percent(),
            "previous": before.percent() if before.is_full else None,
            "meshes": len(by_mesh),
            "by_mesh": by_mesh[:MOST_MESHES],
            "by_day": [
                {"day": day, "value": _percent(self._states.get(day, {}))}
                for day in self._day_texts()
            ],
        }

    def percent(self) -> float | None:
        """Return the uptime of all meshes together."""
        sums: dict[str, float] = {}
        for states in self._states.values():
            for state, span in states.items():
                sums[state] = sums.get(state, 0) + span
        return _percent(sums)

    def jobs(self, before: Figures) -> dict[str, Any]:
        """Return jobs by outcome, by day and by action."""
        outcomes = ("completed", "failed", "cancelled")
        found: dict[str, Any] = {one: self.sum(f"jobs_{one}") for one in outcomes}
        found["previous"] = {
            one: before.sum(f"jobs_{one}") if before.is_full else None for one in outcomes
        }
        found["by_day"] = [
            {"day": day, **{one: self._of_day(day, f"jobs_{one}") for one in outcomes}}
            for day in self._day_texts()
        ]
        actions = [
            {
                "action": name,
                **{one: round(sums.get(f"jobs_{one}", 0)) for one in outcomes},
                "mean_seconds": _mean_seconds(sums),
                "items_done": round(sums.get("items_done", 0)),
                "items_failed": round(sums.get("items_failed", 0)),
            }
            for name, sums in self._read("by_name").items()
            if any(f"jobs_{one}" in sums for one in outcomes)
        ]
        found["by_action"] = sorted(
            actions, key=lambda a: (-a["completed"] - a["failed"], a["action"])
        )
        return found

    def users(self, before: Figures) -> dict[str, Any]:
        """Return how many users did something, and for how many that was the first time."""
        by_day = dict(self._db.execute(QUERIES["users_by_day"], self._bounds).fetchall())
        return {
            "active": self.count_users("active_users"),
            "previous": before.count_users("active_users") if before.is_full else None,
            "new": self.count_users("new_users"),
            "by_day": [
                {"day": day, "value": by_day.get(day, 0) if day in self._known else None}
                for day in self._day_texts()
            ],
        }

    # ---- Private -----------------------------------------------------------------------------

    def _day_texts(self) -> list[str]:
        return [day.isoformat() for day in self._days]

    def count_users(self, query: str) -> int | None:
        """Return how many users there were; None: it is not recorded."""
        if not self._known:
            return None
        return int(self._db.execute(QUERIES[query], self._bounds).fetchone()[0])

    def _read(self, query: str) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for key, name, value in self._db.execute(QUERIES[query], self._bounds):
            found.setdefault(key, {})[name] = value
        return found

    def _read_states(self, basis: Basis) -> tuple[Sums, Sums]:
        by_day_, by_mesh = self._read("states"), self._read("states_by_mesh")
        # What goes on is counted when it ends; up to now it has lasted as well.
        for mesh_id, state, since in self._db.execute(QUERIES["open_states"]).fetchall():
            begin = max(since, begin_of(self._days[0], basis.zone))
            for day, span in by_day(begin, basis.now, basis.zone):
                if day > self._days[-1]:
                    break
                for sums in (
                    by_day_.setdefault(day.isoformat(), {}),
                    by_mesh.setdefault(mesh_id, {}),
                ):
                    sums[state] = sums.get(state, 0) + span
        return by_day_, by_mesh

    def sum(self, figure: str) -> int | None:
        """Return the sum of a figure; None: it is not recorded."""
        if not self._known:
            return None
        return round(sum(sums.get(figure, 0) for sums in self._sums.values()))

    def _of_day(self, day: str, figure: str) -> int | None:
        return round(self._sums.get(day, {}).get(figure, 0)) if day in self._known else None


# Private


def _messages(
    this: Figures, before: Figures, period: Period, basis: Basis
) -> dict[str, Any] | None:
    if basis.usage is not None:
        return basis.usage.messages(period)
    return this.total("messages", before) if basis.counts_rooms else None


def _users(this: Figures, before: Figures, period: Period, basis: Basis) -> dict[str, Any] | None:
    if basis.usage is not None:
        return basis.usage.users(period)
    return this.users(before) if basis.counts_rooms else None


def _active(figures: Figures, month: Period, basis: Basis) -> int | None:
    if basis.usage is not None:
        return basis.usage.active(month)
    return figures.count_users("active_users") if basis.counts_rooms else None


def _first_day(db: sqlite3.Connection) -> date | None:
    row = db.execute(QUERIES["first_day"]).fetchone()
    return None if row is None else date.fromisoformat(row[0])


def _growth(
    db: sqlite3.Connection, period: Period, basis: Basis, first: date | None
) -> list[dict[str, Any]]:
    """Return the months up to this one, oldest first; one before of which days are missing would
    look like growth.
    """
    months: list[dict[str, Any]] = []
    month = period
    while len(months) < MONTHS:
        figures = Figures(db, month, basis, first)
        if not figures.is_known or (months and not figures.is_full):
            break
        jobs, uptime = figures.total("jobs_completed")["total"], figures.percent()
        months.append(
            {
                "month": f"{month.first:%Y-%m}",
                "uptime": uptime,
                "commands": figures.total("commands")["total"],
                "jobs": jobs,
                "users": _active(figures, month, basis),
            }
        )
        month = month.before
    return months[::-1]


def _not_recorded(period: Period, basis: Basis, first: date | None) -> list[str]:
    found = []
    # Usage may be known from before the event log begins, for instance where it was moved here.
    what = "of meshes and jobs " if basis.usage else ""
    compared = "meshes and jobs are not" if basis.usage else "nothing is"
    if first is None or first > period.first:
        since = "yet" if first is None else f"before {first}"
        found.append(f"{what}nothing is recorded {since}")
    if first is None or first > period.before.first:
        found.append(f"the period before is not recorded in full, so {compared} compared with it")
    if not basis.counts_rooms and basis.usage is None:
        found.append(ROOMS_NOT_COUNTED)
    return found


def _wanted(states: Mapping[str, float]) -> float:
    return sum(span for state, span in states.items() if state in WANTED)


def _percent(states: Mapping[str, float]) -> float | None:
    wanted = _wanted(states)
    return round(100 * states.get(MeshState.CONNECTED, 0) / wanted, 3) if wanted else None


def _seconds(span: float) -> int:
    return round(span / 1000)


def _mean_seconds(sums: Mapping[str, float]) -> float | None:
    runs = sums.get("job_runs", 0)
    return round(sums.get("job_ms", 0) / runs / 1000, 3) if runs else None
