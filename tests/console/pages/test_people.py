"""The pages of people, events and settings: from a click to what the supervisor keeps."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Page, expect

from tests.console_client import Consoles


async def test_an_admin_who_is_added_on_the_page_is_one_and_the_timeline_says_who_did_it(
    console: Consoles, owner: Page
) -> None:
    """Adding and removing an admin reaches the directory, and the timeline tells of it."""
    program = await console.program("access:admin", "audit:view")
    await owner.get_by_role("link", name="People").click()
    await expect(owner.get_by_text("There is no account.")).to_be_visible()
    assert (await program.get("/api/v1/access/credentials")).status_code == 204
    await owner.get_by_role("button", name="Add an admin").click()
    dialog = owner.get_by_role("dialog")
    await dialog.get_by_label("User id").fill("12345")
    await dialog.get_by_role("button", name="Add an admin").click()
    await expect(owner.get_by_role("cell", name="12345", exact=True)).to_be_visible()
    admins = (await program.get("/api/v1/access/admins")).json()["admins"]
    assert [(one["user_id"], one["is_active"]) for one in admins] == [("12345", True)]

    await owner.get_by_role("button", name="Remove the admin 12345").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(owner.get_by_role("cell", name="Was one")).to_be_visible()
    assert not (await program.get("/api/v1/access/admins")).json()["admins"][0]["is_active"]

    await owner.get_by_role("link", name="Events").click()
    line = owner.get_by_role("button", name=re.compile("made 12345 an admin"))
    await line.click()
    await expect(owner.get_by_label("The event as JSON")).to_contain_text('"kind": "admin.added"')
    await owner.get_by_label("Search", exact=True).fill("ordinary user")
    await expect(line).to_be_hidden()
    await expect(owner.get_by_role("button", name=re.compile("made 12345 an"))).to_be_visible()
    await expect(owner).to_have_url(re.compile("text=ordinary"))
    await owner.get_by_label("to", exact=True).fill("2020-01-01")
    await expect(owner.get_by_text("No event that is loaded is like that.")).to_be_visible()
    await owner.get_by_label("to", exact=True).fill("")
    await owner.get_by_label("From", exact=True).fill("2020-01-01")
    await expect(owner.get_by_role("button", name=re.compile("made 12345 an"))).to_be_visible()


@pytest.mark.long
async def test_a_list_that_is_held_counts_what_happens_and_shows_it_when_it_goes_on(
    console: Consoles, owner: Page
) -> None:
    """While the list is held nothing moves; audit entries are listed by themselves, too."""
    await owner.get_by_role("link", name="Events").click()
    await expect(owner.get_by_role("button", name=re.compile("ann signed in"))).to_be_visible()
    await owner.get_by_role("button", name="Hold the list").click()
    program = await console.program("access:edit", "settings:view")
    added = await program.post("/api/v1/access/admins", json={"user_id": "777"})
    assert added.status_code == 200, added.text

    line = owner.get_by_role("button", name=re.compile("made 777 an admin"))
    go_on = owner.get_by_role("button", name=re.compile(r"Go on \([1-9]"))
    await expect(go_on).to_be_visible()
    await expect(line).to_be_hidden()
    await go_on.click()
    await expect(line).to_be_visible()

    await owner.get_by_text("Audit", exact=True).first.click()
    await expect(
        owner.get_by_role("button", name=re.compile("make 777 an admin. Audit"))
    ).to_be_visible()


@pytest.mark.long
async def test_settings_say_what_a_reload_would_change(console: Consoles, owner: Page) -> None:
    """A file that was edited is seen on the page, and a reload from there takes it over."""
    file = console.fleet.home.settings_file
    file.write_text(file.read_text() + "\n[commands]\ncooldown = 7\n")
    await owner.get_by_role("link", name="Settings").click()
    await expect(owner.get_by_text("A reload would change: commands.cooldown.")).to_be_visible()

    await owner.get_by_role("button", name="Reload settings").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Reload settings").click()

    await expect(owner.get_by_text("All settings are as in the files.")).to_be_visible()
    program = await console.program("settings:view")
    settings = (await program.get("/api/v1/settings")).json()["settings"]
    assert settings["commands"]["cooldown"] == 7
