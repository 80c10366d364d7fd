"""Definitions: the seed's spelling, every error at once, caps, warnings and differences."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest

from meshvisor.features.workflows.model.cycles import warnings_about
from meshvisor.features.workflows.model.definition import LARGEST, MOST_STEPS, read_definition
from meshvisor.features.workflows.model.differences import differences
from meshvisor.features.workflows.model.problems import DefinitionError
from meshvisor.features.workflows.model.program import compile_program
from meshvisor.features.workflows.model.writing import Places

SEED = {
    "name": "left home",
    "description": "as the seed writes it",
    "triggers": [
        {
            "trigger_type": "zone_exit",
            "trigger_config": {"zone_id": 7},
            "conditions": {
                "operator": "AND",
                "conditions": [{"field": "user_id", "operator": "equals", "value": "1"}],
            },
            "priority": 2,
            "is_active": True,
        }
    ],
    "actions": [
        {"action_type": "send_message", "action_config": {"message": "bye"}, "action_order": 2},
        {
            "action_type": "create_alert",
            "action_config": '{"title": "gone", "severity": "info"}',
            "action_order": 1,
            "timeout_seconds": 5,
            "retry_count": 2,
        },
    ],
}


def document(*steps: Any, **more: Any) -> dict[str, Any]:
    """Return a definition as a user has written it."""
    return {"name": "w", "triggers": ["manual"], "steps": list(steps), **more}


def problems(given: Any) -> list[str]:
    """Return the places of what is wrong."""
    with pytest.raises(DefinitionError) as raised:
        read_definition(given)
    return [problem.place for problem in raised.value.problems]


def test_seed() -> None:
    """Its names are taken, and its order of actions."""
    stored = read_definition(SEED)
    (trigger,) = stored["triggers"]
    assert trigger["type"] == "zone_exit"
    assert trigger["config"] == {"zone": "7"}
    assert trigger["when"] == {"field": "user_id", "op": "==", "value": "1"}
    alert, message = stored["steps"]
    assert (alert["type"], alert["timeout"], alert["retries"]) == ("create_alert", 5, 2)
    assert message["with"] == {"text": "bye"}


def test_stored_form_is_stable() -> None:
    """What was stored is the same when it is saved again."""
    written = document(
        {"if": 'a == "b"', "then": [{"send_message": {"mesh_id": "m", "text": "x"}}]},
        {"branches": [[{"wait": {"seconds": 1}}], [{"stop": {}}]], "join": "any"},
        {"do": "for_each", "with": {"items": "a,b"}, "steps": [{"set_variable": {"x": 1}}]},
        {"do": "wait", "with": {"event": "job.failed", "where": "job_id == 1"}},
    )
    once = read_definition(written)
    assert read_definition(json.loads(json.dumps(once))) == once
    assert compile_program(once).blocks


def test_every_error_at_once() -> None:
    """Each with its place in the document."""
    given = {
        "name": "!",
        "mode": "often",
        "surprise": 1,
        "triggers": [{"type": "moon"}, {"type": "time_schedule", "config": {"cron": "* *"}}],
        "steps": [
            {"do": "send_message", "with": {"txt": 1}},
            {"do": "dance"},
            {"if": "a ==", "then": []},
            {"do": "create_alert", "with": {"title": "{{ x | nope }}", "severity": "so so"}},
            {"id": "a", "do": "stop"},
            {"id": "a", "do": "wait"},
        ],
    }
    assert problems(given) == [
        "name",
        "surprise",
        "mode",
        "triggers[0].type",
        "triggers[1].config.cron",
        "steps[0].with.text",
        "steps[0].with.txt",
        "steps[1].do",
        "steps[2].if",
        "steps[3].with.severity",
        "steps[3].with.title",
        "steps[5].id",
        "steps[5].with",
    ]


@pytest.mark.parametrize(
    "given",
    [
        None,
        [],
        {"name": "w", "steps": 3},
        document(*[{"do": "stop"}] * (MOST_STEPS + 1)),
        document({"send_message": {"text": "x" * LARGEST}}),
        document(triggers=["manual"] * 51),
        document({"do": "parallel"}),
        document({"do": "parallel", "branches": [[]], "with": {"join": 2}}),
        document({"do": "for_each", "with": {"items": []}}),
        document({"do": "submit_job", "with": {"action": "x"}, "retries": 1000}),
        document(deadline=-1),
        document(inputs={"a b": "text"}),
        document(inputs={"a": {"type": "number", "default": "x"}}),
        {"name": float("nan"), "steps": [object()]},
        document({"set_variable": {"x": float("nan")}}),
        document({"http_request": {"url": "file:///etc/passwd"}}),
        document({"http_request": {"url": "ftp://{{ host }}/x"}}),
    ],
)
def test_refused(given: Any) -> None:
    """What is no workflow, or too large, is refused, and nothing else happens."""
    assert problems(given)


@pytest.mark.parametrize(
    ("step", "place"),
    [
        ({"do": "stop", "when": "a > 1 and a changed"}, "steps[0].when"),
        ({"if": "a changed", "then": []}, "steps[0].if"),
        ({"wait": {"event": "alert_created", "where": "a changed"}}, "steps[0].wait.where"),
    ],
)
def test_changed_in_a_step(step: dict[str, Any], place: str) -> None:
    """It compares with an event before, which a step does not know."""
    with pytest.raises(DefinitionError, match="the event before"):
        read_definition(document(step))
    assert problems(document(step)) == [place]


@pytest.mark.parametrize("name", ["Küche", "кухня 2", "台所", "e\u0301tage"])
def test_names_in_every_language(name: str) -> None:
    """Letters are those of any language; what looks the same is the same."""
    assert read_definition({"name": name})["name"] == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("url", ["{{ url }}", "http{{ s }}://x", "HTTPS://x/{{ y }}"])
def test_addresses_that_are_filled_in(url: str) -> None:
    """They are looked at as far as they are known."""
    read_definition(document({"http_request": {"url": url}}))


def test_too_deep() -> None:
    """Lists in lists have a limit."""
    step: Any = {"do": "stop"}
    for _ in range(30):
        step = {"if": "a exists", "then": [step]}
    assert problems(document(step))


def test_visible_cycles() -> None:
    """A workflow that fires itself, alone or through another, is warned of."""
    alone = read_definition(
        {"name": "a", "triggers": ["alert_created"], "steps": [{"create_alert": {"title": "x"}}]}
    )
    assert "a → a" in str(warnings_about(alone, [], Places.of(alone))[0])
    first = read_definition(
        {"name": "a", "triggers": ["alert_created"], "steps": [{"resolve_alert": {"alert_id": 1}}]}
    )
    second = read_definition(
        {"name": "b", "triggers": ["alert_resolved"], "steps": [{"create_alert": {"title": "x"}}]}
    )
    assert "a → b → a" in str(warnings_about(first, [second], Places.of(first))[0])
    assert not warnings_about(first, [], Places.of(first))


def test_differences() -> None:
    """Steps are known by their ids, so that a new one is one difference."""
    before = read_definition(document({"id": "a", "do": "stop"}, {"id": "b", "do": "stop"}))
    after = read_definition(
        document({"id": "c", "do": "stop"}, {"id": "b", "do": "stop"}, {"id": "a", "do": "stop"})
    )
    found = differences(before, after)
    assert [one["what"] for one in found] == ["added (stop)", "other order: b, a"]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (document({"stop": {}, "retries": "²"}), "steps[0].retries"),
        (document({"stop": {}}, cooldown="9" * 5_000), "cooldown"),
        (document({"stop": {}}, cooldown=10**400), "cooldown"),
        (document({"stop": {}}) | {"triggers": [{"type": ["manual"]}]}, "triggers[0].type"),
        (
            document({"stop": {}})
            | {"triggers": [{"type": "time_schedule", "config": {"cron": "* * * * *",
                                                                 "timezone": [["UTC"]]}}]},
            "triggers[0].config.timezone",
        ),
    ],
)  # fmt: skip
def test_odd_values_are_problems_like_others(given: dict[str, Any], place: str) -> None:
    """What Python takes for a digit, what is too large to convert, and what has no hash."""
    assert place in problems(given)


def test_a_branch_without_a_condition_is_said_among_others() -> None:
    """Everything that is wrong is said at once."""
    found = problems(document({"do": "nothing"}, {"do": "branch", "then": [{"stop": {}}]}))
    assert found == ["steps[0].do", "steps[1].if"]


@pytest.mark.parametrize(
    "step",
    [
        {"do": "parallel", "with": {"join": 2}},
        {"do": "parallel", "join": 2},
        {"join": 2},
        {"parallel": {}, "join": 2},
        {"parallel": {"join": 2}},
    ],
)
def test_the_join_of_parallel_branches_is_never_lost(step: dict[str, Any]) -> None:
    """It may stand in `with`, beside the branches, or under the name of the step."""
    blocks = [[{"wait": {"seconds": 1}}]] * 3
    (stored,) = read_definition(document({**step, "branches": blocks}))["steps"]
    assert (stored["with"], len(stored["branches"])) == ({"join": 2}, 3)


def test_what_a_for_each_goes_through_may_stand_beside_its_steps() -> None:
    """As the page about workflows lists them together."""
    step = {"do": "for_each", "items": "{{ users }}", "as": "user", "max": 5}
    (stored,) = read_definition(document({**step, "steps": [{"stop": {}}]}))["steps"]
    assert stored["with"] == {"items": "{{ users }}", "as": "user", "max": 5}


def test_a_name_of_digits_is_refused() -> None:
    """It would be the number of another workflow."""
    with pytest.raises(DefinitionError, match="digits alone are the number of one"):
        read_definition({"name": " 7 "})
    assert read_definition({"name": "7 a"})["name"] == "7 a"


@pytest.mark.parametrize(
    "step",
    [
        {"wait": {"seconds": 6}},
        {"ask": {"question": "?"}},
        {"branches": [[{"stop": {}}]]},
        {"for_each": {"items": [1]}, "steps": [{"stop": {}}]},
    ],
)
def test_a_timeout_that_would_be_ignored_is_refused(step: dict[str, Any]) -> None:
    """At its place; what the seed gives every action is none that was chosen."""
    with pytest.raises(DefinitionError, match=r"steps\[0\]\.timeout: .* has no timeout of its own"):
        read_definition({"name": "w", "steps": [{**step, "timeout": 1}]})
    (read,) = read_definition({"name": "w", "steps": [{**step, "timeout_seconds": 30}]})["steps"]
    assert "timeout" not in read


def test_fields_of_a_zone_are_checked() -> None:
    """One that no zone has is refused before anything runs."""
    right = {"update_zone": {"zone": "harbour", "enabled": False}}
    assert read_definition({"name": "w", "steps": [right]})
    for wrong in ({"colour": "red"}, {"enabled": "no"}):
        step = {"update_zone": {"zone": "harbour", **wrong}}
        with pytest.raises(DefinitionError):
            read_definition({"name": "w", "steps": [step]})
