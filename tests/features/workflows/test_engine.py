"""Workflows in a running supervisor: from an event to its effects, whatever is killed when."""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from meshvisor.shared.control.async_client import AsyncControlClient
from meshvisor.shared.errors import MeshvisorError, UsageError
from meshvisor.shared.paths import Home
from tests.fleet import Fleet

ANSWERED = {
    "name": "answered",
    "triggers": [{"type": "alert_created", "when": 'severity == "critical"'}],
    "steps": [
        {"set_variable": {"about": "{{ title }}"}},
        {
            "id": "reply",
            "do": "create_alert",
            "with": {"title": "reply to {{ vars.about }}", "severity": "info"},
            "retries": 5,
            "retry_delay": 0,
        },
        {
            "id": "close",
            "do": "resolve_alert",
            "with": {"alert_id": "{{ steps.reply.alert_id }}"},
            "retries": 5,
            "retry_delay": 0,
        },
    ],
}


@pytest.fixture
async def fleet(home: Home) -> AsyncIterator[Fleet]:
    """Return a running supervisor without meshes."""
    running = Fleet(home, {})
    await running.start()
    yield running
    await running.close()


async def ended(fleet: Fleet, count: int) -> list[dict[str, Any]]:
    """Return the executions when so many have ended."""

    async def find() -> list[dict[str, Any]] | None:
        try:
            found = (await fleet.ask("workflows_executions", limit=1000))["executions"]
        except MeshvisorError:
            return None
        done = [one for one in found if one["completed_at"]]
        return done if len(done) >= count else None

    return await fleet.until_told(find, f"{count} executions to end")


async def engine(fleet: Fleet, but: int | None = None) -> int:
    """Return the PID of the engine when it listens, and is not this one any more."""

    async def find() -> int | None:
        try:
            about = (await fleet.ask("status"))["supervisor"]["workflows"]
        except MeshvisorError:
            return None
        return about["pid"] if about["linked"] and about["pid"] != but else None

    return await fleet.until_told(find, "the engine to listen")


async def test_an_alert_is_answered(fleet: Fleet) -> None:
    """An event, its steps in the name of the workflow, counters, events and audit."""
    saved = await fleet.ask("workflows_save", document=ANSWERED)
    assert saved["created"]
    await fleet.ask("alert_create", title="fire", severity="critical")
    (execution,) = await ended(fleet, 1)
    assert execution["status"] == "completed", execution
    shown = await fleet.ask("workflows_execution", execution=execution["id"])
    assert [step["status"] for step in shown["steps"]] == ["completed"] * 3
    assert shown["variables"] == {"about": "fire"}  # also when it has ended
    logs = (await fleet.ask("workflows_logs", execution=execution["id"]))["logs"]
    begun, *steps, last = [(one["level"], one["text"], one["step"]) for one in logs]
    assert begun[1].startswith("begun by ")
    assert steps == [
        ("info", "set_variable: completed", 1),
        ("info", "reply: completed", 2),
        ("info", "close: completed", 3),
    ]
    assert last == ("info", "completed", None)
    alerts = (await fleet.ask("alerts_list"))["alerts"]
    reply = next(one for one in alerts if one["title"] == "reply to fire")
    assert (reply["state"], reply["source"]) == ("resolved", "workflow:answered")

    async def counted() -> bool:
        one = await fleet.ask("workflows_show", workflow="answered")
        return bool(one["success_rate"] == 1.0 and one["execution_count"] == 1)

    await fleet.until_told(counted, "the counters")
    events = (await fleet.ask("events", limit=100))["events"]
    assert [one["kind"] for one in events if one["kind"].startswith("workflow.")] == [
        "workflow.changed",
        "workflow.started",
        "workflow.completed",
    ]
    audit = (await fleet.ask("audit", limit=50))["entries"]
    assert "workflow:answered" in {one["actor"] for one in audit}


async def test_kills(fleet: Fleet) -> None:
    """The engine is killed again and again, the supervisor twice: nothing is lost or done twice."""
    await fleet.ask("workflows_save", document=ANSWERED)
    dice = random.Random(7)
    count = 40
    for number in range(count):
        await fleet.ask(
            "alert_create", title=f"a{number}", severity="critical", idempotency_key=f"k{number}"
        )
        if number % 10 == 2:
            os.kill(await engine(fleet), signal.SIGKILL)
        if number in (13, 27):
            fleet.signal(signal.SIGKILL)
            await fleet.exit_code()
            await fleet.start()
        if dice.random() < 0.3:
            await engine(fleet)
    executions = await ended(fleet, count)
    assert Counter(one["status"] for one in executions) == {"completed": count}
    assert len({one["event_seq"] for one in executions}) == count
    alerts = (await fleet.ask("alerts_list", limit=500))["alerts"]
    replies = Counter(one["title"] for one in alerts if one["title"].startswith("reply"))
    assert replies == {f"reply to a{number}": 1 for number in range(count)}
    assert {one["count"] for one in alerts} == {1}


async def test_a_hanging_engine(fleet: Fleet) -> None:
    """Requests say that it is the engine which does not answer, and the next one answers."""
    saved = await fleet.ask("workflows_save", document={**ANSWERED, "triggers": ["manual"]})
    first = await engine(fleet)
    os.kill(first, signal.SIGSTOP)
    try:
        with pytest.raises(MeshvisorError, match="the engine of workflows has not answered"):
            await fleet.ask("workflows_run", workflow="answered", trigger_data={"title": "x"})
    finally:
        os.kill(first, signal.SIGKILL)
    await engine(fleet, but=first)
    again = await fleet.ask("workflows_run", workflow=str(saved["process_id"]))
    assert again["execution_id"] >= 1


async def test_owners_rights(fleet: Fleet) -> None:
    """A workflow may do what its owner may: when it is saved, and when it acts."""
    document = {**ANSWERED, "triggers": ["manual"]}
    with pytest.raises(UsageError, match="station:operate"):
        await fleet.ask("workflows_save", document=document, actor="token:nobody")
    secret = "0" * 64
    await fleet.ask("token_add", name="ci", scopes=["station:operate"], digest=secret)
    await fleet.ask("workflows_save", document=document, actor="token:ci")
    await fleet.ask("token_revoke", name="ci")

    async def refused() -> bool:
        await fleet.ask("workflows_run", workflow="answered", trigger_data={"title": "x"})
        found = (await fleet.ask("workflows_executions"))["executions"]
        return any("station:operate" in (one["error_message"] or "") for one in found)

    await fleet.until_told(refused, "its rights to be gone")


async def test_steps_of_other_features(fleet: Fleet) -> None:
    """Zones, groups, jobs of runners, HTTP requests and notifications, one after another."""
    asked: list[bytes] = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"(?i)content-length: (\d+)", head)[1])  # type: ignore[index]
        asked.append(await reader.readexactly(length))
        body = b'{"answer": 42}'
        writer.write(
            b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
            b"content-length: %d\r\n\r\n%s" % (len(body), body)
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    circle = {"latitude": 48.2, "longitude": 16.3, "radius_m": 100}
    document = {
        "name": "all",
        "triggers": ["manual"],
        "steps": [
            {"update_zone": {"zone": "home", "circle": circle}, "id": "zone"},
            {"update_zone": {"zone": "home", "enabled": False}, "id": "shut"},
            {"get_users_in_zone": {"zone": "home"}, "id": "inside"},
            {"update_user_group": {"user_id": "12", "group": "friends"}, "id": "group"},
            {
                "id": "http",
                "http_request": {
                    "method": "POST",
                    "url": f"http://127.0.0.1:{port}/x",
                    "body": {"who": "{{ who }}"},
                },
            },
            {"send_notification": {"title": "{{ steps.http.body.answer }}"}, "id": "told"},
            {"set_variable": {"code": "{{ steps.http.status_code }}"}},
        ],
    }
    async with server:
        await fleet.ask("group_save", name="friends")
        await fleet.ask("user_register", user_id="12")
        await fleet.ask("workflows_save", document=document)
        await fleet.ask("workflows_run", workflow="all", trigger_data={"who": "Ann"})
        (execution,) = await ended(fleet, 1)
    shown = await fleet.ask("workflows_execution", execution=execution["id"])
    assert execution["status"] == "completed", shown
    assert asked == [b'{"who":"Ann"}']
    assert shown["steps"][-1]["input"] == {"code": 200}
    assert shown["steps"][5]["input"]["title"] == 42
    user = await fleet.ask("station_user", user_id="12")
    assert user["groups"] == ["friends"]
    zone = await fleet.ask("zone_show", name="home")
    assert (zone["enabled"], zone["circle"]) == (False, circle)


async def test_requests_do_not_wait_for_each_other(fleet: Fleet) -> None:
    """Two are answered, each of which hangs until the other one is there."""
    arrived = asyncio.Barrier(2)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await arrived.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    branches = [[{"http_request": {"url": url}, "timeout": 20}] for _ in range(2)]
    document = {"name": "two", "triggers": ["manual"], "steps": [{"branches": branches}]}
    async with server:
        await fleet.ask("workflows_save", document=document)
        await fleet.ask("workflows_run", workflow="two")
        (execution,) = await ended(fleet, 1)
    assert execution["status"] == "completed", execution


async def test_steps_are_reported_while_they_are_followed(fleet: Fleet) -> None:
    """A move of an execution is an event then, and none is before."""
    steps = [{"wait": {"event": "alert_created"}, "id": "w"}]
    await fleet.ask(
        "workflows_save", document={"name": "s", "triggers": ["manual"], "steps": steps}
    )
    await engine(fleet)
    await fleet.ask("workflows_run", workflow="s")
    client = await AsyncControlClient.connect(fleet.home.root)
    async with client, asyncio.timeout(60):
        followed = client.stream("events_follow", kinds=["execution.step"])
        async with aclosing(followed) as items:
            assert (await anext(items))["live"]
            begun = await fleet.ask("workflows_run", workflow="s")
            told = (await anext(items))["data"]
    assert told["execution"] == begun["execution_id"]
    assert (told["step"], told["status"], told["steps_completed"]) == ("w", "running", 0)


async def test_questions_survive_another_link(fleet: Fleet) -> None:
    """The engine links anew while it is asked, for it wants other events: each is answered."""
    document = {
        "name": "waits",
        "triggers": ["manual"],
        "steps": [{"do": "wait", "with": {"event": "{{ kind }}", "timeout": 600}}],
    }
    await fleet.ask("workflows_save", document=document)
    await engine(fleet)
    kinds = ("report.made", "job.queued", "zone.left", "user.online", "cleanup.done", "block.set")
    begun = await asyncio.gather(
        *(
            fleet.ask("workflows_run", workflow="waits", trigger_data={"kind": kind})
            for kind in kinds
        )
    )
    assert len({one["execution_id"] for one in begun}) == len(kinds)
    for one in begun:
        ended_one = await fleet.ask("workflows_cancel", execution=one["execution_id"])
        assert ended_one["status"] == "cancelled"
