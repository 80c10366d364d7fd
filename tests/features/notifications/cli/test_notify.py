"""`meshvisor notify` without a supervisor, as people and scripts use it; and what checks find."""

from __future__ import annotations

import pytest

from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run

SECRET = "s3cretpassw0rd"

SETTINGS = f"""
[channels.mail]
url = "mailtos://ann:{SECRET}@mail.example.org?to=ann@example.org"
severity = "warning"

[channels.lobby]
kind = "mesh"
mesh = "lobby"

[templates.won]
title = "{{who}} has won"
text = "{{points}} points"
"""


@pytest.fixture
def own(home: Home) -> Home:
    """Return a home with two channels."""
    return with_settings(home, SETTINGS)


def with_settings(home: Home, text: str) -> Home:
    """Write the settings file, which holds a secret."""
    home.config.mkdir(mode=0o700, exist_ok=True)
    home.settings_file.touch(mode=0o600)
    home.settings_file.write_text(text)
    return home


def test_a_life(run: Run, own: Home) -> None:
    """Sent, counted, listed, shown, retried; it waits until a supervisor runs."""
    root = ("--home", own.root)
    sent = run("notify", "send", "The server moves", "--severity", "warning", *root).out
    assert sent.splitlines()[0] == "1: The server moves (warning)"
    assert "  mail: pending (due " in sent
    one = run(
        *("notify", "send", "--template", "won", "--data", '{"who": "Ann", "points": 3}'),
        *("--channel", "mail", "--key", "won", *root, "--json"),
    ).json
    assert (one["title"], one["text"], one["channels"]) == ("Ann has won", "3 points", ["mail"])
    again = ("notify", "send", "Again", "--key", "won", *root, "--json")
    assert run(*again).json["title"] == "Ann has won (2 times)"
    added = run("notify", "send", "For you", "--to", "12345", "--mesh", "lobby", *root, "--json")
    assert (added.json["channels"], added.json["user_id"]) == (["chat"], "12345")
    lines = run("notify", "list", *root).out.splitlines()
    assert [line.split()[0] for line in lines] == ["NUMBER", "3", "2", "1"]
    few = run("notify", "list", "--severity", "warning", "--channel", "mail", *root, "--json").json
    assert [found["id"] for found in few["notifications"]] == [1]
    page = run("notify", "list", "-n", "1", "--before", "3", *root).out
    assert page.splitlines()[-1] == "There are older ones: --before 2."
    assert run("notify", "retry", "--all", *root).out == "Nothing was given up.\n"
    tested = run("notify", "test", "lobby", *root)
    assert tested.out.startswith("4: A test of the channel lobby")
    assert (tested.code, tested.err.partition(";")[0]) == (1, "No supervisor runs")
    audit = [one["action"] for one in run("audit", *root, "--json").json["entries"]]
    assert audit[:2] == ["notify.test", "notify.retry"]


def test_preferences(run: Run, own: Home) -> None:
    """How users are notified is changed, shown and taken back."""
    root = ("--home", own.root)
    what = ("notify", "preferences")
    assert "No user has preferences" in run(*what, "list", *root).out
    changed = run(*what, "set", "12345", "--channel", "mail", "--quiet-hours", "20:00-9:00", *root)
    assert "run time" in changed.out
    shown = run(*what, "show", "12345", *root, "--json").json["preferences"]
    assert shown == [
        {
            "user_id": "12345",
            "channels": ["mail"],
            "severity": "info",
            "quiet_hours": "20:00-9:00",
            "timezone": None,
            "source": "run time",
            "changed": False,
        }
    ]
    sent = run("notify", "send", "For you", "--to", "12345", *root, "--json").json
    assert sent["channels"] == ["mail"]
    assert "default" in run(*what, "reset", "12345", *root).out
    assert "Say what is to be changed" in run(*what, "set", "12345", *root).err
    audit = [one["action"] for one in run("audit", *root, "--json").json["entries"]]
    assert audit.count("notify.preferences") == 2


def test_channels(run: Run, own: Home) -> None:
    """Their addresses are shown without what is secret, everywhere."""
    root = ("--home", own.root)
    shown = run("notify", "channels", *root).out
    assert "mailtos://********" in shown
    assert "lobby" in shown
    for words in (
        ("notify", "channels", "--json"),
        ("config", "show"),
        ("config", "check"),
        ("doctor",),
    ):
        outcome = run(*words, *root)
        assert SECRET not in outcome.out + outcome.err, words
    assert "Notification channels: mail, lobby." in run("config", "check", *root).out
    home = with_settings(own, "")
    assert "No channel is set up; add" in run("notify", "channels", "--home", home.root).out


def test_doctor(run: Run, own: Home) -> None:
    """It names the channel whose address cannot be used, and says what to do."""
    wrong = "\n[channels.hook]\nurl = 'discord://only-one-token-1234'\n"
    with_settings(own, SETTINGS + wrong)
    findings = run("doctor", "--home", own.root, "--json").json["checks"]
    found = {one["name"]: one for one in findings if one["name"].startswith("channel")}
    assert found["channels"]["text"] == "1 address can be used"
    assert found["channel hook"]["level"] == "fail"
    assert "its url is none that can be used" in found["channel hook"]["text"]
    assert "only-one-token-1234" not in str(found)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("send",), 'say what is to be told, such as: meshvisor notify send "Hello"'),
        (("send", " "), "needs a title"),
        (("send", "Hello", "--channel", "mial"), "did you mean mail?"),
        (("send", "Hello", "--severity", "bad"), "'info', 'warning', 'critical'"),
        (("send", "--template", "lost"), "known are won"),
        (
            ("send", "--template", "won", "--data", '{"who": "Ann"}'),
            "needs {points}, which the data",
        ),
        (("send", "Hello", "--key", ""), "a key has 1 to 200 characters"),
        (("list", "--channel", "mial"), "did you mean mail?"),
        (("retry", "--channel", "mial"), "did you mean mail?"),
        (("show", "first"), "'first' is not a whole number"),
        (("test", "No Name"), "is no name of a channel"),
        (("show", "7"), "there is no notification 7; 'meshvisor notify list'"),
        (("retry",), "say which: a number"),
        (("retry", "7"), "there is no notification 7"),
        (("history",), "'meshvisor notify list' shows what was sent"),
    ],
)
def test_mistakes(run: Run, own: Home, arguments: tuple[str, ...], said: str) -> None:
    """One sentence with the next step, and exit code 2."""
    outcome = run("notify", *arguments, "--home", own.root)
    assert said.casefold() in outcome.err.casefold()
    assert (outcome.code, outcome.out, outcome.err.count("\n")) == (2, "", 1)


def test_no_templates(run: Run, home: Home) -> None:
    """How one is set up is said without the name that was written, which may be none."""
    outcome = run("notify", "send", "--template", "{a", "--home", home.root)
    assert outcome.err.endswith(
        'none is set up; add [templates.NAME] with title = "{who} has won"\n'
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[channels.x]\nurl = "smtp.example.org"', ":2: channels.x.url is"),
        ('[channels.x]\nurl = "mailtoz://a@b"', "did you mean mailto://"),
        ("[channels.x]", "channel x has no url; write one, such as"),
        ('[channels.x]\nkind = "mesh"', 'names no mesh; write which, such as mesh = "lobby"'),
        ('[channels.x]\nkind = "pigeon"', 'allowed: one of "url", "mesh", "log"'),
        ('[channels.x]\nkind = "log"\nseverity = "bad"', 'one of "info", "warning", "critical"'),
        ('[channels.x]\nkind = "log"\nquiet_hours = "22-7"', 'such as "22:00-07:00"'),
        ('[channels.x]\nkind = "log"\ntimezone = "Europe/Berln"', "did you mean Europe/Berlin"),
        ('[channels.x]\nkind = "log"\ntext = "{titel}"', "allowed are {title}, {text}"),
        ('[templates.x]\ntitle = "{who"', "is wrong"),
        ('[[recipients]]\nuser = "1"\nchannels = ["x"]', "names a channel 'x' that there is not"),
        ("[notifications]\nwindow = -1", "allowed: a number from 0 to 86400"),
    ],
)
def test_wrong_settings(run: Run, home: Home, text: str, said: str) -> None:
    """What is wrong, in which line, and what works."""
    outcome = run("config", "check", "--home", with_settings(home, text + "\n").root)
    assert (outcome.code, said in outcome.err) == (2, True), outcome.err
