"""The pages of workflows: what is done in a browser, down to what has run."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from meshvisor.shared.paths import Home
from tests.browser import browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import Consoles

pytestmark = pytest.mark.asyncio(loop_scope="module")

AREA = "/api/processes"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Page, Consoles]]:
    """Return the page of an owner, and a console without meshes."""
    home = Home(tmp_path_factory.mktemp("mv"))
    console = Consoles(home, {"scheduling": {"built_in": False}})
    try:
        await console.start()
        async with browsing() as browser:
            yield await become_owner(console, browser, reduced_motion="reduce"), console
    finally:
        await console.close()


async def _at(page: Page, path: str) -> None:
    origin = await page.evaluate("location.origin")
    await page.goto(f"{origin}{path}")


async def _made(console: Consoles, document: dict[str, Any]) -> int:
    program = await console.program("*:admin")
    answer = await program.post(AREA, json={"triggers": [], **document})
    assert answer.is_success, answer.text
    return int(answer.json()["process_id"])


async def test_a_template_becomes_a_workflow_that_is_seen_to_run(
    opened: tuple[Page, Consoles],
) -> None:
    """The list without workflows leads there; it waits for a person, who answers by a button."""
    page, console = opened
    await page.get_by_role("link", name="Workflows").click()
    await page.get_by_role("link", name="Choose a template").click()
    await page.get_by_role("button", name="Use the template approved-announcement").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill("announce")
    await form.get_by_label("Meshes").fill("lobby")
    await form.get_by_role("button", name="Make the workflow").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("announce")
    await expect(page.get_by_text("ask a person “Announce this?")).to_be_visible()
    await page.get_by_role("button", name="Run", exact=True).click()
    await page.get_by_role("dialog").get_by_label("Text").fill("The bridge is closed")
    await page.get_by_role("dialog").get_by_role("button", name="Run").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("announce, execution 1")
    steps = page.get_by_role("list", name="Steps in their order")
    await expect(steps.get_by_text("Ask a person")).to_be_visible()

    await page.get_by_role("link", name="Overview").click()
    await expect(page.get_by_text("A workflow waits for an answer")).to_be_visible()
    await page.get_by_role("button", name="Answer").click()
    await expect(page.get_by_text("Announce this? The bridge is closed")).to_be_visible()
    await page.get_by_role("button", name="no", exact=True).click()
    await expect(page.get_by_text("No question waits for an answer.")).to_be_visible()
    await page.get_by_role("link", name="announce #1").click()
    await expect(page.get_by_text("Completed").first).to_be_visible()
    program = await console.program("processes:view")
    kept = (await program.get(f"{AREA}/executions/1")).json()
    assert kept["status"] == "completed"
    assert kept["steps"][0]["result"]["answer"] == "no"


async def test_what_is_wrong_is_said_at_its_line_and_a_conflict_is_decided(
    opened: tuple[Page, Consoles],
) -> None:
    """Nothing that is wrong can be saved; what another operator has saved is not lost."""
    page, console = opened
    document = {"name": "count", "steps": [{"id": "one", "do": "set_variable", "with": {"n": 1}}]}
    number = await _made(console, document)
    await _at(page, f"/workflows/{number}?open=edit")
    sheet = page.get_by_label("Definition in YAML")
    right = await sheet.input_value()
    await sheet.fill(right.replace("set_variable", "set_varable"))
    problems = page.get_by_role("list", name="What is wrong")
    await expect(problems).to_contain_text("set_varable")
    line = next(n for n, text in enumerate(right.splitlines(), 1) if "set_variable" in text)
    await expect(problems.get_by_role("button", name=f"Line {line}:")).to_be_visible()
    await expect(page.get_by_role("button", name="Save")).to_be_disabled()

    await sheet.fill(right.replace("n: 1", "n: 2"))
    await expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()
    program = await console.program("*:admin")
    theirs = {**document, "triggers": [], "description": "Theirs"}
    assert (await program.put(f"{AREA}/{number}", json=theirs)).is_success
    await page.get_by_role("button", name="Save").click()
    await page.get_by_role("button", name="Keep mine and save over it").click()
    # What stood above the button is gone, and it no longer moves.
    await expect(page.get_by_role("alert")).to_be_hidden()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("heading", name="What it does")).to_be_visible()
    kept = (await program.get(f"{AREA}/{number}")).json()
    assert kept["revision"] == 3
    assert kept["document"]["steps"][0]["with"] == {"n": 2}


async def test_why_it_did_or_did_not_run_and_what_it_would_do(
    opened: tuple[Page, Consoles],
) -> None:
    """Of the newest events the first reason is said; a dry run plans at a sample; off is off."""
    page, console = opened
    document = {
        "name": "watch",
        "triggers": [{"type": "alert_created", "when": 'severity == "critical"'}],
        "steps": [{"id": "seen", "do": "set_variable", "with": {"title": "{{ title }}"}}],
    }
    number = await _made(console, document)
    await _at(page, f"/workflows/{number}")
    program = await console.program("*:admin")
    for severity in ("warning", "critical"):
        body = {"title": f"A {severity} one", "severity": severity}
        assert (await program.post("/api/v1/station/alerts", json=body)).is_success
    why = page.get_by_role("list", name="Why it did or did not run")
    await expect(why.get_by_text("Did not run")).to_be_visible()
    await expect(why.get_by_text("severity = 'warning'")).to_be_visible()
    await expect(why.get_by_text("Ran", exact=True)).to_be_visible()
    await expect(page.get_by_role("table", name="Executions").get_by_role("row")).to_have_count(2)

    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("Would not run")).to_be_visible()
    sample = page.get_by_label("Sample event")
    await sample.fill((await sample.input_value()).replace("warning", "critical"))
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("Would run", exact=True)).to_be_visible()
    planned = page.get_by_role("list", name="What would be done")
    await expect(planned).to_contain_text("A sample")

    await page.get_by_role("button", name="Deactivate").click()
    await expect(page.get_by_role("button", name="Activate")).to_be_visible()
    assert not (await program.get(f"{AREA}/{number}")).json()["is_active"]


@pytest.mark.long
async def test_revisions_are_compared_and_gone_back_to_and_theirs_is_taken(
    opened: tuple[Page, Consoles],
) -> None:
    """What each has changed is said line by line; what another operator has saved can be taken."""
    page, console = opened
    document = {"name": "say", "steps": [{"id": "one", "do": "set_variable", "with": {"n": 1}}]}
    number = await _made(console, document)
    program = await console.program("*:admin")

    async def save(n: int) -> None:
        steps = [{"id": "one", "do": "set_variable", "with": {"n": n}}]
        body = {**document, "triggers": [], "steps": steps}
        assert (await program.put(f"{AREA}/{number}", json=body)).is_success

    async def kept() -> tuple[int, Any]:
        one = (await program.get(f"{AREA}/{number}")).json()
        return one["revision"], one["document"]["steps"][0]["with"]["n"]

    await save(2)
    await _at(page, f"/workflows/{number}?open=edit")
    sheet = page.get_by_label("Definition in YAML")
    await sheet.fill((await sheet.input_value()).replace("n: 2", "n: 7"))
    await expect(page.get_by_text("Nothing is wrong with it.")).to_be_visible()
    await save(3)
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("button", name="Take theirs").click()
    await expect(sheet).to_have_value(re.compile("n: 3"))
    await page.get_by_role("button", name="Back", exact=True).click()
    assert await kept() == (3, 3)

    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Revisions").click()
    lines = page.get_by_role("list", name="Revisions").get_by_role("listitem")
    await expect(lines).to_have_count(3)
    await page.get_by_role("button", name="What it changed: revision 2").click()
    changed = page.get_by_role("region", name="What revision 2 changed")
    await expect(changed.locator("[data-kind=gone]")).to_contain_text("n: 1")
    await expect(changed.locator("[data-kind=new]")).to_contain_text("n: 2")
    await page.get_by_role("button", name="Compare with the newest: revision 1").click()
    compared = page.get_by_role("region", name="Revision 1 compared with the newest")
    await expect(compared.locator("[data-kind=new]")).to_contain_text("n: 3")
    await page.get_by_role("button", name="Go back to it: revision 1").click()
    await page.get_by_role("dialog").get_by_role("button", name="Go back to it").click()
    await expect(lines).to_have_count(4)
    assert await kept() == (4, 1)
    await page.get_by_role("button", name="Undo").click()
    await expect(lines).to_have_count(5)
    assert await kept() == (5, 3)


@pytest.mark.long
async def test_a_workflow_is_exported_imported_and_made_a_template_of(
    opened: tuple[Page, Consoles], tmp_path: Path
) -> None:
    """The file that is saved is opened under another name; a template of it is in the gallery."""
    page, console = opened
    document = {
        "name": "carry",
        "triggers": [{"type": "alert_created", "when": 'severity == "emergency"'}],
        "steps": [{"id": "one", "do": "set_variable", "with": {"n": 1}}],
    }
    number = await _made(console, document)
    await _at(page, f"/workflows/{number}")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Export").click()
    async with page.expect_download() as saving:
        await page.get_by_role("dialog").get_by_role("button", name="Save as YAML").click()
    file = tmp_path / (await saving.value).suggested_filename
    await (await saving.value).save_as(file)
    assert file.name == "carry.yaml"
    file.write_text(file.read_text().replace("name: carry", "name: carried"))

    await _at(page, "/workflows/new")
    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Open a file").click()
    await (await choosing.value).set_files(file)
    sheet = page.get_by_label("Definition in YAML")
    await expect(sheet).to_have_value(re.compile("name: carried"))
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("carried")
    await expect(page.get_by_role("button", name="Activate")).to_be_visible()
    program = await console.program("*:admin")
    kept = [(await program.get(f"{AREA}/{one}")).json() for one in ("carry", "carried")]
    assert kept[1]["document"]["triggers"] == kept[0]["document"]["triggers"]
    assert [one["is_active"] for one in kept] == [True, False]

    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Make a template").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill("carry-on")
    await form.get_by_label("Category").select_option("Maintenance")
    await form.get_by_role("button", name="Make a template").click()
    await expect(page.get_by_role("button", name="Use the template carry-on")).to_be_visible()
    found = (await program.get(f"{AREA}/templates")).json()["templates"]
    assert [one["category"] for one in found if one["name"] == "carry-on"] == ["maintenance"]


@pytest.mark.long
async def test_a_template_asks_for_chosen_values_and_is_moved_as_a_file(
    opened: tuple[Page, Consoles], tmp_path: Path
) -> None:
    """It asks for the values that were chosen; removed, and taken in from its file, it does so."""
    page, console = opened
    document = {
        "name": "ring",
        "steps": [
            {"id": "one", "do": "set_variable", "with": {"who": "lobby", "count": 3}},
        ],
    }
    number = await _made(console, document)
    await _at(page, f"/workflows/{number}")
    await page.get_by_role("button", name="More").click()
    await page.get_by_role("menuitem", name="Make a template").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name", exact=True).fill("ring-up")
    await expect(form.get_by_label("Ask for count (here: 3)")).not_to_be_checked()
    await form.get_by_label("Ask for who (here: lobby)").check()
    await form.get_by_role("button", name="Make a template").click()
    card = page.get_by_role("button", name="Use the template ring-up")
    await expect(card).to_be_visible()
    program = await console.program("*:admin")

    async def asked() -> list[tuple[list[str], str]]:
        found = (await program.get(f"{AREA}/templates")).json()["templates"]
        return [
            ([*one["inputs"]], one["inputs"]["who"]["default"])
            for one in found
            if one["name"] == "ring-up"
        ]

    assert await asked() == [(["who"], "lobby")]
    await page.get_by_role("button", name="Export the template ring-up").click()
    async with page.expect_download() as saving:
        await page.get_by_role("dialog").get_by_role("button", name="Save as YAML").click()
    file = tmp_path / (await saving.value).suggested_filename
    await (await saving.value).save_as(file)
    await page.keyboard.press("Escape")

    await page.get_by_role("button", name="Remove the template ring-up").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(card).to_be_hidden()
    assert await asked() == []

    async with page.expect_file_chooser() as choosing:
        await page.get_by_role("button", name="Take in a file").click()
    await (await choosing.value).set_files(file)
    await card.click()
    await form.get_by_label("Name").fill("ring-porch")
    await expect(form.get_by_label("who")).to_have_value("lobby")
    await form.get_by_label("who").fill("porch")
    await form.get_by_role("button", name="Make the workflow").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("ring-porch")
    made = (await program.get(f"{AREA}/ring-porch")).json()["document"]["steps"][0]["with"]
    assert made == {"who": "porch", "count": 3}
    assert await asked() == [(["who"], "lobby")]


@pytest.mark.long
async def test_an_execution_is_followed_cancelled_and_replayed(
    opened: tuple[Page, Consoles],
) -> None:
    """Its path says what was not reached; it goes on by itself, and is begun anew from a step."""
    page, console = opened
    question = {"question": "Shall it?", "options": ["yes", "no"]}
    document = {
        "name": "follow",
        "steps": [
            {"id": "count", "do": "set_variable", "with": {"n": 3}},
            {"id": "confirm", "do": "ask", "with": question},
            {
                "id": "check",
                "if": "vars.n > 5",
                "then": [{"id": "big", "do": "set_variable", "with": {"big": True}}],
                "else": [{"id": "small", "do": "set_variable", "with": {"big": False}}],
            },
        ],
    }
    number = await _made(console, document)
    await _at(page, f"/workflows/{number}")
    await page.get_by_role("button", name="Run", exact=True).click()
    path = page.get_by_role("list", name="Path").get_by_role("listitem")
    await expect(path).to_have_count(5)
    await expect(path.filter(has_text="confirm")).not_to_contain_text("Not reached")
    await expect(path.filter(has_text="check")).to_contain_text("Not reached")
    await page.get_by_role("button", name="yes", exact=True).click()
    await expect(path.filter(has_text="small")).to_contain_text("Completed")
    await expect(path.filter(has_text="big")).to_contain_text("Not reached")
    await expect(page.get_by_text("n: nothing → 3")).to_be_visible()
    first = page.url.rpartition("/")[2]

    await page.get_by_role("button", name="Replay from here: check").click()
    await page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    await expect(page.get_by_text("Replay of")).to_be_visible()
    await expect(path.filter(has_text="small")).to_contain_text("Completed")
    await page.get_by_role("link", name=f"Before it: #{first}").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(f"execution {first}")

    await page.get_by_role("button", name="Replay", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Replay").click()
    await expect(page.get_by_text("Shall it?").first).to_be_visible()
    await page.get_by_role("button", name="Cancel", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(page.get_by_text("Cancelled", exact=True).first).to_be_visible()
    program = await console.program("*:admin")
    ended = (await program.get(f"{AREA}/executions?process_id={number}")).json()["executions"]
    assert [one["status"] for one in ended] == ["cancelled", "completed", "completed"]


@pytest.mark.long
async def test_of_an_event_it_is_said_what_workflows_made_of_it(
    opened: tuple[Page, Consoles],
) -> None:
    """From the list of events, and from a back-test; a dry run is made at that very event."""
    page, console = opened
    document = {
        "name": "flood",
        "triggers": [{"type": "alert_created", "when": 'title contains "flood"'}],
        "steps": [{"id": "seen", "do": "set_variable", "with": {"title": "{{ title }}"}}],
    }
    number = await _made(console, document)
    program = await console.program("*:admin")
    for title in ("A flood is near", "A calm day"):
        body = {"title": title, "severity": "warning"}
        assert (await program.post("/api/v1/station/alerts", json=body)).is_success
    await _at(page, "/events?source=events")
    await page.get_by_role("button", name="A calm day").click()
    await page.get_by_role("link", name="What workflows made of it").click()
    why = page.get_by_role("list", name="Why it did or did not run").get_by_role("listitem")
    mine = why.filter(has=page.get_by_role("link", name="flood", exact=True))
    await expect(mine).to_contain_text("Did not run")
    await mine.get_by_role("link", name="flood").click()
    await page.get_by_role("button", name="Try it").click()
    await expect(page.get_by_text("Would not run")).to_be_visible()

    await page.get_by_role("button", name="Back-test").click()
    await expect(page.get_by_text("Would have begun once")).to_be_visible()
    await expect(page.get_by_text('title contains "flood" is false').last).to_be_visible()
    found = page.get_by_role("list", name="The newest of them").get_by_role("link")
    await found.click()
    await expect(mine).to_contain_text("Ran")
    await mine.get_by_role("link").last.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("flood, execution")
    started = (await program.get(f"{AREA}/{number}")).json()["execution_count"]
    assert started == 1
