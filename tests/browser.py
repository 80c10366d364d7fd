"""A person in front of the pages: Debian's headless Chromium, driven through what people see.

async with browsing() as browser:
    page = await browser.person(url)
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.programs import CHROMIUM, require

PATIENCE: Final = 60_000
"""Milliseconds that a page may take until something is seen; machines of tests are busy."""

expect.set_options(timeout=PATIENCE / 2)

_ARGUMENTS: Final = ("--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage")


class Browsing:
    """An open browser.  What pages complain about is kept in `complaints`."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self.complaints: list[str] = []

    async def person(self, url: str, **how: Any) -> Page:
        """Return a page of a visitor with cookies of their own, at an address."""
        context = await self._browser.new_context(locale="en-GB", **how)
        context.set_default_timeout(PATIENCE)
        page = await context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._listen)
        await page.goto(url)
        return page

    def _listen(self, message: Any) -> None:
        # A refused request is logged by the browser, too; pages say those to people.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browsing]:
    """Open a browser; it must have nothing to complain about at the end."""
    require(CHROMIUM)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=shutil.which(CHROMIUM.commands[0]), args=list(_ARGUMENTS)
        )
        try:
            opened = Browsing(browser)
            yield opened
            assert not opened.complaints, opened.complaints
        finally:
            await browser.close()
