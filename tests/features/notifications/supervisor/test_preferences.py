"""How users are notified: the settings, and over them what was changed at run time."""

from __future__ import annotations

import pytest

from meshvisor.features.notifications.model.severity import Severity
from meshvisor.features.notifications.settings import RecipientSettings
from meshvisor.shared.errors import UsageError
from tests.features.notifications.supervisor.conftest import (
    ACTOR,
    MakeBench,
    channel,
    settings_with,
)


async def test_changed_at_run_time(make: MakeBench) -> None:
    """What is changed holds at once for this user, the rest stays as the settings have it."""
    entry = RecipientSettings(user="7", channels=("mail",), severity=Severity.WARNING)
    bench = make(settings_with({"mail": channel(), "hook": channel()}, entry))
    first = await bench.service.set_preferences("7", {"channels": ["hook", "chat"]}, ACTOR)
    (found,) = first.preferences
    assert (found.channels, found.severity, found.source) == (
        ("hook", "chat"),
        "warning",
        "settings",
    )
    assert found.changed
    added = bench.add(user_id="7", mesh_id="lobby", severity=Severity.WARNING)
    assert set(bench.states(added)) == {"", "hook", "chat"}
    assert bench.states(bench.add(user_id="7"))[""] == "suppressed"
    await bench.service.set_preferences("8", {"severity": "critical"}, ACTOR)
    listed = (await bench.service.preferences(None)).preferences
    assert [(one.user_id, one.source, one.changed) for one in listed] == [
        ("7", "settings", True),
        ("8", "run time", False),
    ]
    (reset,) = (await bench.service.reset_preferences("7", ACTOR)).preferences
    assert (reset.channels, reset.changed) == (("mail",), False)
    (unset,) = (await bench.service.preferences("9")).preferences
    assert (unset.channels, unset.source) == (("chat",), "default")
    audit = bench.rows("SELECT action, subject, detail FROM audit_log ORDER BY rowid")
    assert audit == [
        ("notify.preferences", "7", "channels: ['hook', 'chat'], was ['mail']"),
        ("notify.preferences", "8", "severity: 'critical', was 'info'"),
        ("notify.preferences", "7", "as the settings say"),
    ]
    assert len(bench.events("notification.preferences_changed")) == 3


async def test_a_channel_that_is_gone(make: MakeBench) -> None:
    """One that the settings have no more is passed over."""
    bench = make(settings_with({"mail": channel(), "hook": channel()}))
    await bench.service.set_preferences("7", {"channels": ["hook", "mail"]}, ACTOR)
    bench.service.configure(settings_with({"mail": channel()}))
    assert set(bench.states(bench.add(user_id="7"))) == {"", "mail"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"channels": ["mial"]}, "there is no channel 'mial'; did you mean mail?"),
        ({"channels": "mail"}, "channels"),
        ({"channels": 5}, "channels"),
        ({}, "say what is to be changed"),
        ({"severity": "bad"}, "critical"),
        ({"quiet_hours": "all day"}, "write from when to when, such as"),
        ({"timezone": "Asia/Kolkatta"}, "did you mean Asia/Kolkata"),
        ({"colour": "red"}, "colour"),
    ],
)
async def test_mistakes(make: MakeBench, changes: dict[str, object], said: str) -> None:
    """One sentence, and nothing is kept."""
    bench = make()
    with pytest.raises(UsageError, match=said):
        await bench.service.set_preferences("7", changes, ACTOR)
    assert (await bench.service.preferences(None)).preferences == ()
    with pytest.raises(UsageError, match="as the settings say already"):
        await bench.service.reset_preferences("7", ACTOR)
