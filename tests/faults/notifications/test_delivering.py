"""Notifications from the command line to real services: a mail server, a web service, a chat."""

from __future__ import annotations

import signal
from typing import Any, Final

import pytest

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import StartFleet
from tests.fleet import Fleet
from tests.receivers import HANG, MailServer, WebService

pytestmark = pytest.mark.faults

SECRET: Final = "s3cret-t0ken-12345"


async def until_state(fleet: Fleet, number: int, state: str) -> dict[str, Any]:
    """Return a notification when it is in a state."""

    async def look() -> dict[str, Any] | None:
        found: dict[str, Any] = await fleet.ask("notify_show", number=number)
        return found if found["state"] == state else None

    return await fleet.until_told(look, f"notification {number} to be {state}")


async def delivery(fleet: Fleet, number: int, channel: str) -> dict[str, Any]:
    """Return where a notification stands on a channel."""
    found = await fleet.ask("notify_show", number=number)
    return next(one for one in found["deliveries"] if one["channel"] == channel)


async def test_from_the_command_line_into_the_box(
    start_fleet: StartFleet, playground: Playground
) -> None:
    """A mail is read in the box of the mail server; chat, web service and log have it, too."""
    with MailServer() as mail, WebService() as web:
        url = f"mailto://127.0.0.1:{mail.port}?from=bot@example.org&to=ann@example.org"
        fleet = await start_fleet(
            **{
                "channels.mail": {"url": url, "title": "[{severity}] {title}"},
                "channels.hook": {"url": web.url("hook", f"?+X-Token={SECRET}")},
                "channels.lobby": {"kind": "mesh", "mesh": "lobby"},
                "channels.journal": {"kind": "log", "severity": "warning"},
            }
        )
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        await playground.wait_for_peer("lobby")
        outcome = await fleet.command(
            *("notify", "send", "The server moves", "--text", "At noon."),
            *("--severity", "warning"),
        )
        assert outcome.code == 0, outcome.err
        found = await until_state(fleet, 1, "sent")
        assert {one["channel"]: one["state"] for one in found["deliveries"]} == dict.fromkeys(
            ("mail", "hook", "lobby", "journal"), "sent"
        )
        (letter,) = mail.mails
        assert (letter["Subject"], letter["To"]) == (
            "[warning] The server moves",
            "ann@example.org",
        )
        assert letter.get_content().strip() == "At noon."
        (posted,) = web.seen["/hook"]
        assert (posted["title"], posted["message"]) == ("The server moves", "At noon.")
        (said,) = [one.text for one in playground.chats("lobby")]
        assert said == "The server moves\nAt noon."
        await fleet.logged("notification 1: The server moves: At noon.")
        await fleet.command("notify", "send", "Without a text", "--channel", "mail")
        await until_state(fleet, 2, "sent")
        assert mail.subjects[-1] == "[info] Without a text"
        # A user is notified in the chat of the mesh that it is about.
        await fleet.command("notify", "send", "You won", "--to", "12345", "--mesh", "lobby")
        await until_state(fleet, 3, "sent")
        assert "You won" in playground.chats("lobby")[-1].text
        tested = await fleet.command("notify", "test", "mail")
        assert (tested.code, mail.subjects[-1]) == (0, "[info] A test of the channel mail")
        assert "mail: sent (1 attempt)" in tested.out
        shown = await fleet.command("notify", "channels")
        listed = await fleet.command("events", "--json")
        for text in (shown.out, listed.out, fleet.output, str(found)):
            assert SECRET not in text


async def test_services_that_fail(start_fleet: StartFleet) -> None:
    """Each channel fails for itself: limited, down, unwilling, hanging, or with a wrong address."""
    with WebService(limit=[429, 200], down=[500, 200], bad=[400], hang=[HANG]) as web:
        names = ("limit", "down", "bad", "hang", "good")
        channels: dict[str, Any] = {
            f"channels.{name}": {"url": web.url(name), "everything": False, "timeout": 1}
            for name in names
        }
        channels["channels.wrong"] = {"url": f"slack://{SECRET}", "everything": False}
        fleet = await start_fleet(**channels)
        for name in ("hang", "limit", "down", "bad", "wrong", "good"):
            await fleet.ask("notify_test", channel=name)
        await until_state(fleet, 6, "sent")
        await until_state(fleet, 2, "sent")
        assert len(web.titles("limit")) == 2
        bad = await until_state(fleet, 4, "failed")
        assert "error=400" in bad["deliveries"][0]["reason"]

        async def look(number: int, channel: str, said: str) -> bool:
            found = await delivery(fleet, number, channel)
            return said in (found["reason"] or "")

        await fleet.until_told(lambda: look(3, "down", "error=500"), "the one that is down")
        await fleet.until_told(
            lambda: look(1, "hang", "no answer within 1 s"), "the one that hangs"
        )
        await fleet.until_told(lambda: look(5, "wrong", "its url is none"), "the wrong address")
        assert SECRET not in fleet.output
        # Once it is mended it can be tried at once.
        await fleet.ask("notify_test", channel="down")
        await until_state(fleet, 7, "sent")


async def test_killed_while_it_delivers(start_fleet: StartFleet) -> None:
    """Nothing is lost: what a runner had is delivered by the next one, maybe a second time."""
    with WebService(slow=[HANG, 200]) as web:
        fleet = await start_fleet(
            **{"channels.slow": {"url": web.url("slow"), "rate": 0, "at_once": 1, "timeout": 60}}
        )
        for number in range(20):
            await fleet.ask("notify_send", title=str(number))
        await fleet.until(lambda: web.open["/slow"], "a message to be under way")
        (runner,) = fleet.processes_named("runner notifications")
        runner.send_signal(signal.SIGKILL)
        for number in range(1, 21):
            await until_state(fleet, number, "sent")
        titles = web.titles("slow")
        assert set(titles) == {str(number) for number in range(20)}
        assert len(titles) == 21

        # The same for the supervisor, with all that belongs to it.
        web.statuses["/slow"] = [HANG, 200]
        await fleet.ask("notify_send", title="last")
        await fleet.until(lambda: web.open["/slow"] == 2, "the last message to be under way")
        fleet.signal(signal.SIGKILL)
        await fleet.exit_code()
        await fleet.start()
        await until_state(fleet, 21, "sent")
        assert web.titles("slow").count("last") == 2


PLUGIN: Final = """
@action("broken", retries=0)
async def broken(job):
    await notify("From an action", urgent=True, key="once")
    await notify("From an action", urgent=True, key="once")
    try:
        await notify("Never", channels=["nowhere"])
    except NotifyError as error:
        job.log(str(error))
    raise RuntimeError("boom")


@action("plain")
def plain(job):
    notify_blocking("From a thread", severity="warning", mesh_id=job.mesh_id)
"""


@pytest.mark.long
async def test_what_fails_and_what_plug_ins_tell(start_fleet: StartFleet) -> None:
    """A job that fails for good is notified once, and so is what actions send."""
    with WebService() as web:
        fleet = await start_fleet(
            PLUGIN,
            notifications={"gather": 0.1},
            **{"channels.hook": {"url": web.url("hook"), "rate": 0}},
        )
        await fleet.mesh_is("lobby", MeshState.CONNECTED)
        for name in ("broken", "plain"):
            await fleet.ask("jobs_submit", mesh_id="lobby", submission={"action": name})
        wanted = {"From an action (2 times)", "From an action", "From a thread"}

        def has_come() -> bool:
            titles = set(web.titles("hook"))
            return "Job 1 (broken) has failed" in titles and len(wanted & titles) == 2

        await fleet.until(has_come, "three notifications")
        assert web.titles("hook").count("Job 1 (broken) has failed") == 1
        listed = (await fleet.ask("notify_list"))["notifications"]
        assert {one["source"] for one in listed} == {"program:plug-in", "job.failed"}
        history = (await fleet.ask("jobs_show", job_id=1))["history"]
        assert any("there is no channel 'nowhere'" in str(line) for line in history)
