"""What statistics tell: days, hours of the week, and who and what is at the top."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from meshvisor.features.statistics.model.days import days_between, month_of
from meshvisor.features.statistics.model.kinds import BY_LABEL, FIGURES, Kind
from meshvisor.features.statistics.store import partitions
from meshvisor.features.statistics.store.database import explained, open_database
from meshvisor.shared.errors import MissingError, UsageError

DAYS_SHOWN: Final = 30
"""Days of a range without a beginning."""

MOST_DAYS: Final = 3660
"""Days of a range."""

EARLIEST, LATEST = date(2000, 1, 1), date(2200, 1, 1)
"""Days of which there may be statistics."""

TOPS: Final = ("meshes", "users", "commands")
"""Of what there is a top list."""


_SPAN: Final = (
    "WITH RECURSIVE span(day) AS (SELECT :first UNION ALL "
    "SELECT date(day, '+1 day') FROM span WHERE day < :last)"
)
"""The days of a range: each is one look into a table that is ordered by day and mesh, where a range
would be read with all meshes in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Range:
    """What is to be read."""

    first: date
    last: date
    mesh: int = 0
    """Its number; 0: all together."""
    person: int | None = None
    """Their number; None: all users."""

    @property
    def bounds(self) -> dict[str, Any]:
        """For queries."""
        return {
            "first": self.first.isoformat(),
            "last": self.last.isoformat(),
            "mesh": self.mesh,
            "person": self.person,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question, in the words of its caller."""

    mesh_id: str | None = None
    people: tuple[str, ...] = ()
    """Names under which one user may be recorded; empty: all users are meant."""
    start: date | None = None
    end: date | None = None


class Statistics:
    """Statistics of a database; a context manager.

    Args:
        path: of the database.

    Raises:
        MissingError: nothing was ever recorded.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise MissingError(
                "nothing is recorded yet; a supervisor records while it runs, and 'meshvisor stats "
                "generate-usage-events' makes data for trying things out"
            )
        self._db = open_database(path, only_read=True)

    def close(self) -> None:
        """Close the database."""
        self._db.close()

    def range(self, question: Question) -> Range:
        """Return what a question is about.

        Without dates it is the last `DAYS_SHOWN` days of which there are statistics.

        Raises:
            MissingError: nothing is known of the mesh or the user.
            UsageError: a day is one of which there can be nothing.
        """
        for day in (question.start, question.end):
            if day is not None and not EARLIEST <= day <= LATEST:
                raise UsageError(
                    f"{day} is no day of statistics; use one of {EARLIEST} to {LATEST}"
                )
        mesh = 0 if question.mesh_id is None else self._mesh(question.mesh_id)
        person = self._person(question.people) if question.people else None
        (newest,) = self._db.execute("SELECT max(day) FROM daily_counts").fetchone()
        newest_day = date.fromisoformat(newest) if newest else datetime.now(UTC).date()
        last = question.end or max(newest_day, question.start or newest_day)
        first = question.start or last - timedelta(days=DAYS_SHOWN - 1)
        first = max(first, last - timedelta(days=MOST_DAYS - 1))
        return Range(first=first, last=last, mesh=mesh, person=person)

    def days(self, what: Range) -> list[dict[str, Any]]:
        """Return the figures of each day of a range, oldest first; days without any are zero."""
        found = {
            day.isoformat(): {"day": day.isoformat(), **dict.fromkeys(FIGURES, 0)}
            for day in days_between(what.first, what.last)
        }
        for day, kind, count in self._counts(what):
            found[day][Kind(kind).plural] = count
        if what.person is None:
            rows = self._db.execute(
                f"{_SPAN} SELECT d.day, active, new FROM span s CROSS JOIN daily_users d "
                "ON d.day = s.day AND mesh = :mesh",
                what.bounds,
            )
            for day, active, new in rows:
                found[day] |= {"active_users": active, "new_users": new}
        else:
            for row in found.values():
                del row["active_users"], row["new_users"]
        return list(found.values())

    def cumulative(self, what: Range) -> list[dict[str, Any]]:
        """Return the same, each figure with all that was before it, also before the range.

        Active users are left out: who comes twice is one.
        """
        sums = {name: 0 for name in FIGURES if name != "active_users"}
        for _, kind, count in self._counts_before(what):
            sums[Kind(kind).plural] += count
        if what.person is None:
            (new,) = self._db.execute(
                "SELECT coalesce(sum(new), 0) FROM daily_users WHERE mesh = ? AND day < ?",
                (what.mesh, what.first.isoformat()),
            ).fetchone()
            sums["new_users"] = new
        else:
            del sums["new_users"]
        found = []
        for row in self.days(what):
            for name in sums:
                sums[name] += row[name]
            found.append({"day": row["day"], **sums})
        return found

    def totals(self, what: Range) -> dict[str, Any]:
        """Return the figures of a whole range; a user who was active on two days is one."""
        rows = self.days(what)
        found = {
            name: sum(row[name] for row in rows)
            for name in FIGURES
            if name != "active_users" and name in rows[0]
        }
        if what.person is None:
            query = _ACTIVE_ONE if what.mesh else _ACTIVE_ALL
            (found["active_users"],) = self._db.execute(query, what.bounds).fetchone()
        return found

    def totals_before(self, what: Range) -> dict[str, Any] | None:
        """Return the figures of as many days before a range, to compare with.

        None: not all of these days have statistics.  Active users are left out where it is not
        known any more who they were.
        """
        length = what.last - what.first + timedelta(days=1)
        before = replace(what, first=what.first - length, last=what.first - timedelta(days=1))
        begin = self.first_day()
        if begin is None or before.first < begin:
            return None
        found = self.totals(before)
        (known,) = self._db.execute("SELECT min(day) FROM daily_people").fetchone()
        if known is None or before.first.isoformat() < known:
            if what.person is not None:
                return None
            del found["active_users"]
        return found

    def week(
        self, what: Range, kinds: Iterable[int] = (Kind.MESSAGE, Kind.COMMAND)
    ) -> list[list[int]]:
        """Return how much there was on each weekday (Monday first) in each of its 24 hours."""
        found = [[0] * 24 for _ in range(7)]
        listed = ", ".join(str(int(kind)) for kind in kinds)
        rows = self._db.execute(
            f"{_SPAN} SELECT d.day, hour, sum(count) FROM span s CROSS JOIN daily_counts d "
            f"ON d.day = s.day AND mesh = :mesh WHERE kind IN ({listed}) GROUP BY d.day, hour",
            what.bounds,
        )
        for day, hour, count in rows:
            found[date.fromisoformat(day).weekday()][hour] += count
        return found

    def top(self, what: Range, of: str, kind: str, limit: int) -> list[dict[str, Any]]:
        """Return who or what has most of something, the most first.

        Args:
            what: the range.
            of: one of `TOPS`.
            kind: of what: a label of `Kind`; commands have only `command` and `error`.
            limit: how many.
        """
        values = {
            **what.bounds,
            **self._whole_months(what),
            "kind": int(BY_LABEL[kind]),
            "limit": limit,
        }
        rows = self._db.execute(_TOP[of, what.person is not None], values).fetchall()
        return [{"name": name, "count": count} for name, count in rows]

    def first_day(self) -> date | None:
        """Return the first day of which there are statistics; None: there are none."""
        (day,) = self._db.execute("SELECT min(day) FROM daily_counts").fetchone()
        return None if day is None else date.fromisoformat(day)

    def active_since(self, moment: int) -> int | None:
        """Return how many users have been seen to do something; None: of no user it is recorded.

        Reads events and not statistics of days, which are behind.

        Args:
            moment: epoch seconds; the whole hour that it is in counts.
        """
        oldest = month_of(moment)
        tables = [partitions.table_of(one) for one in partitions.months(self._db) if one >= oldest]
        if not tables:
            return None
        people = " UNION ALL ".join(
            f"SELECT person FROM {table} WHERE hour > :moment - 3600 AND kind IN {_DOING} "
            "AND synthetic = 0 AND person"
            for table in tables
        )
        (count,) = self._db.execute(
            f"SELECT count(DISTINCT person) FROM ({people})", {"moment": moment}
        ).fetchone()
        return count or None

    def has_people(self) -> bool:
        """Say whether users are recorded at all."""
        return self._db.execute("SELECT 1 FROM daily_users LIMIT 1").fetchone() is not None

    def pending(self) -> int:
        """Return of how many hours there are events that no statistics have."""
        return int(self._db.execute("SELECT count(*) FROM changed").fetchone()[0])

    # Private

    def _whole_months(self, what: Range) -> dict[str, str]:
        """Return the first and the last month of which all that is known of users is in a range.

        None is: a first one that comes after the last.
        """
        oldest, newest = self._db.execute(
            "SELECT (SELECT min(day) FROM daily_people), (SELECT max(day) FROM daily_people)"
        ).fetchone()
        first, last = what.first, what.last
        if first.day > 1 and oldest is not None and f"{first}" > oldest:
            first = _next_month(first)
        end = _next_month(last) - timedelta(days=1)
        if last < end and newest is not None and f"{last}" < newest:
            last = last.replace(day=1) - timedelta(days=1)
        return {"first_month": f"{first:%Y-%m}", "last_month": f"{last:%Y-%m}"}

    def _counts_before(self, what: Range) -> Sequence[tuple[str, int, int]]:
        begin, end = self.first_day(), what.first - timedelta(days=1)
        if begin is None or begin > end:
            return ()
        return self._counts(Range(first=begin, last=end, mesh=what.mesh, person=what.person))

    def _counts(self, what: Range) -> Sequence[tuple[str, int, int]]:
        if what.person is None:
            query = (
                "SELECT day, kind, count FROM daily_totals WHERE mesh = :mesh "
                "AND kind IN (1, 2, 3, 4, 5) AND day BETWEEN :first AND :last"
            )
        else:
            query = (
                "SELECT day, kind, sum(count) FROM daily_people WHERE mesh = :mesh "
                "AND person = :person AND day BETWEEN :first AND :last GROUP BY day, kind"
            )
        return self._db.execute(query, what.bounds).fetchall()

    def _mesh(self, mesh_id: str) -> int:
        row = self._db.execute("SELECT id FROM meshes WHERE text = ?", (mesh_id,)).fetchone()
        if row is None:
            raise MissingError(
                f"nothing is recorded of a mesh {mesh_id!r}; 'meshvisor stats top meshes' shows "
                "those of which something is"
            )
        return int(row[0])

    def _person(self, names: Sequence[str]) -> int:
        marks = ", ".join("?" * len(names))
        row = self._db.execute(
            f"SELECT id FROM people WHERE text IN ({marks}) ORDER BY id DESC", names
        ).fetchone()
        if row is None:
            raise MissingError(
                f"nothing is recorded of a user {names[0]!r}; 'meshvisor stats top users' shows "
                "those of whom something is"
            )
        return int(row[0])


@contextmanager
def opened(path: Path) -> Iterator[Statistics]:
    """Open statistics for a `with`.

    Raises:
        MeshvisorError: nothing was ever recorded, or the database cannot be read.
    """
    with explained(path), closing(Statistics(path)) as statistics:
        yield statistics


# Private

_DOING: Final = (int(Kind.MESSAGE), int(Kind.COMMAND), int(Kind.JOIN))
"""What users do."""

_ACTIVE_ONE: Final = (
    "WITH RECURSIVE p(person) AS (SELECT min(person) FROM daily_people WHERE mesh = :mesh "
    "UNION ALL SELECT (SELECT min(d.person) FROM daily_people d WHERE mesh = :mesh "
    "AND d.person > p.person) FROM p WHERE p.person IS NOT NULL) "
    "SELECT count(*) FROM p WHERE EXISTS (SELECT 1 FROM daily_people d "
    "WHERE mesh = :mesh AND d.person = p.person AND day BETWEEN :first AND :last)"
)
"""From each user of the mesh to the next one, where all of their days would be read."""
_ACTIVE_ALL: Final = (
    "SELECT count(*) FROM people p WHERE EXISTS (SELECT 1 FROM daily_people "
    "WHERE mesh = 0 AND person = p.id AND day BETWEEN :first AND :last)"
)
"""One look for each user, where their days would all be read; few of all are in one mesh."""

_TOP: Final = {
    ("meshes", False): (
        "SELECT t.text, sum(d.count) FROM meshes t CROSS JOIN daily_totals d ON d.mesh = t.id "
        "AND kind = :kind AND day BETWEEN :first AND :last WHERE :mesh IN (0, t.id) "
        "GROUP BY t.id ORDER BY 2 DESC, 1 LIMIT :limit"
    ),
    ("meshes", True): (
        "SELECT t.text, sum(d.count) FROM meshes t CROSS JOIN daily_people d ON d.mesh = t.id "
        "AND d.person = :person AND day BETWEEN :first AND :last AND kind = :kind "
        "WHERE :mesh IN (0, t.id) GROUP BY t.id ORDER BY 2 DESC, 1 LIMIT :limit"
    ),
    ("users", False): (
        f"{_SPAN} SELECT t.text, g.count FROM (SELECT person, sum(count) AS count FROM ("
        "SELECT person, sum(count) AS count FROM monthly_people WHERE mesh = :mesh "
        "AND kind = :kind AND month BETWEEN :first_month AND :last_month GROUP BY person "
        "UNION ALL SELECT person, count FROM span s CROSS JOIN daily_people d "
        "INDEXED BY daily_people_by_day ON d.day = s.day AND d.mesh = :mesh AND d.kind = :kind "
        "WHERE substr(s.day, 1, 7) NOT BETWEEN :first_month AND :last_month"
        ") GROUP BY person) g CROSS JOIN people t ON t.id = g.person "
        "ORDER BY 2 DESC, 1 LIMIT :limit"
    ),
    ("users", True): (
        "SELECT t.text, sum(count) FROM daily_people d JOIN people t ON t.id = d.person "
        "WHERE d.mesh = :mesh AND d.person = :person AND day BETWEEN :first AND :last "
        "AND kind = :kind GROUP BY d.person LIMIT :limit"
    ),
    **dict.fromkeys(
        (("commands", False), ("commands", True)),
        f"{_SPAN} SELECT t.text, sum(count) FROM span s CROSS JOIN daily_names d "
        "ON d.day = s.day AND d.mesh = :mesh AND d.kind = :kind JOIN names t ON t.id = d.name "
        "GROUP BY d.name ORDER BY 2 DESC, 1 LIMIT :limit",
    ),
}


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=31)).replace(day=1)
