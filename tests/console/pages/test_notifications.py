"""The pages of notifications: sent, given up and tried again in a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Page, expect

from meshvisor.shared.paths import Home
from tests.console_client import Consoles
from tests.receivers import WebService


@pytest.fixture
def hook() -> Iterator[WebService]:
    """Return a service that fails once and works from then on."""
    with WebService(hook=[500, 200]) as opened:
        yield opened


@pytest.fixture
async def console(home: Home, hook: WebService) -> AsyncIterator[Consoles]:
    """Return one with a channel to the service, which is not tried twice by itself."""
    channel = {"url": hook.url("hook", "?token=of-nobody"), "attempts": 1, "timeout": 5}
    made = Consoles(home, {"channels.hook": channel})
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_a_message_that_was_given_up_is_seen_and_tried_again(
    console: Consoles, hook: WebService, owner: Page
) -> None:
    """It is sent by the form, fails for all to see, and arrives when it is tried again."""
    await owner.get_by_role("link", name="Notifications").click()
    await owner.get_by_role("button", name="New notification").click()
    form = owner.get_by_role("dialog")
    await form.get_by_label("Message").fill("The server moves at noon")
    await form.get_by_label("Severity").select_option("warning")
    await form.get_by_label("hook").check()
    await form.get_by_role("button", name="Send").click()

    await expect(owner.get_by_role("heading", level=1)).to_have_text("The server moves at noon")
    await expect(owner.get_by_role("listitem").get_by_text("Given up")).to_be_visible()
    await expect(owner.get_by_text("web:ann")).to_be_visible()
    await owner.get_by_role("button", name="Try again").click()
    await expect(owner.get_by_role("listitem").get_by_text("Sent")).to_be_visible()
    assert hook.titles("hook") == ["The server moves at noon"] * 2
    program = await console.program("notifications:view")
    found = (await program.get("/api/v1/notifications?severity=warning")).json()["notifications"]
    assert [(one["state"], one["source"]) for one in found] == [("sent", "web:ann")]


@pytest.mark.long
async def test_a_channel_is_tried_and_the_list_is_filtered_by_the_address(
    console: Consoles, hook: WebService, owner: Page
) -> None:
    """Its row says how it is without its secret, and its test leads to what became of it."""
    await owner.get_by_role("link", name="Notifications").click()
    row = owner.get_by_role("table", name="Channels").get_by_role("row", name="hook")
    await expect(row).to_contain_text("Ready")
    await expect(row).not_to_contain_text("of-nobody")
    await owner.get_by_role("button", name="Test the channel hook").click()
    await expect(owner.get_by_role("heading", level=1)).to_have_text("A test of the channel hook")
    await expect(owner.get_by_role("listitem").get_by_text("Given up")).to_be_visible()
    assert hook.titles("hook") == ["A test of the channel hook"]

    await owner.get_by_role("link", name="Overview").click()
    await expect(owner.get_by_text("A channel cannot reach people: hook.")).to_be_visible()
    await expect(owner.get_by_text("Notification 1 was given up.").first).to_be_visible()
    await owner.get_by_role("button", name="To the notifications").click()
    await expect(row).to_contain_text("Fails")
    await owner.get_by_role("button", name="Sent", exact=True).click()
    await expect(owner.get_by_text("No message is like that.")).to_be_visible()
    await owner.get_by_role("button", name="Given up", exact=True).click()
    await expect(owner.get_by_role("row", name="A test of the channel hook")).to_be_visible()
    await owner.reload()
    await expect(owner.get_by_role("row", name="A test of the channel hook")).to_be_visible()
    program = await console.program("notifications:view")
    refused = await program.post("/api/v1/notifications/channels/hook/test")
    assert refused.status_code == 403


@pytest.mark.long
async def test_how_a_user_is_notified_is_set_and_forgotten_and_comes_back(
    console: Consoles, owner: Page
) -> None:
    """The form says what is chosen in a sentence; it is so in the database, and Undo undoes."""
    await owner.get_by_role("link", name="Notifications").click()
    await owner.get_by_role("button", name="Set how a user is notified").click()
    form = owner.get_by_role("dialog")
    await form.get_by_label("For the user").fill("12345")
    await form.get_by_label("Severity").select_option("warning")
    await form.get_by_label("Quiet hours").fill("20:00-9")
    await form.get_by_role("button", name="Save").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await form.get_by_label("Quiet hours").fill("20:00-09:00")
    await form.get_by_role("combobox", name="Time zone").fill("Asia/Kolkata")
    said = "12345 is notified of warnings and what is critical on chat. From 20:00 to 09:00"
    await expect(form.get_by_role("status")).to_contain_text(said)
    await form.get_by_role("button", name="Save").click()
    row = owner.get_by_role("row", name="12345")
    await expect(row).to_contain_text(said)
    program = await console.program("notifications:view")

    async def kept() -> tuple[str, str]:
        found = await program.get("/api/v1/notifications/preferences/12345")
        one = found.json()["preferences"][0]
        return one["severity"], one["source"]

    assert await kept() == ("warning", "run time")
    await row.get_by_role("button", name="Forget").click()
    await expect(row).to_be_hidden()
    assert await kept() == ("info", "default")
    await owner.get_by_role("button", name="Undo").click()
    await expect(row).to_contain_text(said)
    assert await kept() == ("warning", "run time")
