"""Numbers of meshes, people and commands: what stands in events in place of texts.

A number of a person is never given to another one: an aggregation that has read it before that
person was forgotten would write down the one for the other.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from meshvisor.features.statistics.store.database import QUERIES

MOST_KEPT: Final = 50_000
"""Numbers of one kind that are remembered; beyond it all are asked of the database again."""


FORGOTTEN: Final = " "
"""Before the number of a user who is being forgotten, in place of a name; none begins so."""


class Names:
    """Numbers by texts, remembered.

    Args:
        db: of one writer.  After a transaction that was undone, `forget` what it has made.

    What is remembered holds within a transaction that has begun with `renew`: another process may
    have removed people since the last one.
    """

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._known: dict[str, dict[str, int]] = {}
        self._removals = 0
        self.forget()

    def renew(self) -> None:
        """Forget what is remembered if people were removed; at the begin of a transaction."""
        removals = removals_of(self._db)
        if removals != self._removals:
            self._removals = removals
            self.forget()

    def forget(self) -> None:
        """Ask the database again for all of them."""
        self._known = {table: {"": 0} for table in ("meshes", "people", "names")}

    def mesh(self, text: str) -> int:
        """Return the number of a mesh; 0: none."""
        return self._number("meshes", text)

    def person(self, text: str) -> int:
        """Return the number of a person; 0: no person."""
        return self._number("people", text)

    def name(self, text: str) -> int:
        """Return the number of a command's name; 0: none."""
        return self._number("names", text)

    # Private

    def _number(self, table: str, text: str) -> int:
        known = self._known[table]
        number = known.get(text)
        if number is None:
            if len(known) >= MOST_KEPT:
                known.clear()
                known[""] = 0
                if not text:
                    return 0
            number = known[text] = self._ask(table, text)
        return number

    def _ask(self, table: str, text: str) -> int:
        question = f"SELECT id FROM {table} WHERE text = ?"
        row = self._db.execute(question, (text,)).fetchone()
        if row is not None:
            return int(row[0])
        if table == "people":
            (number,) = self._db.execute(QUERIES["take_person"]).fetchone()
            self._db.execute("INSERT INTO people VALUES (?, ?)", (number, text))
            return int(number)
        statement = f"INSERT INTO {table} (text) VALUES (?) RETURNING id"
        return int(self._db.execute(statement, (text,)).fetchone()[0])


def say_removed(db: sqlite3.Connection) -> None:
    """Have all writers ask for numbers of people anew; in the transaction that removes some."""
    db.execute(QUERIES["people_removed"])


def removals_of(db: sqlite3.Connection) -> int:
    """Return how often people were removed: what was read before holds while it is the same."""
    row = db.execute("SELECT value FROM facts WHERE name = 'removals'").fetchone()
    return 0 if row is None else int(row[0])
