"""What is added: where it goes, what is the same, and that it is one transaction with its cause."""

from __future__ import annotations

import sqlite3

import pytest

from meshvisor.features.notifications.model.notification import NewNotification
from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.settings import RecipientSettings
from meshvisor.shared.errors import UsageError
from tests.features.notifications.supervisor.conftest import (
    MakeBench,
    channel,
    settings_with,
)

NIGHT = 11 * 3600.0
"""From noon, when clocks of tests begin, into the quiet hours."""


def test_one_transaction(make: MakeBench) -> None:
    """What fails or is undone has notified no one."""
    bench = make()

    def work(db: sqlite3.Connection) -> None:
        bench.service.add(db, NewNotification(title="Never"))
        raise LookupError

    with pytest.raises(LookupError):
        bench.store.write_now(work)
    assert bench.rows("SELECT count(*) FROM notifications") == [(0,)]
    assert bench.events("notification.added") == []
    number = bench.add("Told", severity=Severity.WARNING)
    (event,) = bench.events("notification.added")
    assert (event.subject, event.content["channels"]) == (str(number), ["mail"])


def test_where_it_goes(make: MakeBench) -> None:
    """To all channels that take its severity, or only to those that it names."""
    bench = make(
        settings_with(
            {
                "all": channel(),
                "bad": channel(severity="warning"),
                "off": channel(enabled=False),
                "own": channel(everything=False),
            }
        )
    )
    by_severity = {
        severity: list(bench.states(bench.add(severity=severity)))[1:] for severity in Severity
    }
    assert by_severity == {"info": ["all"], "warning": ["all", "bad"], "critical": ["all", "bad"]}
    assert bench.states(bench.add(channels=("own", "bad"))) == {
        "": "pending",
        "own": "pending",
        "bad": "pending",
    }
    with pytest.raises(UsageError, match=r"there is no channel 'ow'; did you mean own\?"):
        bench.add(channels=("ow",))


def test_no_one_is_notified(make: MakeBench) -> None:
    """Without a channel it is kept, and says so; no event wakes a subscriber."""
    bench = make(settings_with({}))
    assert bench.states(bench.add(severity=Severity.CRITICAL)) == {"": "suppressed"}
    assert bench.events("notification.added") == []


def test_to_a_user(make: MakeBench) -> None:
    """As they want it; a user without an entry is notified in the mesh that it is about."""
    bench = make(
        settings_with(
            {"mail": channel(), "ann": channel(everything=False)},
            RecipientSettings(user="ann", channels=("ann", "chat"), severity=Severity.WARNING),
        )
    )
    assert bench.states(bench.add(user_id="ann")) == {"": "suppressed"}
    bad = Severity.WARNING
    assert list(bench.states(bench.add(user_id="ann", severity=bad)))[1:] == ["ann"]
    both = bench.add(user_id="ann", severity=bad, mesh_id="lobby")
    assert list(bench.states(both))[1:] == ["ann", "chat"]
    assert list(bench.states(bench.add(user_id="bob", mesh_id="lobby")))[1:] == ["chat"]
    assert bench.states(bench.add(user_id="bob")) == {"": "suppressed"}


def test_the_same_is_counted(make: MakeBench) -> None:
    """Within the window one is sent and the others are counted; their number is sent at its end."""
    bench = make(settings_with({"mail": channel()}, window=300))
    first = bench.add("Down", key="down", text="one", is_urgent=True)
    assert bench.add("Down", key="down", text="two") == first
    assert bench.add("Up", key="up") != first
    (message, _) = bench.claim()
    assert (message.title, message.text) == ("Down (2 times)", "two")
    bench.release()
    assert bench.deliver() == ["Down (2 times)", "Up"]
    for _ in range(3):
        assert bench.add("Down", key="down") == first
    assert bench.states(first)["mail"] == "pending"
    assert bench.deliver() == []
    bench.clock.advance(301)
    assert bench.deliver() == ["Down (5 times)"]
    assert bench.states(first)["mail"] == "sent"
    # The window goes on from there; when it has passed, what comes is another one.
    assert bench.add("Down", key="down") == first
    bench.clock.advance(301)
    assert bench.deliver() == ["Down (6 times)"]
    bench.clock.advance(301)
    assert bench.add("Down", key="down") > first


def test_counted_while_it_is_on_its_way(make: MakeBench) -> None:
    """What comes between being handed out and being sent is sent, too."""
    bench = make()
    first = bench.add("Down", key="down")
    bench.claim()
    bench.add("Down", key="down")
    assert bench.states(first)["mail"] == "sending"
    (row,) = bench.rows("SELECT id FROM notification_deliveries")
    from meshvisor.features.notifications.model.notification import Outcome

    bench.report(Outcome(row[0]))
    assert bench.states(first)["mail"] == "pending"
    bench.clock.advance(301)
    assert bench.deliver() == ["Down (2 times)"]


def test_several_by_name(make: MakeBench) -> None:
    """Of those that are sent as one the first are named."""
    bench = make()
    for number in range(12):
        bench.add(
            f"Mesh m{number} has failed",
            many="{count} meshes have failed",
            name=f"m{number}",
            text="no answer",
            key="failed",
            gather=5,
            severity=Severity.WARNING,
        )
    assert bench.claim() == []
    bench.clock.advance(5)
    (message,) = bench.claim()
    assert message.title == "12 meshes have failed: m0, m1, m2, m3, m4 and 7 more"
    assert message.text.splitlines()[0] == "m0: no answer"
    assert message.text.splitlines()[-1] == "… and 2 more"


def test_quiet_hours(make: MakeBench) -> None:
    """What is not critical waits for their end, and is one message then."""
    bench = make(settings_with({"mail": channel(quiet_hours="22:00-07:00")}))
    bench.clock.advance(NIGHT)
    first, second = bench.add("One", severity=Severity.WARNING), bench.add("Two", text="why")
    assert bench.deliver() == []
    bench.add("Now", severity=Severity.CRITICAL)
    assert bench.deliver() == ["Now"]
    bench.clock.advance(8 * 3600 - 1)
    assert bench.deliver() == []
    bench.clock.advance(1)
    (message,) = bench.claim()
    assert message.title == "2 notifications"
    assert message.text == "- [warning] One\n- Two: why"
    assert bench.states(first) == bench.states(second) == {"": "digested", "mail": "digested"}


def test_quiet_hours_of_a_user(make: MakeBench) -> None:
    """Theirs and those of the channel hold; it is sent when both are over."""
    bench = make(
        settings_with(
            {"mail": channel(everything=False, quiet_hours="22:00-07:00")},
            RecipientSettings(
                user="ann",
                channels=("mail",),
                quiet_hours="04:00-14:00",
                timezone="Asia/Kolkata",
            ),
        )
    )
    bench.clock.advance(NIGHT)
    bench.add(user_id="ann")
    bench.clock.advance(8 * 3600)
    assert bench.deliver() == []
    bench.clock.advance(1.5 * 3600)
    assert bench.deliver() == ["Hello"]


def test_digest(make: MakeBench) -> None:
    """What is info is gathered; the rest is sent at once, and one alone stays as it is."""
    bench = make(settings_with({"mail": channel(digest=3600)}))
    bench.add("One")
    bench.add("Bad", severity=Severity.WARNING)
    assert bench.deliver() == ["Bad"]
    bench.clock.advance(3600)
    assert bench.deliver() == ["One"]
    for number in range(3):
        bench.add(f"N{number}")
    bench.clock.advance(3600)
    assert bench.deliver() == ["3 notifications"]


def test_long_texts_and_lines(make: MakeBench) -> None:
    """A title is one line of a sensible length, a text is cut."""
    bench = make()
    bench.add("a\nb\t" + "c" * 1000, text="t" * 50_000)
    (message,) = bench.claim()
    assert message.title.startswith("a b ccc")
    assert (len(message.title), len(message.text)) == (300, 20_000)
