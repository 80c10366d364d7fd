"""The pages of schedules: made, run, changed and removed by somebody in front of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Locator, Page, expect

from meshvisor.shared.paths import Home
from tests.console_client import Consoles

PLUGIN = """
@action("brew", needs_mesh=False, retries=0)
async def brew(job):
    if job.data.get("fails"):
        raise ValueError("the kettle is empty")
"""


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return one with an action that fails where it is told to."""
    made = Consoles(home)
    made.fleet.write_plugin("tea", PLUGIN)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_a_wrong_expression_is_said_and_saves_nothing_a_right_one_runs(
    console: Consoles, owner: Page
) -> None:
    """The form says what is typed in words; what it makes runs, and its error is open at once."""
    program = await console.program("schedules:view")
    form = await _opened(owner)
    await form.get_by_label("Name").fill("tea")
    await form.get_by_label("Action").fill("brew")
    await form.get_by_label("Cron").fill("61 3 * * *")
    await expect(form.get_by_text("its minute is wrong: allowed are 0 to 59")).to_be_visible()
    await form.get_by_role("button", name="New schedule").click()
    await expect(form.get_by_role("alert")).to_contain_text("its minute is wrong")
    assert (await program.get("/api/v1/schedules/tea")).status_code == 404

    await form.get_by_label("Cron").fill("30 3 * * *")
    await form.get_by_label("Time zone").fill("Asia/Kolkata")
    await expect(form.get_by_text("At 03:30 every day, in Asia/Kolkata.")).to_be_visible()
    await expect(form.get_by_role("listitem")).to_have_count(5)
    await form.get_by_text("More settings").click()
    await form.get_by_label("Data").fill('{"fails": true}')
    await form.get_by_role("button", name="New schedule").click()
    await expect(owner.get_by_role("heading", name="tea", level=1)).to_be_visible()
    await owner.get_by_role("button", name="Start now").click()
    await expect(owner.locator("pre")).to_contain_text("the kettle is empty")


async def test_a_change_keeps_what_somebody_else_has_changed_meanwhile(
    console: Consoles, owner: Page
) -> None:
    """Both hold; then it completes, is disabled and removed, all from its page."""
    program = await console.program("schedules:view", "schedules:edit")
    wanted = {"name": "tea", "cron": "@daily", "action": "brew", "data": {"fails": True}}
    assert (await program.post("/api/v1/schedules", json=wanted)).status_code == 201
    await owner.get_by_role("link", name="Schedules").click()
    await owner.get_by_role("link", name="tea", exact=True).click()
    await owner.get_by_role("button", name="Edit").click()
    form = owner.get_by_role("dialog")
    await program.patch("/api/v1/schedules/tea", json={"timeout": 60})
    await form.get_by_text("More settings").click()
    await form.get_by_label("Data").fill("")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert")).to_contain_text("Somebody has changed it meanwhile")
    await form.get_by_role("button", name="Try again").click()
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    kept = (await program.get("/api/v1/schedules/tea")).json()["definition"]
    assert (kept["data"], kept["timeout"]) == ({}, 60)

    await owner.get_by_role("button", name="Start now").click()
    await expect(owner.get_by_role("listitem").get_by_text("Completed")).to_be_visible()
    await owner.get_by_role("button", name="Disable").click()
    await expect(owner.get_by_role("button", name="Enable")).to_be_visible()
    await owner.get_by_role("button", name="Remove").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(owner.get_by_role("heading", name="Schedules", level=1)).to_be_visible()
    assert (await program.get("/api/v1/schedules/tea")).status_code == 404


async def _opened(owner: Page) -> Locator:
    """Return the form of a new schedule."""
    await owner.get_by_role("link", name="Schedules").click()
    await owner.get_by_role("button", name="New schedule").click()
    return owner.get_by_role("dialog")
