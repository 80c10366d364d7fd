"""Notifications that a cleanup archives and removes, and what a health check measures of others."""

from __future__ import annotations

from meshvisor.features.notifications.health import failed, waiting
from meshvisor.features.notifications.supervisor import archive
from tests.features.notifications.supervisor.conftest import MakeBench, channel, settings_with

DAY = 86_400.0


def test_what_goes(make: MakeBench) -> None:
    """What has come to an end long ago goes with its ways; what waits stays, however old."""
    bench = make(settings_with({"mail": channel(), "off": channel(everything=False)}))
    bench.add("Sent", text="why")
    bench.deliver()
    bench.add("Waits", channels=("off",))
    bench.clock.advance(90 * DAY)
    bench.add("New")
    bench.deliver()
    before = bench.service.now() - round(DAY * 1000)
    assert bench.store.read_now(lambda db: archive.count(db, before)) == 1
    (old,) = bench.store.read_now(lambda db: archive.export(db, before, 10))
    assert (old.document["title"], old.document["text"]) == ("Sent", "why")
    assert [one["state"] for one in old.document["deliveries"]] == ["sent"]
    assert bench.store.write_now(lambda db: archive.remove(db, [old.id])) == 1
    assert bench.rows("SELECT title FROM notifications") == [("Waits",), ("New",)]
    assert bench.rows("SELECT count(*) FROM notification_deliveries") == [(2,)]


def test_figures(make: MakeBench) -> None:
    """Those that are late, and those that were given up lately."""
    bench = make(settings_with({"mail": channel(attempts=1)}))
    bench.add()
    assert bench.store.read_now(lambda db: waiting(db, bench.service.now())) == 0
    bench.clock.advance(301)
    assert bench.store.read_now(lambda db: waiting(db, bench.service.now())) == 1
    bench.deliver(error="no answer")
    assert bench.store.read_now(lambda db: failed(db, bench.service.now())) == 1
    bench.clock.advance(3601)
    assert bench.store.read_now(lambda db: failed(db, bench.service.now())) == 0


def test_ten_thousand(make: MakeBench) -> None:
    """All that are queued are handed out once, in portions, none twice and none left."""
    bench = make(settings_with({"mail": channel()}))
    from meshvisor.features.notifications.model.notification import NewNotification

    bench.store.write_now(
        lambda db: [
            bench.service.add(db, NewNotification(title=str(number))) for number in range(10_000)
        ]
    )
    titles: list[str] = []
    while sent := bench.deliver():
        titles += sent
    assert titles == [str(number) for number in range(10_000)]
    assert bench.rows("SELECT DISTINCT state FROM notifications") == [("sent",)]
