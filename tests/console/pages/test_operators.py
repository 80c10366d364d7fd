"""The page of operators: letting people and programs in."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser import Browsing
from tests.console_client import PASSWORD, Consoles


async def test_a_token_that_is_made_on_the_page_opens_the_api_until_it_is_revoked(
    console: Consoles, owner: Page
) -> None:
    """What the page shows once is a token with the scopes that were asked for."""
    await owner.get_by_role("link", name="Operators").click()
    await owner.get_by_role("button", name="Make a token").click()
    dialog = owner.get_by_role("dialog")
    await dialog.get_by_label("What is it for?").fill("grafana")
    await dialog.get_by_role("button", name="Make a token").click()
    token = await dialog.get_by_role("code").text_content()
    program = await console.visitor(headers={"Authorization": f"Bearer {token}"})
    assert (await program.get("/api/v1/tokens")).json()["tokens"][0]["scopes"] == ["*:view"]

    await owner.keyboard.press("Escape")
    await owner.get_by_role("button", name="Revoke the token grafana?").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    await expect(owner.get_by_text("No program has a token.")).to_be_visible()
    assert (await program.get("/api/v1/tokens")).status_code == 401


async def test_somebody_who_was_invited_sees_what_their_role_allows(
    console: Consoles, owner: Page, browser: Browsing
) -> None:
    """A link made on the page makes an operator whose page offers no way to let others in."""
    await owner.get_by_role("link", name="Operators").click()
    await owner.get_by_role("button", name="Invite somebody").click()
    dialog = owner.get_by_role("dialog")
    await dialog.get_by_label("Role").select_option("viewer")
    await dialog.get_by_role("button", name="Make the link").click()
    link = await dialog.get_by_role("code").text_content()

    ben = await browser.person(link or "")
    await ben.get_by_label("What do you want to be called?").fill("ben")
    await ben.get_by_role("textbox", name="Choose a password").fill(PASSWORD)
    await ben.get_by_role("button", name="Enter").click()
    await ben.get_by_role("link", name="Operators").click()

    await expect(ben.get_by_role("cell", name="Viewer")).to_be_visible()
    await expect(ben.get_by_role("button", name="Invite somebody")).to_be_hidden()
    await owner.keyboard.press("Escape")
    await expect(owner.get_by_role("cell", name="ben", exact=True)).to_be_visible()
