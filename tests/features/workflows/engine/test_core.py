"""The engine: each event once, modes, guards, waits, and what survives its end."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.workflows import wordings as say
from meshvisor.features.workflows.engine.exchange import Done
from meshvisor.features.workflows.engine.guards import BUDGET, DEEPEST, MOST_FAILURES
from meshvisor.features.workflows.engine.trying import back_test
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.supervisor import definitions
from tests.features.workflows.engine.bench import Bench

SAY = {"send_message": {"mesh_id": "m", "text": "{{ title }}"}, "id": "say"}
WAIT = {"wait": {"seconds": 60}, "id": "wait"}


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """Return a home with an engine."""
    made = Bench(tmp_path)
    yield made
    made.close()


def alert(bench: Bench, **fields: Any) -> int:
    """Have an alert created, and the engine look."""
    seq = bench.happens("alert.created", "1", **{"title": "t", "severity": "info", **fields})
    bench.turn()
    return seq


def test_from_event_to_end(bench: Bench) -> None:
    """An event begins an execution, whose steps are carried out in its name, and is reported."""
    bench.save(SAY, {"set_variable": {"said": True}}, when='severity == "critical"')
    alert(bench)
    alert(bench, severity="critical")
    request = bench.done("say")
    assert request.request == {"type": "say", "mesh_id": "m", "text": "t"}
    assert request.cause["depth"] == 1
    assert bench.statuses() == ["completed"]
    assert bench.reported() == ["workflow.started", "workflow.completed"]


def test_each_event_once(bench: Bench) -> None:
    """Also when the engine ends behind any transaction, or in one."""
    bench.save(SAY)
    alert(bench)
    for _ in range(3):
        bench.dies()
        bench.turn()
    assert bench.statuses() == ["running"]
    # Its request is the same one.
    assert len({request.key for request in bench.requests}) == 1
    bench.happens("alert.created", "2", title="t")
    bench.core.db.execute("BEGIN IMMEDIATE")
    bench.core._read_events()
    assert bench.statuses() == ["running", "running"]
    bench.core.db.execute("ROLLBACK")  # what a kill leaves of it
    bench.dies()
    bench.turn()
    assert bench.statuses() == ["running", "running"]


def test_a_backup_in_the_place_of_the_main_database(bench: Bench, tmp_path: Path) -> None:
    """Events that get the numbers of those that went with the newer database begin something."""
    bench.save(SAY)
    with closing(sqlite3.connect(tmp_path / "backup.db")) as backup:
        bench.core.main.backup(backup)
    alert(bench)
    alert(bench)
    assert bench.statuses() == ["running", "running"]

    bench.restore(tmp_path / "backup.db")
    alert(bench)
    alert(bench)

    assert bench.statuses() == ["running"] * 4


def test_state_survives_at_every_step(bench: Bench) -> None:
    """An engine that ends behind every single transaction does all that another one does."""
    steps = [
        SAY,
        {"branches": [[WAIT], [{**SAY, "id": "b", "retries": 1}]]},
        {"do": "for_each", "with": {"items": ["x", "y"]}, "steps": [{**SAY, "id": "each"}]},
    ]
    bench.save(*steps)
    alert(bench)
    keys = []
    for _ in range(30):
        bench.dies()
        if bench.requests:
            request = bench.requests.pop(0)
            keys.append(request.key)
            error = "no" if len(keys) == 2 else None
            bench.turn(Done(request, {} if error is None else None, error))
        else:
            bench.later(61)
        if bench.statuses() == ["completed"]:
            break
    assert bench.statuses() == ["completed"]
    assert len(keys) == len(set(keys)) == 5


def test_same_request_after_the_end(bench: Bench) -> None:
    """What was under way is asked for again with its key."""
    bench.save(SAY)
    alert(bench)
    key = bench.requests[0].key
    bench.dies()
    assert [request.key for request in bench.requests] == [key]


@pytest.mark.parametrize(
    ("mode", "statuses"),
    [
        ("single", ["running"]),
        ("restart", ["cancelled", "running"]),
        ("queued", ["running", "queued"]),
        ("parallel", ["running", "running"]),
    ],
)
def test_modes(bench: Bench, mode: str, statuses: list[str]) -> None:
    """What a second event does while the first one's execution runs."""
    number = bench.save(SAY, mode=mode)
    alert(bench)
    seq = alert(bench)
    assert bench.statuses() == statuses
    if mode == "single":
        assert "mode is single" in bench.ask("why", workflow_id=number, seq=seq)["reason"]
    if mode == "queued":
        bench.done("say")
        assert bench.statuses() == ["completed", "running"]
        bench.dies()
        bench.done("say")
        assert bench.statuses() == ["completed", "completed"]


@pytest.mark.parametrize("key", ["{{ event.kind | number }}", "{{ nothing | required }}"])
def test_a_key_that_cannot_be_rendered(bench: Bench, key: str) -> None:
    """The values are foreign: the execution runs, and so do all that come after it."""
    bench.save(SAY, mode="queued", key=key)
    for _ in range(2):
        alert(bench)
        bench.done("say")
    assert bench.statuses() == ["completed"] * 2


def test_keys(bench: Bench) -> None:
    """Executions of other keys do not wait for each other."""
    bench.save(SAY, mode="queued", key="{{ user_id }}")
    for user in ("ann", "bob", "ann"):
        alert(bench, user_id=user)
    assert bench.statuses() == ["running", "running", "queued"]


def test_cooldown_and_rate_limit(bench: Bench) -> None:
    """Both survive the end of the engine."""
    number = bench.save(SAY, cooldown=60, key="{{ user_id }}")
    alert(bench, user_id="ann")
    bench.dies()
    seq = alert(bench, user_id="ann")
    alert(bench, user_id="bob")
    assert len(bench.statuses()) == 2
    assert "cooldown is 60 s" in bench.ask("why", workflow_id=number, seq=seq)["reason"]
    bench.later(60)
    alert(bench, user_id="ann")
    assert len(bench.statuses()) == 3
    bench.save(SAY, name="w", rate_limit={"count": 2, "seconds": 100})
    for _ in range(4):
        alert(bench)
    assert len(bench.statuses()) == 5


def test_loops_are_cut(bench: Bench) -> None:
    """A chain of events is followed eight deep; then there is one alert, which begins nothing."""
    bench.save({"create_alert": {"title": "x"}})
    depth = 0
    alert(bench)
    while bench.requests:
        request = bench.take("alert_create")
        cause = request.cause
        depth = max(depth, cause["depth"])
        bench.happens("alert.created", "9", **{k: cause[k] for k in ("depth", "correlation_id")})
        bench.turn(Done(request, {"id": 9}))
    assert depth == DEEPEST + 2
    skipped = [status for status in bench.statuses() if status == "skipped"]
    assert (len(skipped), bench.statuses().count("completed")) == (1, DEEPEST)
    assert bench.reported().count("workflow.guarded") == 1


def test_a_loop_leads_to_one_alert(bench: Bench) -> None:
    """It names the workflows of the cycle, and not those that only listen to its events."""
    for name in ("ear", "listener", "other ear"):
        bench.save({"set_variable": {"x": 1}}, name=name, on="alert_created")
    bench.save({"create_alert": {"title": "x"}}, name="first", on="alert_created")
    alert(bench)
    titles = []
    while bench.requests:
        request = bench.take("alert_create")
        titles.append(request.request["title"])
        chain = {name: request.cause[name] for name in ("depth", "correlation_id")}
        bench.happens("alert.created", "9", actor="workflow:first", **chain)
        bench.turn(Done(request, {"id": 9}))
    assert titles == [*["x"] * DEEPEST, "The workflow first was stopped"]
    assert bench.reported().count("workflow.guarded") == 1


def test_loops_through_events_without_a_chain(bench: Bench) -> None:
    """What a workflow has caused is known by who has done it, where nothing else tells."""
    bench.save(SAY, on={"type": "event", "config": {"kind": "notification.added"}})
    bench.happens("notification.added", "1", title="t")
    bench.turn()
    for _ in range(30):
        if not any(one.request["type"] == "say" for one in bench.requests):
            break
        bench.done("say")
        bench.happens("notification.added", "1", title="t", actor="workflow:w")
        bench.turn()
    assert bench.statuses().count("completed") == DEEPEST
    assert bench.reported().count("workflow.guarded") == 1


def test_failing_workflow_that_fires_on_its_alert(bench: Bench) -> None:
    """The seed's own loop: a failure raises an alert, which begins the workflow that fails."""
    bench.save(SAY)
    alert(bench)
    alerts = 0
    for _ in range(40):
        if not bench.requests:
            break
        request = bench.requests.pop(0)
        if request.request["type"] == "alert_create":
            alerts += 1
            if "failed" in request.request["title"]:
                bench.happens("alert.created", "9", title="t", **{
                    name: request.cause[name] for name in ("depth", "correlation_id")
                })  # fmt: skip
            bench.turn(Done(request, {"id": 9}))
        else:
            bench.turn(Done(request, error="no"))
    assert not bench.requests
    assert bench.reported().count("workflow.guarded") == 1


def test_failures_in_a_row(bench: Bench) -> None:
    """A workflow that fails again and again rests, and says so once."""
    number = bench.save(SAY)
    for _ in range(MOST_FAILURES):
        alert(bench)
        bench.fails("say")
    seq = alert(bench)
    assert len(bench.statuses()) == MOST_FAILURES
    assert "rests" in bench.ask("why", workflow_id=number, seq=seq)["reason"]
    bench.dies()
    alert(bench)
    assert len(bench.statuses()) == MOST_FAILURES
    bench.later(61)
    alert(bench)
    bench.done("say")
    alert(bench)
    assert bench.statuses()[-2:] == ["completed", "running"]


def test_budget(bench: Bench) -> None:
    """A storm begins no more than its budget, and there is one alert."""
    bench.save({"set_variable": {"a": 1}})
    for _ in range(BUDGET + 50):
        bench.happens("alert.created", "1")
    bench.turn()
    assert bench.statuses().count("completed") == BUDGET
    assert bench.reported().count("workflow.guarded") == 1


def test_waits_end_on_time(bench: Bench) -> None:
    """For a time, and for an event; also behind the end of the engine."""
    bench.save(
        WAIT,
        {
            "do": "wait",
            "id": "event",
            "with": {"event": "alert_resolved", "where": 'alert_id == "{{ trigger.alert_id }}"'},
        },
    )
    alert(bench)
    bench.dies()
    bench.later(60)
    bench.happens("alert.resolved", "2")
    bench.turn()
    assert bench.statuses() == ["waiting"]
    bench.dies()
    bench.happens("alert.resolved", "1")
    bench.turn()
    assert bench.statuses() == ["completed"]


CARE = {"id": "care", "wait": {"alert": "{{ alert_id }}", "timeout": 60, "on_timeout": "continue"}}


@pytest.mark.parametrize("state", ["acknowledged", "resolved"])
def test_waits_for_an_alert(bench: Bench, state: str) -> None:
    """Until it is taken care of or over; at once when it is already."""
    bench.save(CARE)
    alert(bench)
    bench.happens(f"alert.{state}", "2")
    bench.turn()
    assert bench.statuses() == ["waiting"]
    bench.dies()
    bench.done("alert_show", {"id": 1, "state": "open"})
    assert bench.statuses() == ["waiting"]
    bench.happens(f"alert.{state}", "1")
    bench.turn()
    assert bench.statuses() == ["completed"]
    alert(bench)
    request = bench.done("alert_show", {"id": 1, "state": state})
    assert request.request == {"type": "alert_show", "number": 1}
    assert bench.statuses() == ["completed", "completed"]
    assert [bench.result(number, "care")["state"] for number in (1, 2)] == [state, state]


def test_waits_for_an_alert_end(bench: Bench) -> None:
    """When its time is over; when there is no such alert; not when nobody can say."""
    bench.save(CARE)
    for error, known in (("no alert", True), ("gone", False)):
        alert(bench)
        bench.fails("alert_show", error, known=known)
    assert bench.statuses() == ["failed", "waiting"]
    bench.later(60)
    assert bench.statuses() == ["failed", "completed"]
    assert bench.result(2, "care") == {"timeout": True}


JOBS = {"submit_job": {"action": "x"}, "http_request": {"url": "http://127.0.0.1/"}}


@pytest.mark.parametrize("step", JOBS)
def test_jobs_end_with_their_step(bench: Bench, step: str) -> None:
    """At a timeout and when it is cancelled; one that is late never starts, the next is another."""
    bench.save({step: JOBS[step], "id": "job", "timeout": 50, "retries": 1})
    alert(bench)
    keys = []
    for number in (5, 6):
        bench.has_job(number)
        request = bench.done("jobs_submit", {"job_id": number})
        submission = request.request["submission"]
        keys.append(submission["key"])
        assert submission["deadline"] == 50
        assert submission["data"].get("timeout") == (50 if step == "http_request" else None)
        if number == 5:
            bench.later(50)
            assert bench.done("jobs_cancel").request["job_ids"] == [5]
            bench.later(1)
    assert len(set(keys)) == 2
    bench.ask("cancel", execution=1, by="ann")
    assert bench.done("jobs_cancel").request["job_ids"] == [6]


def test_a_job_that_no_step_waits_for(bench: Bench) -> None:
    """It may take as long as its action says."""
    bench.save({"submit_job": {"action": "x", "wait": False}, "timeout": 50})
    alert(bench)
    assert "deadline" not in bench.take("jobs_submit").request["submission"]


def test_what_came_before_the_wait(bench: Bench) -> None:
    """An acknowledgement since the execution began ends the wait for it; a message does not."""
    heard = {"wait": {"event": "message_received", "timeout": 9, "on_timeout": "continue"}}
    care = {"event": "alert_acknowledged", "where": 'alert_id == "{{ trigger.alert_id }}"'}
    bench.save({"wait": {"seconds": 60}}, {"id": "care", "wait": care}, {"id": "heard", **heard})
    bench.happens("alert.acknowledged", "1")
    alert(bench)
    bench.happens("alert.acknowledged", "2", title="another")
    for seconds in (30, 30):
        bench.happens("message.received", "ann", text="hello")
        bench.later(seconds)
    assert bench.statuses() == ["waiting"]
    alert(bench)
    bench.happens("alert.acknowledged", "1", title="this")
    bench.turn()
    bench.dies()
    bench.later(60)
    assert [bench.result(number, "care")["title"] for number in (1, 2)] == ["this", "this"]
    bench.later(9)
    assert bench.statuses() == ["completed", "completed"]
    assert bench.result(2, "heard") == {"timeout": True}


def test_a_mistake_of_ours_stays_alone(bench: Bench) -> None:
    """What breaks in one workflow, at an event, at its time or by hand, keeps no other from it."""
    every = [{"type": "time_schedule", "config": {"cron": "* * * * *"}}, "alert_created"]
    broken = bench.save({"set_variable": {"x": 1}}, name="broken", on=every)
    bench.save({"set_variable": {"x": 1}}, name="sound", on=every)

    def breaks(_values: Any) -> Any:
        raise RuntimeError

    bench.core.catalog.active[broken].key = breaks
    seq = alert(bench)
    assert bench.statuses() == ["completed"]
    why = bench.ask("why", workflow_id=broken, seq=seq)["reason"]
    assert why == "a mistake of the engine: RuntimeError"
    bench.later(60)
    assert bench.statuses() == ["completed", "completed"]
    with pytest.raises(AssertionError, match="a mistake of the engine"):
        bench.ask("run", workflow_id=broken, data={}, by="ann", request=None)


def test_steps_of_a_branch_that_was_not_taken(bench: Bench) -> None:
    """They do not count when all is done; what has failed and was passed over does."""
    bench.save(
        {"if": 'title == "a"', "then": [{"set_variable": {"x": 1}}], "else": [WAIT]},
        {**SAY, "on_failure": "continue"},
    )
    alert(bench, title="a")
    assert bench.execution(1)["total_steps"] == 4
    bench.fails("say")
    row = bench.execution(1)
    assert (row["status"], row["steps_completed"], row["total_steps"]) == ("completed", 2, 3)


def test_large_values(bench: Bench) -> None:
    """What a step is given and changes is cut, too, and a dry run is an answer of one message."""
    steps = [{"set_variable": {f"v{number}": "{{ title }}"}} for number in range(30)]
    bench.save({"set_variable": {"v": "{{ title }}"}})
    alert(bench, title="x" * 60_000)
    (row,) = bench.core.db.execute(
        "SELECT length(input), length(changes), length(result) FROM steps"
    )
    assert max(row) < 200
    event = {"kind": "alert.created", "data": {"title": "x" * 30_000}}
    document = read_definition({"name": "d", "triggers": ["alert_created"], "steps": steps})
    found = bench.ask("dry_run", document=document, seq=None, event=event, inputs={})
    assert len(json.dumps(found)) < 600_000


def test_inputs_have_their_defaults(bench: Bench) -> None:
    """Also where an event begins the execution; and a dry run refuses what does not fit."""
    inputs = {"n": {"type": "number", "default": 5}, "must": {"type": "text", "required": True}}
    bench.save({"id": "set", "set_variable": {"x": "{{ inputs.n }}"}}, inputs=inputs)
    alert(bench)
    assert bench.result(1, "set") == {"x": 5}
    document = bench.core.catalog.active[1].document
    for event, wrong in (({"kind": "alert.created"}, "the input n"), (None, "the input must")):
        with pytest.raises(AssertionError, match=wrong):
            bench.ask("dry_run", document=document, seq=None, event=event, inputs={"n": "x"})


def test_a_command_of_a_bot(bench: Bench) -> None:
    """Each use begins an execution, of the one that is meant, and says who has used it."""
    trigger = {"type": "bot_trigger_fired", "config": {"command": "sos"}}
    bench.save({"id": "set", "set_variable": {"by": "{{ user_id }} {{ arguments }}"}}, on=[trigger])
    for command in ("ping", "sos"):
        bench.happens("bot.triggered", "ann", mesh_id="m", command=command, arguments="now")
    bench.happens("mesh.usage", "m", mesh_id="m", commands={"sos": 1})
    bench.turn()
    assert bench.statuses() == ["completed"]
    assert bench.result(1, "set") == {"by": "ann now"}


def test_trigger_bot(bench: Bench) -> None:
    """The bot runs a command as its user, and what it answers is there for later steps."""
    ask = {"command": "weather", "arguments": "{{ text }}", "user_id": "{{ user_id }}"}
    bench.save({"id": "ask", "trigger_bot": {**ask, "say": False}},
               {"id": "set", "set_variable": {"said": "{{ steps.ask.response }}"}},
               on="message_received")  # fmt: skip
    bench.happens("message.received", "11", mesh_id="lobby", text="Rome", user_name="Ann")
    bench.turn()
    request = bench.done("command_run", {"response": "Sunny.", "responses": ["Sunny."]})
    assert request.request == {
        "type": "command_run",
        "mesh_id": "lobby",
        "command": "weather Rome",
        "user_id": "11",
        "user_name": "Ann",
        "is_said": False,
    }
    assert bench.result(1, "set") == {"said": "Sunny."}


def test_threshold(bench: Bench) -> None:
    """The third event of a key within a minute begins it; then it counts anew."""
    number = bench.save(SAY, threshold={"count": 3, "seconds": 60}, key="{{ source }}")
    for source in ("ann", "ann", "bob"):
        seq = alert(bench, source=source)
    assert bench.statuses() == []
    why = bench.ask("why", workflow_id=number, seq=seq)["reason"]
    assert why == "it has happened 1 of 3 times for bob within 60 s"
    bench.dies()
    alert(bench, source="ann")
    alert(bench, source="ann")
    assert bench.statuses() == ["running"]
    bench.later(61)
    for _ in range(2):
        alert(bench, source="ann")
    assert bench.statuses() == ["failed"]  # its own time is over
    document = bench.core.catalog.active[number].document
    found = back_test(bench.core.main, document, 1, 1000, bench.now())
    assert (found["matched"], found["held_back"]) == (7, 6)


def test_deadline(bench: Bench) -> None:
    """The whole ends with its deadline."""
    bench.save({"wait": {"seconds": 600}}, deadline=10)
    alert(bench)
    bench.later(10)
    assert bench.statuses() == ["timeout"]
    assert "workflow.failed" in bench.reported()


def test_questions(bench: Bench) -> None:
    """Answered in the console or in the room, by whom it was asked; once."""
    bench.save(
        {
            "do": "ask",
            "id": "q",
            "with": {"question": "Go?", "mesh_id": "lobby", "user_id": "ann"},
        },
        {"if": 'steps.q.answer == "yes"', "then": [{"set_variable": {"by": "{{ steps.q.by }}"}}]},
    )
    alert(bench)
    assert bench.take("say").request["text"] == "Go? (yes / no)"
    assert "message.received" in bench.core.wanted
    bench.happens("message.received", "bob", mesh_id="lobby", text="yes")
    bench.happens("message.received", "ann", mesh_id="lobby", text="perhaps")
    bench.turn()
    assert bench.statuses() == ["waiting"]
    bench.happens("message.received", "ann", mesh_id="lobby", text=" Yes ")
    bench.turn()
    assert bench.statuses() == ["completed"]
    alert(bench)
    with pytest.raises(AssertionError, match="choose yes or no"):
        bench.ask("answer", approval=2, answer="maybe", by="web:ann")
    assert bench.ask("answer", approval=2, answer="NO", by="web:ann")["answer"] == "no"
    with pytest.raises(AssertionError, match="answered already"):
        bench.ask("answer", approval=2, answer="yes", by="web:ann")


def test_calls(bench: Bench) -> None:
    """A workflow that is called gets typed inputs; its end, good or bad, is that of the step."""
    bench.save(
        {"set_variable": {"twice": "{{ n | plus(n) }}"}},
        name="child",
        on=[],
        inputs={"n": {"type": "number", "required": True}},
    )
    call = {"do": "call", "id": "c", "with": {"workflow": "child", "inputs": {"n": 4}}}
    bench.save(call, {"set_variable": {"got": "{{ steps.c.vars.twice }}"}})
    alert(bench)
    assert bench.statuses() == ["completed", "completed"]
    bench.save({**call, "with": {"workflow": "child", "inputs": {"n": "x"}}})
    alert(bench)
    assert bench.execution(3)["error"].startswith("c: the input n of child")


def test_calls_in_a_circle(bench: Bench) -> None:
    """Workflows that call each other for ever are stopped."""
    bench.save({"do": "call", "with": {"workflow": "w"}})
    alert(bench)
    assert set(bench.statuses()) == {"failed"}
    assert len(bench.statuses()) == 5


def test_cancel_takes_all_with_it(bench: Bench) -> None:
    """What it has called, and its questions."""
    bench.save({"do": "ask", "with": {"question": "?"}}, name="child", on=[])
    bench.save({"do": "call", "with": {"workflow": "child"}})
    alert(bench)
    assert bench.ask("cancel", execution=1, by="ann")["changed"]
    assert bench.statuses() == ["cancelled", "cancelled"]
    assert not bench.ask("cancel", execution=1, by="ann")["changed"]
    with pytest.raises(AssertionError, match="answered already, or its time"):
        bench.ask("answer", approval=1, answer="yes", by="ann")


def test_by_hand(bench: Bench) -> None:
    """Inputs are checked, a request that is repeated is one, and what is single says so."""
    number = bench.save(SAY, on=[], inputs={"title": {"type": "text", "required": True}})
    with pytest.raises(AssertionError, match="needs the input title"):
        bench.ask("run", workflow_id=number, data={}, by="ann", request=None)
    run = {"workflow_id": number, "data": {"title": "x"}, "by": "ann", "request": "r"}
    first = bench.ask("run", **run)
    bench.dies()
    assert bench.ask("run", **run)["execution_id"] == first["execution_id"]


def test_replay(bench: Bench) -> None:
    """From its start or a step, on its own revision or the newest."""
    bench.save(SAY, {"set_variable": {"seen": "{{ steps.say.id }}"}, "id": "set"})
    alert(bench)
    bench.done("say", {"id": 5})
    bench.save({"set_variable": {"new": True}})
    assert bench.ask("replay", execution=1, from_step="set", newest=False, by="ann")
    assert bench.statuses() == ["completed", "completed"]
    assert bench.execution(2)["revision"] == 1
    changes = bench.core.db.execute("SELECT changes FROM steps WHERE execution_id = 2").fetchone()
    assert json.loads(changes[0])["seen"]["after"] == 5
    bench.ask("replay", execution=1, from_step=None, newest=True, by="ann")
    assert bench.execution(3)["revision"] == 2
    with pytest.raises(AssertionError, match="no step"):
        bench.ask("replay", execution=1, from_step="gone", newest=False, by="ann")


def test_times(bench: Bench) -> None:
    """A planned time is met once; one that was missed for hours is passed over."""
    bench.save(SAY, on={"type": "time_schedule", "config": {"cron": "0 * * * *"}})
    bench.later(3_600)
    bench.turn()
    assert len(bench.statuses()) == 1
    bench.core.close()
    bench.clock.advance(3_600 * 5 + 60)
    bench.core = bench._open()
    bench.turn()
    assert len(bench.statuses()) == 1
    bench.later(3_600)
    assert len(bench.statuses()) == 2


def test_changed(bench: Bench) -> None:
    """A field is compared with what it was at the event before, for each key."""
    bench.save({"set_variable": {"a": 1}}, when="severity changed", key="{{ user_id }}")
    for user, severity in (("a", "info"), ("b", "warning"), ("a", "info"), ("a", "warning")):
        alert(bench, user_id=user, severity=severity)
        bench.dies()
    assert len(bench.statuses()) == 1


@pytest.mark.parametrize(
    ("triggers", "expected"),
    [
        ([{"type": "alert_created", "when": 'title == "on" and title changed'}], [3, 5]),
        (
            [
                {
                    "type": "alert_created",
                    "when": 'title changed and title != "on" and title != "off"',
                },
                {"type": "alert_created", "when": "title changed"},
            ],
            [2, 3, 4, 5],
        ),
        (
            [{"type": "alert_created", "config": {"source": "v"}, "when": "title changed"}],
            [2, 3, 5],
        ),
    ],
)
def test_changed_in_a_back_test(bench: Bench, triggers: list[Any], expected: list[int]) -> None:
    """The engine and a back-test find the same, whatever else is compared."""
    given = {"name": "w", "triggers": triggers, "steps": [{"set_variable": {"a": 1}}]}
    bench.save(*given["steps"], on=triggers)
    seqs = []
    for title, source in (("on", "u"), ("off", "v"), ("on", "v"), ("off", "u"), ("on", "v")):
        seqs.append(alert(bench, title=title, source=source))
    rows = bench.core.db.execute("SELECT seq FROM executions ORDER BY id")
    assert [seqs.index(seq) + 1 for (seq,) in rows] == expected
    found = back_test(bench.core.main, read_definition(given), 30, 10_000, bench.now())
    assert [seqs.index(one["seq"]) + 1 for one in found["examples"][::-1]] == expected


def test_why(bench: Bench) -> None:
    """For any event: that it ran, or the first reason against it, with the value."""
    number = bench.save(SAY, when='severity == "critical"')
    other = bench.happens("job.failed", "1")
    seq = alert(bench)
    ran = alert(bench, severity="critical")
    assert bench.ask("why", workflow_id=number, seq=seq)["reason"] == (
        "its own condition: severity == \"critical\" is false: severity = 'info'"
    )
    assert "the event is job.failed" in bench.ask("why", workflow_id=number, seq=other)["reason"]
    assert bench.ask("why", workflow_id=number, seq=ran)["execution_id"] == 1


def test_why_of_all(bench: Bench) -> None:
    """Of each workflow that looks at such events: those that ran first; page by page."""
    for name, severity in (("calm", "info"), ("urgent", "critical")):
        bench.save(SAY, name=name, when=f'severity == "{severity}"')
    bench.save(SAY, name="jobs", on="job_failed")
    bench.save(SAY, name="off", when="severity exists")
    bench.set_inactive("off")
    seq = alert(bench, severity="critical")
    found = bench.ask("reasons", seq=seq, limit=50, offset=0)
    assert [(one["process"], one["ran"]) for one in found["reasons"]] == [
        ("urgent", True),
        ("calm", False),
        ("off", False),
    ]
    assert [one["reason"] for one in found["reasons"]][1:] == [
        "its own condition: severity == \"info\" is false: severity = 'critical'",
        "it is not active",
    ]
    page = bench.ask("reasons", seq=seq, limit=1, offset=1)
    assert ([one["process"] for one in page["reasons"]], page["total"]) == (["calm"], 3)


def test_why_of_long_ago(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what was decided is no longer kept, no change of the workflow is blamed for it."""
    monkeypatch.setattr("meshvisor.features.workflows.engine.core.DECISIONS_KEPT", 1)
    number = bench.save(SAY, cooldown=3600)
    _, old, new = (alert(bench) for _ in range(3))
    reasons = [bench.ask("why", workflow_id=number, seq=seq)["reason"] for seq in (old, new)]
    assert reasons[0] == say.NOT_KEPT()
    assert "cooldown" in reasons[1]


def test_dry_run(bench: Bench) -> None:
    """What would be done, and nothing is."""
    from meshvisor.features.workflows.model.definition import read_definition

    document = read_definition(
        {
            "name": "d",
            "triggers": [{"type": "alert_created", "when": 'severity == "critical"'}],
            "steps": [SAY, WAIT, {"do": "send_message", "id": "bad", "with": {"text": "x"}}],
        }
    )
    event = {"kind": "alert.created", "subject": "1", "data": {"title": "t"}}
    found = bench.ask("dry_run", document=document, seq=None, event=event, inputs={})
    assert not found["matches"]
    assert [step["status"] for step in found["steps"]] == ["planned", "planned", "failed"]
    assert found["steps"][0]["input"] == {"mesh_id": "m", "text": "t"}
    assert "name one with mesh_id" in found["error_message"]
    assert bench.statuses() == []
    assert bench.requests == []


def test_definitions_are_pinned(bench: Bench) -> None:
    """An execution goes on with the revision that it has begun with."""
    bench.save(WAIT, {"set_variable": {"old": True}, "id": "old"})
    alert(bench)
    bench.save({"set_variable": {"new": True}})
    bench.dies()
    bench.later(60)
    rows = bench.core.db.execute("SELECT node FROM steps ORDER BY run").fetchall()
    assert rows == [("wait",), ("old",)]


def test_priorities_and_several_triggers(bench: Bench) -> None:
    """One event begins a workflow once, by its most important trigger."""
    bench.save(
        {"set_variable": {"a": 1}},
        on=["alert_created", {"type": "event", "config": {"kind": "alert.*"}, "priority": 5}],
    )
    alert(bench)
    assert bench.execution(1)["trigger_type"] == "event"
    assert len(bench.statuses()) == 1


def test_a_name_that_is_the_number_of_another_one(bench: Bench) -> None:
    """Such as older versions have taken it: by its name it is found, and not the other one."""
    number = bench.save(SAY, name="a")
    document = {**read_definition({"name": "b"}), "name": str(number)}

    def work(db: sqlite3.Connection) -> tuple[Any, Any]:
        definitions.insert(
            db, document, actor="ann", owner=None, now=1, is_active=False, template_id=None
        )
        return definitions.named(db, str(number)), definitions.find(db, number)

    named, found = bench.store.write_now(work)
    assert (named.document["name"], found.name) == (str(number), "a")
