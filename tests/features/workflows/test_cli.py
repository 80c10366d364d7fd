"""`meshvisor workflows` without a supervisor: files, templates, plans; and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from meshvisor.features.workflows.cli.documents import as_yaml, read_text
from meshvisor.features.workflows.model.definition import read_definition
from meshvisor.features.workflows.model.templating import CATEGORIES, filled_in
from meshvisor.features.workflows.supervisor.templates import shipped_templates
from meshvisor.shared.errors import UsageError
from meshvisor.shared.paths import Home
from tests.supervisor.cli.conftest import Run

GREET = """
name: greet
triggers:
  - type: message_received
    when: text contains "hello" and not is_direct true
steps:
  - id: reply
    send_message: {text: "Hello {{ user_name }}"}
  - if: user_name missing
    then: [{stop: {failed: true, reason: "nobody\\nthere"}}]
"""


@pytest.fixture
def place(home: Home) -> Home:
    """Return a home with a config folder, without a supervisor."""
    home.config.mkdir(exist_ok=True)
    return home


@pytest.fixture
def greet(tmp_path: Path) -> Path:
    """Return a file with a workflow."""
    path = tmp_path / "greet.yaml"
    path.write_text(GREET)
    return path


def test_from_file_to_file(run: Run, place: Home, greet: Path, tmp_path: Path) -> None:
    """What is exported is what was added, and adding it changes nothing."""
    at = ("--home", place.root)
    added = run("workflows", "add", greet, "--json", *at)
    assert (added.code, added.json["created"], added.json["revision"]) == (0, True, 1)
    assert "begins by itself" in run("workflows", "add", greet, *at).out
    (tmp_path / "hand.yaml").write_text("name: hand\ntriggers: [manual]\nsteps: [{stop: {}}]")
    assert "begins by hand" in run(
        "workflows", "add", tmp_path / "hand.yaml", "--json", *at
    ).out or ("begins by hand" in run("workflows", "add", tmp_path / "hand.yaml", *at).out)
    run("workflows", "deactivate", "hand", *at)
    shown = run("workflows", "show", "greet", *at).out
    assert 'and text contains "hello" and not is_direct true' in shown
    exported = run("workflows", "export", "greet", *at).out
    (tmp_path / "again.yaml").write_text(exported)
    again = run("workflows", "add", tmp_path / "again.yaml", "--json", *at).json
    assert (again["changed"], again["revision"]) == (False, 1)
    assert run("workflows", "list", "--json", *at).json["total"] == 2
    assert run("workflows", "deactivate", "greet", *at).code == 0
    assert run("workflows", "list", "--active", "--json", *at).json["total"] == 0
    assert run("workflows", "executions", *at).out.strip() == "There are no such executions."
    assert "nothing" not in run("workflows", "analytics", *at).err


def test_plan_and_apply(run: Run, place: Home, greet: Path, tmp_path: Path) -> None:
    """Steps are compared, others are left alone unless they are pruned, and imports are asleep."""
    at = ("--home", place.root)
    run("workflows", "add", greet, *at)
    folder = tmp_path / "bundle"
    assert run("workflows", "export", "--all", "--to", folder, *at).code == 0
    (file,) = folder.iterdir()
    assert "no change" in run("workflows", "plan", folder, *at).out
    changed = file.read_text().replace("Hello {{ user_name }}", "Hi {{ user_name }}")
    file.write_text(changed)
    (folder / "new.json").write_text('{"name": "new", "triggers": ["manual"], "steps": []}')
    plan = run("workflows", "plan", folder, *at).out
    assert 'steps.reply.with.text: "Hello {{ user_name }}" → "Hi {{ user_name }}"' in plan
    assert "+ new" in plan
    assert run("workflows", "apply", folder, *at).code == 0
    assert run("workflows", "show", "greet", "--json", *at).json["revision"] == 2
    file.unlink()
    assert "- greet" in run("workflows", "plan", folder, "--prune", *at).out
    run("workflows", "apply", folder, "--prune", *at)
    assert not run("workflows", "show", "greet", "--json", *at).json["is_active"]
    imported = run("workflows", "import", greet, "--json", *at).json["processes"]
    assert imported[0]["is_active"] is False
    (folder / "bad.yaml").write_text("name: '!'\nsteps: [{do: dance}]")
    refused = run("workflows", "apply", folder, *at)
    assert (refused.code, "name" in refused.err, "steps[0].do" in refused.err) == (2, True, True)


def test_a_bundle_that_calls(run: Run, place: Home, tmp_path: Path) -> None:
    """What is called and what calls it change together, whatever their files are called."""
    at = ("--home", place.root)
    called: dict[str, Any] = {"name": "z", "triggers": [], "steps": [{"stop": {}}]}
    calls = {"name": "a", "triggers": ["manual"], "steps": [{"call": {"workflow": "z"}}]}
    for document in (called, calls):
        (tmp_path / f"{document['name']}.json").write_text(json.dumps(document))
    assert run("workflows", "apply", tmp_path, *at).code == 0
    called["inputs"] = {"n": {"type": "number", "required": True}}
    (tmp_path / "z.json").write_text(json.dumps(called))
    refused = run("workflows", "plan", tmp_path, *at)
    assert (refused.code, "a.json: steps[0].call.inputs: z needs the input n" in refused.err) == (
        2,
        True,
    )
    calls["steps"] = [{"call": {"workflow": "z", "inputs": {"n": 1}}}]
    (tmp_path / "a.json").write_text(json.dumps(calls))
    applied = run("workflows", "apply", tmp_path, "--json", *at)
    assert [one["name"] for one in applied.json["changes"]] == ["z", "a"], applied.err


def test_files_that_call_each_other(run: Run, place: Home, tmp_path: Path) -> None:
    """They are imported together in any order, and none of them if one is wrong."""
    at = ("--home", place.root)
    called = {"name": "z", "triggers": [], "steps": [{"stop": {}}]}
    calls = {"name": "a", "triggers": ["manual"], "steps": [{"call": {"workflow": "z"}}]}
    files = [tmp_path / "a.json", tmp_path / "z.json", tmp_path / "bad.json"]
    for file, document in zip(files, (calls, called, {"name": "!"}), strict=True):
        file.write_text(json.dumps(document))
    refused = run("workflows", "import", *reversed(files), *at)
    assert (refused.code, "bad.json: name" in refused.err) == (2, True)
    assert run("workflows", "list", "--json", *at).json["total"] == 0
    imported = run("workflows", "import", *files[:2], "--json", *at)
    assert [one["name"] for one in imported.json["processes"]] == ["z", "a"], imported.err


def test_templates(run: Run, place: Home) -> None:
    """Found, asked, made into workflows, twice; and what is missing is named."""
    at = ("--home", place.root)
    assert "sos-alert" in run("workflows", "templates", *at).out
    assert "needed" in run("workflows", "templates", "sos-alert", *at).out
    missing = run("workflows", "new", "sos-alert", *at)
    assert (missing.code, "--set mesh_id: it is needed" in missing.err) == (2, True)
    made = run("workflows", "new", "sos-alert", "--set", "mesh_id=lobby", "--json", *at).json
    again = run("workflows", "new", "sos-alert", "--set", "mesh_id=lobby", "--json", *at).json
    assert (made["name"], again["name"]) == ("sos", "sos 2")
    assert run("workflows", "template", "sos", "mine", *at).code == 0
    asked = ("--input", "to=lobby", "--input", "seconds=300")
    assert run("workflows", "template", "sos", "asks", *asked, *at).code == 0
    shown = run("workflows", "templates", "asks", "--json", *at).json
    assert {name: one["default"] for name, one in shown["inputs"].items()} == {
        "to": "lobby",
        "seconds": 300,
    }
    exported = run("workflows", "export-template", "asks", *at).out
    assert run("workflows", "remove-template", "asks", *at).code == 0
    file = place.root / "asks.yaml"
    file.write_text(exported.replace("name: asks", "name: asks-too"))
    assert run("workflows", "import-template", file, *at).code == 0
    shown = run("workflows", "templates", "asks-too", "--json", *at).json
    assert shown["inputs"]["seconds"]["default"] == 300
    unknown = run("workflows", "new", "nobody", *at)
    assert (unknown.code, "no template" in unknown.err) == (2, True)


def test_check(run: Run, place: Home, tmp_path: Path) -> None:
    """Everything that is wrong, each with its place; nothing is saved."""
    file = tmp_path / "bad.yaml"
    file.write_text(
        "name: x\ntriggers: [moon]\nsteps: [{send_message: {}}, {if: 'a ==', then: []}]"
    )
    checked = run("workflows", "check", file, "--home", place.root)
    assert checked.code == 1
    for said in ("triggers[0].type", "steps[0].send_message.text", "steps[1].if"):
        assert said in checked.out
    assert run("workflows", "list", "--json", "--home", place.root).json["total"] == 0


@pytest.mark.parametrize("arguments", [("run", "x"), ("why", "x"), ("cancel", "1")])
def test_needs_a_supervisor(run: Run, place: Home, arguments: tuple[str, ...]) -> None:
    """What the engine does cannot be had without one, and says so."""
    assert run("workflows", *arguments, "--home", place.root).code == 4


@pytest.mark.parametrize("template", shipped_templates(), ids=lambda one: one["name"])
def test_shipped_templates(template: dict[str, Any]) -> None:
    """Each is a workflow with its usual inputs."""
    assert template["category"] in CATEGORIES
    inputs = {"url": "https://example.org/hook"} | {
        name: one.get("default", ["lobby"] if one["type"] == "list" else "lobby")
        for name, one in template.get("inputs", {}).items()
        if name != "url"
    }
    stored = read_definition(filled_in(template["workflow"], inputs))
    assert stored["steps"]
    # Written for people and read again it is the same.
    assert read_definition(yaml.safe_load(as_yaml(stored))) == stored


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [1, 2", "line 1"),
        ("a: &x [1]\nb: *x", "aliases"),
        ("- 1", "no workflow"),
        ("", "no workflow"),
        ("a: " + "[" * 3000, "nested|expected|line"),
    ],
)
def test_bad_files(text: str, said: str) -> None:
    """What is no document says where."""
    with pytest.raises(UsageError, match=said):
        read_text(text, "f")


def test_words_stay_words() -> None:
    """In YAML 1.1 `on`, `no` and `off` are truth values; people who write them mean words."""
    (document,) = read_text("on: no\nx: true", "f")
    assert document == {"on": "no", "x": True}
