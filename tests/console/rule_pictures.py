"""The pictures of docs/console-design.md: two for each of its ten rules.

Made by `make pictures ARGS=--rules` in front of the same fleet as all others.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from playwright.async_api import Locator, Page

from tests.console.themes import settle, wear

WIDE: Final = {"width": 1000, "height": 440}
PHONE: Final = {"width": 360, "height": 640}


class Shots:
    """Takes them one after another.

    Args:
        page: of an owner.
        origin: of the console.
        out: the folder of the pictures.
    """

    def __init__(self, page: Page, origin: str, out: Path) -> None:
        self._page = page
        self._origin = origin
        self._out = out

    async def all(self) -> None:
        """Take all; what changes something comes last."""
        page = self._page
        await self._shot("1-overview", "/")
        await self._shot("1-mesh", "/fleet/library")
        await self._shot("2-jobs", "/jobs")
        await self._shot("2-schedule", "/schedules/daily-roi", theme="dark")
        await self._shot("3-sentence", "/fleet/arcade")
        await self._shot("3-table", "/fleet", of=page.get_by_role("table").first)
        await self._shot("4-dark", "/jobs/1", theme="dark")
        await self._shot("4-contrast", "/jobs/1", theme="light-contrast")
        await self._shot("5-mesh", "/fleet/lobby")
        await self._shot("5-empty", "/people")
        await self._shot("6-dense", "/jobs", of=page.get_by_role("table"))
        await self._shot("6-calm", "/schedules/price-list")
        await self._open("/events")
        await page.get_by_role("button", name="Hold the list").click()
        await self._take("7-held")
        await page.keyboard.press("p")
        await self._take("7-paused")
        await page.keyboard.press("p")
        await self._open("/")
        await page.keyboard.press("?")
        await page.get_by_role("dialog").wait_for()
        await self._take("10-keys")
        await self._open("/", PHONE)
        await self._take("10-thumb")
        await self._touch()

    async def _touch(self) -> None:
        page = self._page
        await self._open("/fleet/den")
        await page.get_by_role("button", name="Stop", exact=True).click()
        await page.get_by_role("dialog").wait_for()
        await self._take("9-before")
        await page.keyboard.press("Escape")
        await self._open("/schedules/daily-roi")
        await page.get_by_role("button", name="Disable").click()
        await page.get_by_role("button", name="Undo").wait_for()
        await self._take("9-undo")
        strip = page.locator("section", has_text="Meshes").first
        await self._shot("8-before", "/", of=strip)
        await self._open("/fleet/garage")
        await page.get_by_role("button", name="Start", exact=True).click()
        await page.get_by_text("Connected.").wait_for()
        await self._shot("8-after", "/", of=strip)

    async def _shot(
        self, name: str, path: str, *, theme: str = "light", of: Locator | None = None
    ) -> None:
        await self._open(path)
        await wear(self._page, theme)
        await self._take(name, of)

    async def _open(self, path: str, size: dict[str, int] = WIDE) -> None:
        await self._page.set_viewport_size({"width": size["width"], "height": size["height"]})
        await self._page.goto(f"{self._origin}{path}")
        await settle(self._page)

    async def _take(self, name: str, of: Locator | None = None) -> None:
        await settle(self._page)
        path = self._out / f"{name}.png"
        if of is None:
            await self._page.screenshot(path=path)
            return
        box = await of.bounding_box()
        assert box is not None, name
        height = min(box["height"], 320)
        clip = {"x": box["x"], "y": box["y"], "width": box["width"], "height": height}
        await self._page.screenshot(path=path, clip=clip, full_page=True)  # type: ignore[arg-type]
