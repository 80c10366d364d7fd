"""The pages of schedules: made, run, changed and removed in a browser."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from meshvisor.shared.paths import Home
from tests.console_client import Consoles, Visitor

PLUGIN = """
@action("brew", needs_mesh=False, retries=0)
async def brew(job):
    if job.data.get("fails"):
        raise ValueError("the kettle is empty")

@action(
    "serve",
    needs_mesh=False,
    inputs={
        "guest": {"type": "text", "required": True, "description": "Who gets it"},
        "cups": {"type": "number", "default": 1},
        "sort": {"type": "text", "choices": ["green", "black"], "default": "green"},
        "warm": "boolean",
        "extras": "object",
    },
)
async def serve(job):
    if job.data["cups"] > 3:
        raise GiveUp("too much tea")
"""


@pytest.fixture
async def console(home: Home) -> AsyncIterator[Consoles]:
    """Return one with an action that fails on request."""
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

    await owner.get_by_role("link", name=re.compile(r"^#\d+$")).first.click()
    await owner.get_by_role("button", name="Show what was logged about it").click()
    await expect(owner.get_by_role("log")).to_contain_text(re.compile(r"Job \d+ failed"))


async def test_the_form_asks_for_what_the_action_declares(console: Consoles, owner: Page) -> None:
    """Its fields become the data of each run, a default stays the action's, and they are edited."""
    program = await console.program("schedules:view")
    form = await _opened(owner)
    await form.get_by_label("Name").fill("tea")
    await form.get_by_label("Cron").fill("@daily")
    await form.get_by_label("Action").fill("serve")
    await form.get_by_label("Guest").fill("ann")
    await expect(form.get_by_label("Cups")).to_have_value("1")
    await form.get_by_label("Sort").select_option("black")
    await form.get_by_label("Extras").fill('{"milk": ')
    await expect(form.get_by_text("extras is no JSON")).to_be_visible()
    await form.get_by_role("button", name="New schedule").click()
    await expect(form.get_by_role("alert")).to_contain_text("no JSON")
    await form.get_by_label("Extras").fill('{"milk": 2}')
    await form.get_by_text("More settings").click()
    await expect(form.get_by_label("Data")).to_have_count(0)
    await form.get_by_role("button", name="New schedule").click()
    await expect(owner.get_by_role("heading", name="tea", level=1)).to_be_visible()
    data = {"guest": "ann", "sort": "black", "warm": False, "extras": {"milk": 2}}
    assert (await _kept(program))["data"] == data

    await owner.get_by_role("button", name="Edit").click()
    await expect(form.get_by_label("Guest")).to_have_value("ann")
    await form.get_by_label("Cups").fill("9")
    await form.get_by_label("Warm").check()
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    assert (await _kept(program))["data"] == {**data, "cups": 9, "warm": True}
    await owner.get_by_role("button", name="Start now").click()
    await expect(owner.locator("pre")).to_contain_text("too much tea")


async def test_a_change_keeps_what_another_operator_has_changed_meanwhile(
    console: Consoles, owner: Page
) -> None:
    """One chooses whose value holds; then it runs, is disabled and removed, all from its page."""
    program = await console.program("schedules:view", "schedules:edit")
    wanted = {"name": "tea", "cron": "@daily", "action": "brew", "data": {"fails": True}}
    assert (await program.post("/api/v1/schedules", json=wanted)).status_code == 201
    histories: list[str] = []
    owner.on("request", lambda one: histories.append(one.url) if "/history" in one.url else None)
    await owner.get_by_role("link", name="Schedules").click()
    await expect(owner.get_by_label("The last 0 runs").first).to_be_attached()
    assert not histories, "the list reads each row by itself"
    await owner.get_by_role("link", name="tea", exact=True).click()
    await owner.get_by_role("button", name="Edit").click()
    form = owner.get_by_role("dialog")
    changed = {"timeout": 60, "cron": "@weekly", "lane": "kitchen"}
    await program.patch("/api/v1/schedules/tea", json=changed)
    await form.get_by_label("Cron").fill("@monthly")
    await form.get_by_text("More settings").click()
    await form.get_by_label("Data").fill("")
    await form.get_by_label("Lane").fill("hall")
    await form.get_by_role("button", name="Save").click()
    alert = form.get_by_role("alert")
    await expect(alert).to_contain_text("It was changed meanwhile")
    await expect(alert.get_by_label("Mine: @monthly")).to_be_checked()
    await alert.get_by_label("Theirs: kitchen").check()
    await expect(form.get_by_role("textbox", name="Lane")).to_have_value("kitchen")
    await form.get_by_role("button", name="Save").click()
    await expect(form).to_be_hidden()
    kept = await _kept(program)
    assert (kept["data"], kept["timeout"]) == ({}, 60)
    assert (kept["cron"], kept["lane"]) == ("@monthly", "kitchen")

    await owner.get_by_role("button", name="Start now").click()
    await expect(owner.get_by_role("listitem").get_by_text("Completed")).to_be_visible()
    await owner.get_by_role("button", name="Disable").click()
    await expect(owner.get_by_role("button", name="Enable")).to_be_visible()
    await owner.get_by_role("button", name="Remove").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(owner.get_by_role("heading", name="Schedules", level=1)).to_be_visible()
    assert (await program.get("/api/v1/schedules/tea")).status_code == 404
    await owner.get_by_role("button", name="Undo").last.click()
    await expect(owner.get_by_role("row", name="tea")).to_contain_text("Disabled")
    assert await _kept(program) == {**kept, "enabled": False}


async def _opened(owner: Page) -> Locator:
    """Return the form of a new schedule."""
    await owner.get_by_role("link", name="Schedules").click()
    await owner.get_by_role("button", name="New schedule").click()
    return owner.get_by_role("dialog")


async def _kept(program: Visitor) -> dict[str, Any]:
    """Return the definition of the schedule as it is in the database."""
    found: dict[str, Any] = (await program.get("/api/v1/schedules/tea")).json()["definition"]
    return found
