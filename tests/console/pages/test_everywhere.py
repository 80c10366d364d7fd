"""What holds on every page: keys, the help, what is paused, and what can be taken back."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser import Browsing
from tests.console_client import PASSWORD, Consoles


async def test_everything_is_reached_and_done_by_keys(console: Consoles, owner: Page) -> None:
    """Keys lead to pages and do what the help says; a pause outlasts a reload; undo undoes."""
    program = await console.program("*:admin")
    wanted = {"name": "tea", "cron": "@daily", "action": "cleanup"}
    assert (await program.post("/api/v1/schedules", json=wanted)).status_code == 201

    await owner.keyboard.press("?")
    help_ = owner.get_by_role("dialog", name="Keys and actions")
    await expect(help_.get_by_text("To the next row")).to_be_visible()
    await expect(help_.get_by_text("New schedule")).to_be_visible()
    await owner.keyboard.press("Escape")
    await expect(help_).to_be_hidden()

    await owner.keyboard.press("p")
    await expect(owner.get_by_text("Live updates are paused.")).to_be_visible()
    await owner.reload()
    await expect(owner.get_by_text("Live updates are paused.")).to_be_visible()
    await owner.keyboard.press("p")
    await expect(owner.get_by_text("Live updates are paused.")).to_be_hidden()

    await owner.keyboard.press("g")
    await owner.keyboard.press("s")
    await expect(owner.get_by_role("row", name=re.compile("tea"))).to_be_visible()
    await owner.keyboard.press("j")
    while not await owner.evaluate("document.activeElement.textContent.startsWith('tea')"):
        await owner.keyboard.press("j")
    await owner.keyboard.press("Enter")
    await owner.get_by_role("button", name="Disable").press("Enter")
    await expect(owner.get_by_role("button", name="Enable")).to_be_visible()
    await owner.get_by_role("button", name="Undo").press("Enter")
    await expect(owner.get_by_role("button", name="Disable")).to_be_visible()
    assert (await program.get("/api/v1/schedules/tea")).json()["enabled"]


@pytest.mark.long
async def test_filters_with_a_name_are_there_in_every_browser(
    console: Consoles, owner: Page, browser: Browsing
) -> None:
    """What is saved in one browser is offered in another one, opened there, and removed."""
    await owner.get_by_role("link", name="Jobs").click()
    await owner.get_by_role("button", name="Failed", exact=True).click()
    await owner.get_by_role("button", name="Views").click()
    await owner.get_by_label("Name of the view").fill("what failed")
    await owner.get_by_role("button", name="Save", exact=True).click()
    await expect(owner.get_by_text("The view what failed is saved.")).to_be_visible()

    other = await browser.person(f"{await console.url()}/jobs")
    await other.get_by_label("Name").fill("ann")
    await other.get_by_role("textbox", name="Password").fill(PASSWORD)
    await other.get_by_role("button", name="Sign in", exact=True).click()
    await other.get_by_role("button", name="Views").click()
    await other.get_by_role("menuitem", name="what failed").click()
    pressed = other.get_by_role("button", name="Failed", exact=True)
    await expect(pressed).to_have_attribute("aria-pressed", "true")
    await other.get_by_role("button", name="Views").click()
    await other.get_by_role("button", name="Remove the view what failed").click()
    await expect(other.get_by_role("menuitem", name="what failed")).to_be_hidden()


@pytest.mark.long
async def test_what_takes_longer_than_a_second_says_so(owner: Page) -> None:
    """A line shows that an answer is awaited, and nothing when it is there."""
    come = asyncio.Event()

    async def later(route: Route) -> None:
        await come.wait()
        await route.continue_()

    await owner.route("**/api/v1/settings", later)
    await owner.get_by_role("link", name="Settings").click()
    line = owner.get_by_role("progressbar", name="This takes a moment.")
    await expect(line).to_be_visible()
    come.set()
    await expect(owner.get_by_text("All settings are as in the files.")).to_be_visible()
    await expect(line).to_be_hidden()
