"""How users are notified what is for them: functions on a connection.

Owns what was changed at run time, which is laid over their `[[recipients]]` entries.  Does not own
what follows from it (`routing`).
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from pydantic import ValidationError

from meshvisor.features.notifications.settings import RecipientSettings
from meshvisor.features.notifications.supervisor.outbox import QUERIES
from meshvisor.shared.errors import UsageError
from meshvisor.shared.settings.model import Settings

Source = Literal["default", "settings", "run time"]


@dataclass(frozen=True, slots=True)
class Preferences:
    """Those of one user."""

    wanted: RecipientSettings
    source: Source
    """Where they stand, but for what was changed."""
    is_changed: bool
    """Whether the entry of the settings was changed at run time."""


def of_user(db: sqlite3.Connection, settings: Settings, user_id: str) -> Preferences:
    """Return the preferences of a user; without any they are notified in the chat."""
    row = db.execute(QUERIES["preferences_of"], (user_id,)).fetchone()
    return _laid_over(_in_settings(settings).get(user_id), user_id, row and row[0])


def of_all(db: sqlite3.Connection, settings: Settings) -> list[Preferences]:
    """Return those of all users who have said something, by user."""
    own = _in_settings(settings)
    changes = dict(db.execute(QUERIES["preferences"]))
    return [
        _laid_over(own.get(user), user, changes.get(user)) for user in sorted(own | changes.keys())
    ]


def change(
    db: sqlite3.Connection,
    settings: Settings,
    user_id: str,
    changes: Mapping[str, Any],
    by: str,
    now: int,
) -> tuple[Preferences, Preferences]:
    """Change some of them; return what they were and what they are.

    Args:
        db: inside a transaction.
        settings: have the entry below.
        user_id: whose.
        changes: fields of a `[[recipients]]` entry.
        by: who does it.
        now: epoch milliseconds.

    Raises:
        UsageError: they cannot be so; one sentence.
    """
    before = of_user(db, settings, user_id)
    row = db.execute(QUERIES["preferences_of"], (user_id,)).fetchone()
    kept = {**({} if row is None else json.loads(row[0])), **changes}
    checked(user_id, kept)
    values = {"user_id": user_id, "changes": json.dumps(kept), "now": now, "by": by}
    db.execute(QUERIES["save_preferences"], values)
    return before, of_user(db, settings, user_id)


def forget(db: sqlite3.Connection, user_id: str) -> bool:
    """Drop what was changed at run time of a user's preferences; say whether anything was."""
    return db.execute(QUERIES["forget_preferences"], (user_id,)).rowcount > 0


def checked(user_id: str, fields: Mapping[str, Any]) -> RecipientSettings:
    """Return an entry of which the fields were given.

    Raises:
        UsageError: it cannot be; one sentence.
    """
    try:
        return RecipientSettings.model_validate_json(json.dumps({**fields, "user": user_id}))
    except ValidationError as error:
        from meshvisor.shared.settings.problems import describe

        first = error.errors(include_url=False)[0]
        first["loc"] = ("recipients", 0, *first["loc"])
        text = describe(first, {"recipients": [{**fields, "user": user_id}]})
        raise UsageError(text.replace("recipients[0].", "")) from None


FIELDS: Final = ("channels", "severity", "quiet_hours", "timezone")
"""What may be changed."""

# Private


def _in_settings(settings: Settings) -> dict[str, RecipientSettings]:
    return {one.user: one for one in settings.each(RecipientSettings)}


def _laid_over(own: RecipientSettings | None, user_id: str, changes: str | None) -> Preferences:
    source: Source = "default" if own is None else "settings"
    base = own or checked(user_id, {})
    if changes is None:
        return Preferences(base, source, False)
    fields = {**base.model_dump(mode="json", exclude={"user"}), **json.loads(changes)}
    return Preferences(
        checked(user_id, fields), "run time" if own is None else source, own is not None
    )
