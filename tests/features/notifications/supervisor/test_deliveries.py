"""What becomes of notifications on a channel: attempts, pauses, limits, what is given up."""

from __future__ import annotations

import sqlite3

import pytest

from meshvisor.features.notifications.cli.repair import Repair
from meshvisor.features.notifications.model.notification import Outcome
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.supervisor import deliveries
from meshvisor.shared.errors import UsageError
from tests.features.notifications.supervisor.conftest import (
    ACTOR,
    Bench,
    MakeBench,
    channel,
    settings_with,
)


def test_the_worst_first(make: MakeBench) -> None:
    """Then what has waited longest."""
    bench = make()
    for severity in (Severity.INFO, Severity.CRITICAL, Severity.WARNING, Severity.CRITICAL):
        bench.add(severity, severity=severity)
    assert bench.deliver() == ["critical", "critical", "warning", "info"]


def test_attempts(make: MakeBench) -> None:
    """It is tried again after growing pauses, and given up after the last; `retry` begins anew."""
    bench = make(settings_with({"mail": channel(attempts=3)}))
    number = bench.add()
    for pause in (15, 30):
        assert bench.deliver(error="no answer") == ["Hello"]
        assert bench.deliver() == []
        bench.clock.advance(pause - 1)
        assert bench.deliver() == []
        bench.clock.advance(1)
    assert bench.deliver(error="no answer") == ["Hello"]
    assert bench.states(number) == {"": "failed", "mail": "failed"}
    (event,) = bench.events("notification.failed")
    assert (event.subject, event.content["attempts"]) == (str(number), 3)
    assert event.content["error"] == "no answer"


async def test_retry(make: MakeBench) -> None:
    """An operator has what was given up tried at once; it is in the audit log."""
    bench = make(settings_with({"mail": channel(attempts=1)}))
    number, other = bench.add("One"), bench.add("Two")
    bench.deliver(error="refused", is_final=True)
    assert (await bench.service.retry(number, None, ACTOR)).notifications == (number,)
    assert bench.deliver() == ["One"]
    assert (await bench.service.retry(None, "chat", ACTOR)).notifications == ()
    assert (await bench.service.retry(None, "mail", ACTOR)).notifications == (other,)
    assert bench.deliver() == ["Two"]
    with pytest.raises(UsageError, match="there is no channel 'other'"):
        await bench.service.retry(None, "other", ACTOR)
    assert bench.rows("SELECT action, subject FROM audit_log") == [
        ("notify.retry", str(number)),
        *[("notify.retry", "all")] * 2,
    ]


async def test_retry_on_one_channel(make: MakeBench) -> None:
    """What was given up on other channels is left alone, with a number and without."""
    bench = make(settings_with({"mail": channel(attempts=1), "hook": channel(attempts=1)}))
    number = bench.add()
    for name in ("mail", "hook"):
        bench.deliver(name, error="refused", is_final=True)
    await bench.service.retry(number, "hook", ACTOR)
    assert bench.states(number) == {"": "pending", "mail": "failed", "hook": "pending"}
    with pytest.raises(UsageError, match="was given up on the channel hook"):
        await bench.service.retry(number, "hook", ACTOR)
    bench.deliver("hook", error="refused", is_final=True)
    await bench.service.retry(None, "mail", ACTOR)
    assert bench.states(number) == {"": "pending", "mail": "pending", "hook": "failed"}


def test_what_the_service_does_not_want(make: MakeBench) -> None:
    """A message that is refused for good is given up; the channel goes on."""
    bench = make()
    first = bench.add("Bad")
    bench.deliver(error="400 Bad Request", is_final=True)
    assert bench.states(first)[""] == "failed"
    bench.add("Good")
    assert bench.deliver() == ["Good"]


def test_a_service_that_is_down_for_an_hour(make: MakeBench) -> None:
    """One message at a time finds that out, none is lost, and all are sent when it is back."""
    bench = make()
    for number in range(200):
        bench.add(str(number), severity=Severity.WARNING)
    tries, until = 0, bench.clock.wall() + 3600
    while bench.clock.wall() < until:
        messages = bench.claim()
        if messages:
            tries += 1
            assert len(messages) == 1 or tries == 1
            first, *others = messages
            left = [Outcome(one.delivery_id, "not tried", is_limited=True) for one in others]
            bench.report(Outcome(first.delivery_id, "connection refused"), *left)
        bench.clock.advance(5)
    assert tries <= 12
    counts = "SELECT state, count(*), max(attempts) FROM notification_deliveries GROUP BY state"
    ((state, count, most),) = bench.rows(counts)
    assert (state, count) == ("pending", 200)
    assert most <= tries
    sent: list[str] = []
    while len(sent) < 200:
        sent += bench.deliver()
        bench.clock.advance(60)
        assert bench.clock.wall() < until + 3600
    assert sorted(sent, key=int) == [str(number) for number in range(200)]


def test_a_limit_of_the_service(make: MakeBench) -> None:
    """It is left alone as long as it wants; that is no attempt, however often."""
    bench = make(settings_with({"mail": channel(attempts=2)}))
    number = bench.add()
    for _ in range(5):
        assert bench.deliver(error="429", retry_after=90, is_limited=True) == ["Hello"]
        assert bench.rows("SELECT failures, error FROM notification_channels") == [(0, "429")]
        bench.clock.advance(89)
        assert bench.deliver() == []
        bench.clock.advance(1)
    assert bench.deliver() == ["Hello"]
    assert bench.states(number)[""] == "sent"


def test_a_limit_of_the_settings(make: MakeBench) -> None:
    """A channel has so many messages in a minute, and its next ones in the next minute."""
    bench = make(settings_with({"mail": channel(rate=3)}))
    for number in range(7):
        bench.add(str(number))
    assert bench.deliver() == ["0", "1", "2"]
    assert bench.deliver() == []
    bench.clock.advance(60)
    assert bench.deliver() == ["3", "4", "5"]


def test_the_log_has_no_limit(make: MakeBench) -> None:
    """It floods no one; one that its settings name holds there, too."""
    bench = make(settings_with({"mail": channel(kind="log", rate=None, url="")}))
    for _ in range(70):
        bench.add()
    assert len(bench.claim(limit=100)) == 70
    bench = make(settings_with({"mail": channel(kind="log", rate=3, url="")}))
    for _ in range(5):
        bench.add()
    assert len(bench.claim(limit=100)) == 3
    bench = make(settings_with({"mail": channel(rate=None)}))
    for _ in range(70):
        bench.add()
    assert len(bench.claim(limit=100)) == 60


def test_a_damaged_database(make: MakeBench) -> None:
    """After a salvage every way has its notification, and what has lost its ways waits no more."""
    bench = make()
    whole, lone, gone = bench.add("whole"), bench.add("lone"), bench.add("gone")

    def damage(db: sqlite3.Connection) -> None:
        db.execute("PRAGMA defer_foreign_keys = ON")
        db.execute("DELETE FROM notification_deliveries WHERE notification_id = ?", (lone,))
        db.execute("INSERT INTO notification_troubles VALUES ('t', 99, 'n', 1)")
        db.execute("DELETE FROM notifications WHERE id = ?", (gone,))
        Repair(1).apply(db)

    bench.store.write_now(damage)
    assert bench.rows("SELECT id, state FROM notifications") == [
        (whole, "pending"),
        (lone, "suppressed"),
    ]
    assert bench.rows("SELECT count(*) FROM notification_troubles") == [(0,)]
    assert bench.deliver() == ["whole"]


def test_too_old(make: MakeBench) -> None:
    """What could not be delivered for so long is given up."""
    bench = make(settings_with({"mail": channel(attempts=100)}, expires=600))
    number = bench.add()
    bench.clock.advance(601)
    bench.deliver(error="no answer")
    assert bench.states(number)[""] == "failed"


def test_a_lease_that_is_over(make: MakeBench) -> None:
    """What a runner says of what it has no more changes nothing."""
    bench = make()
    number = bench.add()
    (message,) = bench.claim(lease="1")
    assert bench.release("2") == []
    assert bench.release("1") == ["mail"]
    bench.claim(lease="3")
    bench.report(Outcome(message.delivery_id), lease="1")
    assert bench.states(number)[""] == "sending"
    bench.report(Outcome(message.delivery_id), lease="3")
    assert bench.states(number)[""] == "sent"


def test_what_kills_runners(make: MakeBench) -> None:
    """It is given up after as many attempts as any other."""
    bench = make()
    number = bench.add()
    for _ in range(3):
        assert len(bench.claim()) == 1
        bench.release(None, most=3)
    assert bench.states(number)[""] == "failed"
    ((reason,),) = bench.rows("SELECT reason FROM notification_deliveries")
    assert reason == deliveries.UNSURE


def test_a_channel_that_is_gone(make: MakeBench) -> None:
    """What waits for it is given up, and says why."""
    bench = make()
    number = bench.add()
    bench.service.configure(settings_with({}))
    now = bench.service.now()
    bench.store.write_now(lambda db: deliveries.give_up_gone(db, "mail", now))
    assert bench.states(number)[""] == "failed"
    (event,) = bench.events("notification.failed")
    assert event.content["error"] == "there is no channel mail in the settings any more"


@pytest.mark.parametrize(
    ("states", "is_in_all"),
    [
        (["sent", "failed"], "failed"),
        (["sent", "pending"], "pending"),
        (["failed", "pending"], "pending"),
        (["sending", "pending"], "sending"),
        (["digested", "sent"], "sent"),
        (["digested", "suppressed"], "digested"),
    ],
)
def test_where_it_stands(make: MakeBench, states: list[str], is_in_all: str) -> None:
    """Of several channels, the one that needs something most says it."""
    bench = make(settings_with({"a": channel(), "b": channel()}))
    number = bench.add()

    for name, state in zip("ab", states, strict=True):
        _set(bench, name, state)
    assert bench.states(number)[""] == is_in_all


def _set(bench: Bench, name: str, state: str) -> None:
    def work(db: object) -> None:
        db.execute(  # type: ignore[attr-defined]
            "UPDATE notification_deliveries SET state = ? WHERE channel = ?", (state, name)
        )
        db.execute(deliveries.QUERIES["settle"], {"id": 1, "now": 0})  # type: ignore[attr-defined]

    bench.store.write_now(work)
