"""The pages of jobs: submitted by a form, urgent ones let in, paused, resumed and cancelled."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from meshvisor.shared.paths import Home
from tests.console_client import Consoles

PLUGIN = """
from pathlib import Path

@action("import", lane="game", needs_mesh=False)
async def bring_in(job):
    async for item in job.items():
        while not Path({gate!r}).exists():
            await asyncio.sleep(0.01)
        await item.done()

@action("greet", lane="game", needs_mesh=False, priority=2)
async def greet(job):
    pass

@action(
    "redeem",
    lane="gifts",
    needs_mesh=False,
    items="Numbers of players",
    inputs={{
        "code": {{"type": "text", "required": True, "description": "The code of the gift"}},
        "times": {{"type": "number", "default": 1}},
        "season": {{"type": "text", "choices": ["spring", "autumn"], "default": "spring"}},
        "loud": "boolean",
        "tags": "list",
    }},
)
async def redeem(job):
    '''Give players a gift.'''
    if job.data["times"] > 3:
        raise GiveUp("too often")

@action("ping", lane="gifts", needs_mesh=False, items="", inputs={{}})
async def ping(job):
    pass
"""


class Gate:
    """A file without which no item is done."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self) -> None:
        """Let items be done."""
        self.path.touch()

    def close(self) -> None:
        """Let none be done any more."""
        self.path.unlink()


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """Return it closed."""
    return Gate(tmp_path / "gate")


@pytest.fixture
async def console(home: Home, gate: Gate) -> AsyncIterator[Consoles]:
    """Return one whose lane runs one job at a time."""
    # No job of a schedule is to take a number that a test counts on.
    made = Consoles(home, {"scheduling": {"built_in": False}})
    made.fleet.write_plugin("game", PLUGIN.format(gate=str(gate.path)))
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_the_form_is_made_of_what_the_action_declares(console: Consoles, owner: Page) -> None:
    """A field for each input; what was chosen is in the row, each with its type."""
    form = await _form(owner, "redeem")
    await expect(form.get_by_text("Give players a gift.")).to_be_visible()
    await expect(form.get_by_label("Data")).to_have_count(0)
    await expect(form.get_by_label("Times")).to_have_value("1")
    await form.get_by_label("Items").fill("7")
    await form.get_by_role("button", name="New job").click()
    await expect(form.get_by_label("Code")).to_be_focused()  # it is needed, the browser says
    await form.get_by_label("Code").fill("WELCOME")
    await form.get_by_label("Season").select_option("autumn")
    await form.get_by_label("Loud").check()
    await form.get_by_label("Tags").fill("new\nold")
    await form.get_by_role("button", name="New job").click()
    await expect(owner.get_by_role("heading", level=1)).to_contain_text("redeem")
    program = await console.program("jobs:view")
    assert (await _job(program, 1))["data"] == {
        "code": "WELCOME", "times": 1, "season": "autumn", "loud": True, "tags": ["new", "old"],
    }  # fmt: skip
    form = await _form(owner, "ping")
    await expect(form.get_by_label("Mesh")).to_have_count(0)
    await expect(form.get_by_label("Items")).to_have_count(0)
    await expect(form.get_by_label("Data")).to_have_count(0)
    await form.get_by_role("button", name="New job").click()
    await expect(owner.get_by_role("heading", level=1)).to_contain_text("ping")


async def test_an_urgent_job_is_let_in_and_the_other_goes_on(
    console: Consoles, owner: Page, gate: Gate
) -> None:
    """Both are submitted by the form; the first steps back, goes on, and is paused and resumed."""
    await _submit(owner, "import", items="a b c")
    await expect(owner.get_by_role("main").get_by_text("Runs").first).to_be_visible()
    gate.open()
    await _is(console, 1, "completed")
    gate.close()
    await _submit(owner, "import", items="a b c")
    await _is(console, 2, "active")
    await _submit(owner, "greet", priority="1")
    await _is(console, 3, "queued")
    gate.open()  # the item that is at work ends, and the urgent job has its turn
    await _is(console, 3, "completed")
    await _is(console, 2, "completed")
    kinds = await _kinds(console, 2)
    assert "job.preempted" in kinds
    assert kinds[-1] == "job.completed"


async def test_what_is_wrong_with_the_supervisor_is_said_on_the_overview(
    console: Consoles, owner: Page
) -> None:
    """A lane on hold and wrong settings: what, since when, and what ends it; in German, too."""
    program = await console.program("jobs:operate", "settings:edit")
    held = await program.post("/api/v1/jobs/hold", json={"scope": "lane", "name": "game"})
    assert held.status_code == 200
    console.fleet.home.settings_file.write_text("nonsense = [")
    refused = await program.post("/api/v1/settings/reload")
    assert refused.status_code == 400
    await owner.get_by_role("link", name="Jobs").click()
    await owner.get_by_role("link", name="Overview").click()
    needed = owner.get_by_role("list", name="What needs you")
    settings = needed.get_by_role("listitem").filter(has_text="The settings file has changed")
    await expect(settings.get_by_role("time")).to_be_visible()
    hold = needed.get_by_role("listitem").filter(has_text="Lane game is on hold, by token:")
    await hold.get_by_role("button", name="Release").click()
    await expect(hold).to_be_hidden()
    await owner.evaluate("localStorage.setItem('meshvisor.language', 'de')")
    await owner.goto(await console.url())
    wrong = owner.get_by_role("listitem").filter(has_text="Die Einstellungsdatei wurde geändert")
    console.fleet.home.settings_file.write_text("")
    await wrong.get_by_role("button", name="Einstellungen neu lesen").click()
    await owner.get_by_role("dialog").get_by_role("button", name="neu").click()
    await expect(wrong).to_be_hidden()
    found = (await program.get("/api/v1/supervisor/concerns")).status_code
    assert found == 403


async def test_paused_resumed_and_cancelled_by_buttons(
    console: Consoles, owner: Page, gate: Gate
) -> None:
    """Each button has its effect in the database, and the page says so."""
    await _submit(owner, "import", items="a b")
    await _is(console, 1, "active")
    await owner.get_by_role("button", name="Pause").click()
    requests = await _requested(console, 1, more_than=0)
    gate.open()
    await _is(console, 1, "paused")
    gate.close()
    await owner.keyboard.press("Control+k")
    await owner.get_by_role("textbox", name="Search or do").fill("resume job 1")
    await owner.get_by_text("Resume job #1 import").click()
    await _is(console, 1, "active")
    await owner.get_by_role("button", name="Cancel").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await _requested(console, 1, more_than=requests)
    gate.open()
    await _is(console, 1, "cancelled")
    await expect(owner.get_by_role("main").get_by_text("Cancelled").first).to_be_visible()


async def _submit(page: Page, action: str, *, items: str = "", priority: str = "") -> None:
    form = await _form(page, action)
    await form.get_by_label("Items").fill(items)
    await form.get_by_label("Priority").select_option(priority)
    await form.get_by_role("button", name="New job").click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(action)


async def _form(page: Page, action: str) -> Locator:
    await page.get_by_role("link", name="Jobs").click()
    await page.get_by_role("button", name="New job").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Action").select_option(action)
    return form


async def _is(console: Consoles, job: int, status: str) -> None:
    program = await console.program("jobs:view")
    while (await _job(program, job))["status"] != status:
        await asyncio.sleep(0.05)


async def _requested(console: Consoles, job: int, *, more_than: int) -> int:
    """Return how often something was requested of a job that runs, once it is often enough."""
    while (count := (await _kinds(console, job)).count("job.requested")) <= more_than:
        await asyncio.sleep(0.05)
    return count


async def _job(program: Any, job: int) -> Any:
    return (await program.get(f"/api/v1/jobs/{job}")).json()


async def _kinds(console: Consoles, job: int) -> list[str]:
    program = await console.program("events:view")
    found = (await program.get("/api/v1/events?kinds=job.*&limit=200")).json()["events"]
    return [one["kind"] for one in found if one["subject"] == str(job)]
