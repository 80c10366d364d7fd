"""What conditions and templates name, and what calls are given: found when a workflow is saved."""

from __future__ import annotations

from typing import Any

import pytest

from meshvisor.features.workflows.model.calls import call_problems
from meshvisor.features.workflows.model.cycles import warnings_about
from meshvisor.features.workflows.model.definition import read, read_definition
from meshvisor.features.workflows.model.problems import MOST_SHOWN
from meshvisor.features.workflows.model.templating import filled_in
from meshvisor.features.workflows.model.writing import Places
from meshvisor.features.workflows.supervisor.known_fields import known_fields
from meshvisor.features.workflows.supervisor.templates import shipped_templates


def wrong(*steps: Any, triggers: Any = ("alert_created",), **more: Any) -> dict[str, str]:
    """Return what is wrong with a definition, by place."""
    given = {"name": "w", "triggers": list(triggers), "steps": list(steps), **more}
    return {one.place: one.message for one in read(given, known_fields).problems}


def sets(**values: Any) -> dict[str, Any]:
    """Return a step that sets variables."""
    return {"set_variable": values}


@pytest.mark.parametrize(
    ("steps", "place"),
    [
        ([sets(x="{{ steps.b.job_id }}"), {"id": "b", "stop": {}}], "steps[0].set_variable.x"),
        ([sets(x="{{ steps.nope.x }}")], "steps[0].set_variable.x"),
        ([{"id": "a", "stop": {}, "when": "steps.a.status exists"}], "steps[0].when"),
        (
            [{"if": "title exists", "then": [{"id": "t", "stop": {}}], "else": [
                sets(x="{{ steps.t.status }}")]}],
            "steps[0].else[0].set_variable.x",
        ),
        (
            [{"branches": [[{"id": "one", "stop": {}}], [sets(x="{{ steps.one.status }}")]]}],
            "steps[0].branches[1][0].set_variable.x",
        ),
        ([sets(x="{{ vars.y }}"), sets(y=1)], "steps[0].set_variable.x"),
        ([sets(x="{{ y }}"), sets(y=1)], "steps[0].set_variable.x"),
        ([sets(x='{{ title | default(vars.y) }}')], "steps[0].set_variable.x"),
        ([sets(x={"deep": ["{{ titel }}"]})], "steps[0].set_variable.x.deep[0]"),
        ([sets(x="{{ inputs.minutes }}")], "steps[0].set_variable.x"),
        ([sets(x="{{ item }}")], "steps[0].set_variable.x"),
        ([{"do": "wait", "with": {"event": "alert_resolved", "where": "colour == 1"}}],
         "steps[0].with.where"),
        ([{"do": "wait", "with": {"event": "alert_resolved", "where": "trigger.colour == 1"}}],
         "steps[0].with.where"),
        ([{"action_type": "create_alert", "action_config": {"title": "{{ steps.x.y }}"}}],
         "steps[0].action_config.title"),
    ],
)  # fmt: skip
def test_what_is_not_there(steps: list[Any], place: str) -> None:
    """A step, a variable, an input or a field that is not known at that point, at its place."""
    assert [*wrong(*steps)] == [place]


def test_what_is_there() -> None:
    """Steps behind themselves, rounds before, what a branch has set, the error, events, inputs."""
    assert not wrong(
        {"id": "a", "create_alert": {"title": "{{ title | default(inputs.t) }}"}},
        sets(n="{{ steps.a.alert_id }}"),
        {
            "do": "for_each",
            "items": ["x"],
            "as": "one",
            "steps": [sets(sum="{{ vars.sum | default(0) | plus(1) }}", at="{{ one }}{{ round }}")],
        },
        {"if": "vars.sum > 1", "then": [sets(late=True)]},
        {"id": "w", "wait": {"event": "job.failed", "where": 'job_id == "{{ vars.n }}"'},
         "on_failure": [sets(why="{{ error }} {{ steps.w.status }}")]},
        {"stop": {"reason": "{{ late }} {{ t }} {{ execution.id }} {{ event.at | time }}"}},
        inputs={"t": "text"},
        key="{{ alert_id }} {{ inputs.t }}",
        on_failure=[sets(x="{{ error }} {{ steps.a.status }}")],
    )  # fmt: skip


def test_fields_of_events() -> None:
    """Those of a trigger's own events in its condition; of all in steps; any of unknown kinds."""
    both = ["message_received", {"type": "alert_created", "when": 'text contains "x"'}]
    assert [*wrong(sets(x="{{ text }} {{ title }}"), triggers=both)] == ["triggers[1].when"]
    other = {"type": "event", "config": {"kind": "weather.changed"}, "when": "wind > 3"}
    assert not wrong(sets(x="{{ wind }}"), triggers=[other])
    assert not wrong(sets(x="{{ anything }}"), triggers=["manual"])
    assert not wrong(sets(x="{{ anything }}"), triggers=[])
    assert "did you mean title?" in wrong(sets(x="{{ titel }}"))["steps[0].set_variable.x"]
    assert [*wrong(sets(), when="vars.x == 1", triggers=[{"trigger_type": "alert_created",
                   "conditions": {"field": "titel", "op": "==", "value": "x"}}],
    )] == ["triggers[0].conditions", "when"]  # fmt: skip


def test_many_names() -> None:
    """Of what is wrong as much is looked for as is shown, however many names there are."""
    names = [f"name_{number}" for number in range(5_000)]
    steps = [sets(**dict.fromkeys(names, 1)), *(sets(x=f"{{{{ nam_{n} }}}}") for n in range(400))]
    assert len(wrong(*steps)) == MOST_SHOWN


def test_one_mistake_is_one_problem() -> None:
    """What is wrong itself is not missed by what names it."""
    found = wrong({"id": "a", "do": "dance"}, sets(x="{{ steps.a.y }}"))
    assert [*found] == ["steps[0].do"]


def test_calls() -> None:
    """Inputs that are missing, unknown or of another type; and calls that come back."""
    inputs = {"n": {"type": "number", "required": True}, "word": "text"}
    callee = read_definition({"name": "b", "steps": [], "inputs": inputs})
    given: dict[str, Any] = {"name": "a", "steps": [
        {"call": {"workflow": "b", "inputs": {"n": "{{ 1 }}", "word": 3, "colour": "red"}}},
        {"action_type": "call", "action_config": {"process": "b"}},
        {"call": {"workflow": "later"}},
    ]}  # fmt: skip
    given["steps"][0]["call"]["inputs"]["n"] = "{{ event.at }}"
    document, places, _ = read(given)
    assert [one.place for one in call_problems(document, places, {"b": callee})] == [
        "steps[0].call.inputs.colour",
        "steps[0].call.inputs.word",
        "steps[1].action_config.inputs",
    ]
    back = read_definition({"name": "b", "steps": [{"call": {"workflow": "a"}}]})
    first, _ = call_problems(document, places, {"b": back})
    assert (first.place, first.message) == (
        "steps[0].call.workflow",
        "it calls itself: a → b → a",
    )
    (warning,) = warnings_about(document, [callee], places)
    assert warning.place == "steps[2].call.workflow"


def test_warnings_are_where_errors_are() -> None:
    """At the step that begins the way back."""
    fires = {"name": "a", "triggers": ["alert_created"], "steps": [
        sets(x=1), {"if": "title exists", "then": [{"create_alert": {"title": "x"}}]}]}  # fmt: skip
    document, places, _ = read(fires)
    (warning,) = warnings_about(document, [], places)
    assert warning.place == "steps[1].then[0]"
    assert warnings_about(document, [], Places.of(document)) == [warning]


def test_shipped_templates_name_what_is_there() -> None:
    """All of them, with the fields that events have."""
    for template in shipped_templates():
        inputs = {
            name: one.get("default", {"number": 1, "list": ["a"]}.get(one["type"], "https://a"))
            for name, one in template.get("inputs", {}).items()
        }
        assert not read(filled_in(template["workflow"], inputs), known_fields).problems
