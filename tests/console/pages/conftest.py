"""A console with its pages, and a browser in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Page

from tests.browser import Browsing, browsing
from tests.console_client import PASSWORD, Consoles


@pytest.fixture
async def browser() -> AsyncIterator[Browsing]:
    """Return an open browser that must not complain."""
    async with browsing() as opened:
        yield opened


@pytest.fixture
async def owner(console: Consoles, browser: Browsing) -> Page:
    """Return the page of the first operator, at the overview."""
    return await become_owner(console, browser)


async def become_owner(console: Consoles, browser: Browsing, name: str = "ann", **how: Any) -> Page:
    """Follow the link that a start shows, and return the page that it leads to."""
    link = f"{await console.url()}/welcome#{await console.link()}"
    page = await browser.person(link, **how)
    await page.get_by_label("What do you want to be called?").fill(name)
    await page.get_by_role("textbox", name="Choose a password").fill(PASSWORD)
    await page.get_by_role("button", name="Enter").click()
    await page.get_by_role("navigation").wait_for()
    return page
