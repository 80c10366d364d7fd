"""Visitors must sign in, and get in by link and by password."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser import Browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import PASSWORD, Consoles


async def test_a_link_makes_the_first_operator_who_signs_out_and_in_again(
    console: Consoles, browser: Browsing
) -> None:
    """The link of a start leads to a name and a password, and both open the console again."""
    page = await become_owner(console, browser)
    await page.get_by_role("button", name="Signed in as ann").click()
    await page.get_by_role("menuitem", name="Sign out").click()

    await page.get_by_label("Name").fill("ann")
    await page.get_by_role("textbox", name="Password").fill("four wrong green boats")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("The name or the password is wrong.")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()

    await expect(page.get_by_role("navigation")).to_be_visible()
    visitor = await console.visitor()
    assert (await visitor.state())["operator"] is None


async def test_pages_stay_open_during_a_new_sign_in(console: Consoles, owner: Page) -> None:
    """A session that has ended elsewhere asks for the password on top of what is open."""
    ann = await console.visitor()
    await ann.sign_in("ann")
    response = await ann.delete("/api/v1/operators/ann/sessions")
    assert response.status_code == 200, response.text

    await owner.get_by_role("link", name="Operators").click()
    await expect(owner.get_by_role("heading", name="Please sign in again")).to_be_visible()
    await owner.get_by_role("textbox", name="Password").fill(PASSWORD)
    await owner.get_by_role("button", name="Sign in").click()

    await expect(owner.get_by_role("heading", name="Please sign in again")).to_be_hidden()
    await expect(owner.get_by_role("heading", name="Operators")).to_be_visible()
