"""Every page of the console, in every theme and width: nothing is inaccessible, nothing is cut off.

Pages are found where they are registered: a new one is looked at without a word here.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest
import pytest_asyncio
from playwright.async_api import Page

from meshvisor.shared.paths import Home
from tests.browser import browsing
from tests.console.lively import Lively, lively, paths
from tests.console.pages.conftest import become_owner
from tests.console.themes import THEMES, WIDTHS, settle

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(900)]

COLOURS: Final = {"runOnly": ["color-contrast"]}
"""What a theme can make wrong; everything else of a page is the same in all of them."""

BETWEEN: Final = 1024
"""A width at which the navigation is at the side and little is left for lists."""

_AXE: Final = """async ([themes, colours]) => {
  const found = [];
  for (const [theme, [scheme, contrast]] of Object.entries(themes)) {
    document.documentElement.dataset.mantineColorScheme = scheme;
    document.documentElement.dataset.contrast = contrast;
    const which = theme === 'light' ? {} : colours;
    const how = { preload: false, resultTypes: ['violations'], ...which };
    const { violations } = await axe.run(document, how);
    for (const one of violations) for (const node of one.nodes.slice(0, 3))
      found.push(`${theme}: ${one.id}: ${node.html.slice(0, 200)} ${node.failureSummary}`);
  }
  return found;
}"""

_TOO_WIDE: Final = """() => {
  const found = [];
  const page = document.documentElement;
  if (page.scrollWidth > page.clientWidth) found.push(`the page: ${page.scrollWidth}`);
  for (const row of document.querySelectorAll('[role=row]')) {
    const last = row.lastElementChild?.getBoundingClientRect();
    if (last && last.right > row.getBoundingClientRect().right + 1) found.push(row.textContent);
  }
  return found;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Page, Lively]]:
    """Return the page of an owner, and the fleet that it shows."""
    home = Home(tmp_path_factory.mktemp("mv"))
    async with lively(home) as fleet, browsing() as browser:
        page = await become_owner(fleet.console, browser, reduced_motion="reduce")
        yield page, fleet


@pytest.mark.parametrize("thorough", [False, pytest.param(True, marks=pytest.mark.long)])
async def test_every_page_is_accessible_and_nothing_is_cut_off(
    opened: tuple[Page, Lively], project: Path, thorough: bool
) -> None:
    """axe-core finds nothing on any page, and at no width is there more than the screen shows.

    Every run looks at each page on a desktop, and on a telephone or in one theme more: what it is
    changes from page to page.  A thorough one looks at all of both.
    """
    page, fleet = opened
    axe = (project / "console/web/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    origin = await page.evaluate("location.origin")
    others = [name for name in THEMES if name != "light"]
    found: dict[str, Any] = {}
    for number, path in enumerate(paths(project, fleet.examples)):
        is_on_telephone = thorough or number % 2 == 0
        some = set(THEMES) if thorough else {"light"}
        if not is_on_telephone:
            some.add(others[number // 2 % len(others)])
        await page.goto(f"{origin}{path}")
        await settle(page)
        await page.evaluate(axe)
        for width, height in WIDTHS.items():
            await page.set_viewport_size({"width": width, "height": height})
            # Only the bar of telephones is nowhere else, and it is the same on every page.
            is_new = width == 1440 or path == "/"
            wanted = some if is_new else {"light"}
            wrong = []
            if thorough or is_new or (width == 360 and is_on_telephone):
                themes = {name: THEMES[name] for name in THEMES if name in wanted}
                wrong = await page.evaluate(_AXE, [themes, COLOURS])
            if wrong := [*wrong, *await page.evaluate(_TOO_WIDE)]:
                found[f"{path} {width}"] = wrong
        await page.set_viewport_size({"width": BETWEEN, "height": 700})
        if wrong := await page.evaluate(_TOO_WIDE):
            found[f"{path} {BETWEEN}"] = wrong
    assert not found, "\n".join(f"{where}: {what}" for where, what in found.items())
