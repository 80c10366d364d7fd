"""Events go when they were kept long enough, and not before all subscribers have read them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from meshvisor.shared.events import log, retention
from meshvisor.shared.events.event import NewEvent
from meshvisor.shared.events.kind import EventKind
from meshvisor.shared.events.retention import DAY, Retention, outdated, remove
from meshvisor.shared.store.store import Store

NOW = 100 * DAY
ALL_READ = 10**9


def fill(store: Store, *rows: tuple[str, float]) -> None:
    """Append events: kinds and how many days ago they happened."""
    new = [NewEvent(round(NOW - days * DAY), kind) for kind, days in rows]
    store.write_now(lambda db: log.append(db, new))


def clean(store: Store, kept: Retention, read_up_to: int = ALL_READ) -> Sequence[int]:
    """Remove what may go; return what is left."""
    portions = store.read_now(lambda db: list(outdated(db, kept, read_up_to, NOW)))
    for portion in portions:
        store.write_now(lambda db, portion=portion: remove(db, portion))  # type: ignore[misc]
    return store.read_now(lambda db: [event.seq for event in log.read(db, 0, 10**6).events])


def test_each_kind_has_its_days(store: Store) -> None:
    """Those of the settings come first, then those of the kind, then those of all."""
    kinds = (
        EventKind("usage.hour", "", keep_days=30),
        EventKind("message.received", "", keep_days=1),
        EventKind("job.done", ""),
    )
    kept = Retention(kinds, 7, (("job.*", 3), ("job.failed", 20)))
    days = {kind: kept.days(kind) for kind in ("usage.hour", "message.received", "job.done")}
    assert days == {"usage.hour": 30, "message.received": 1, "job.done": 3}
    assert (kept.days("job.failed"), kept.days("unknown"), kept.shortest) == (20, 7, 1)
    fill(
        store,
        ("usage.hour", 40),
        ("usage.hour", 20),
        ("unknown", 8),
        ("job.failed", 8),
        ("unknown", 6),
        ("job.done", 5),
        ("message.received", 2),
        ("message.received", 0.5),
        ("last", 0),
    )
    assert clean(store, kept) == [2, 4, 5, 8, 9]


def test_the_newest_stays(store: Store) -> None:
    """Otherwise its number would be used again, behind the cursors of all who have read it."""
    fill(store, ("a", 50), ("a", 40))
    assert clean(store, Retention()) == [2]
    fill(store, ("a", 30))
    assert clean(store, Retention()) == [3]


def test_what_is_not_read_stays(store: Store) -> None:
    """However old it is."""
    fill(store, *(("a", 50 - n) for n in range(5)), ("a", 0))
    assert clean(store, Retention(), read_up_to=2) == [3, 4, 5, 6]


def test_how_much_that_is_not_read_stays() -> None:
    """What the slowest has yet to read, and no more than the limit."""
    kept = Retention(unread_limit=100)
    assert kept.read_up_to([950, 930], 1000) == 930
    assert kept.read_up_to([950, 3], 1000) == 900


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_portions(store: Store, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many go in several transactions, and it is the same that goes."""
    monkeypatch.setattr(retention, "REMOVED", size)
    fill(store, *(("a" if n % 3 else "b", 50 - n) for n in range(20)), ("a", 0))
    kept = Retention((EventKind("b", "", keep_days=400),), 36)
    assert clean(store, kept) == [1, 4, 7, 10, 13, 15, 16, 17, 18, 19, 20, 21]


def test_a_clock_that_was_set(store: Store) -> None:
    """Whatever the moments say, nothing fails, and the newest and unread ones stay."""
    fill(store, ("a", -50), ("a", 60), ("a", 5), ("a", -9), ("a", 70), ("a", 70))
    left = clean(store, Retention(), read_up_to=4)
    assert {5, 6} <= set(left)


def test_an_empty_log(store: Store) -> None:
    """There is nothing to remove."""
    assert clean(store, Retention()) == []
