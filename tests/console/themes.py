"""How pages are looked at: in each theme and width, when all of them is there."""

from __future__ import annotations

from typing import Final

from playwright.async_api import Page

WIDTHS: Final = {1440: 900, 768: 1024, 360: 740}
"""Heights by widths: a wide screen, a tablet and a telephone."""

THEMES: Final = {
    "light": ("light", "normal"),
    "dark": ("dark", "normal"),
    "light-contrast": ("light", "high"),
    "dark-contrast": ("dark", "high"),
}
"""Scheme and contrast by the name of a theme."""

_SHOW: Final = """([scheme, contrast]) => {
  document.documentElement.dataset.mantineColorScheme = scheme;
  document.documentElement.dataset.contrast = contrast;
}"""


async def wear(page: Page, theme: str) -> None:
    """Show an open page in another theme."""
    await page.evaluate(_SHOW, list(THEMES[theme]))


async def settle(page: Page) -> None:
    """Return when the page has got all that it has asked for."""
    await page.locator("h1").first.wait_for()
    await page.locator("[data-pending='0']").wait_for(state="attached")
    await page.evaluate("() => new Promise(done => setTimeout(done, 150))")
    await page.locator("[data-pending='0']").wait_for(state="attached")
