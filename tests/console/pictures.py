"""Pictures of the console: every page in every theme and width, to be looked at.

    make pictures                     all of them, in build/pictures
    make pictures ARGS="fleet --widths 360 --themes dark"
    make pictures ARGS="--languages de"
    make pictures ARGS="--rules"      those of docs/console-design.md, into docs/pictures

They are made from the pages as they are built, in front of a fleet in which something goes on.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import Page

from meshvisor.shared.paths import Home
from tests.browser import browsing
from tests.console.lively import lively, paths
from tests.console.pages.conftest import become_owner
from tests.console.rule_pictures import Shots
from tests.console.themes import THEMES, WIDTHS, settle, wear

PROJECT: Final = Path(__file__).parent.parent.parent
OUT: Final = PROJECT / "build" / "pictures"
OF_RULES: Final = PROJECT / "docs" / "pictures"

LANGUAGES: Final = ("en", "de")

SPEAK: Final = "language => localStorage.setItem('meshvisor.language', language)"
"""Where the pages keep what was chosen."""


async def _all(wanted: argparse.Namespace) -> None:
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    try:
        async with lively(Home(root)) as fleet, browsing() as browser:
            page = await become_owner(fleet.console, browser, reduced_motion="reduce")
            for path in paths(PROJECT, fleet.examples):
                name = path.strip("/").replace("/", "-") or "overview"
                if wanted.names and not any(one in name for one in wanted.names):
                    continue
                for language in wanted.languages:
                    await page.evaluate(SPEAK, language)
                    await page.goto(f"{await fleet.console.url()}{path}")
                    await settle(page)
                    await _take(page, name if language == "en" else f"{name}-{language}", wanted)
                print(name, flush=True)
    finally:
        shutil.rmtree(root)


async def _take(page: Page, name: str, wanted: argparse.Namespace) -> None:
    """Take an open page in each theme and width, from its beginning to its end."""
    for width in wanted.widths:
        await page.set_viewport_size({"width": width, "height": WIDTHS[width]})
        for theme in wanted.themes:
            await wear(page, theme)
            await settle(page)
            path = OUT / f"{name}-{theme}-{width}.png"
            await page.screenshot(path=path, full_page=wanted.full)


async def _rules() -> None:
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    try:
        async with lively(Home(root)) as fleet, browsing() as browser:
            page = await become_owner(fleet.console, browser, reduced_motion="reduce")
            await Shots(page, await fleet.console.url(), OF_RULES).all()
    finally:
        shutil.rmtree(root)


def main() -> None:
    """Make them."""
    parser = argparse.ArgumentParser(prog="make pictures", description=__doc__)
    parser.add_argument("names", nargs="*", help="parts of names of pages; none: all")
    parser.add_argument("--themes", nargs="*", choices=THEMES, default=list(THEMES))
    parser.add_argument("--widths", nargs="*", type=int, choices=WIDTHS, default=list(WIDTHS))
    parser.add_argument("--languages", nargs="*", choices=LANGUAGES, default=["en"])
    parser.add_argument("--full", action="store_true", help="down to the end of each page")
    parser.add_argument("--rules", action="store_true", help="those of the design's rules")
    wanted = parser.parse_args()
    if wanted.rules:
        OF_RULES.mkdir(parents=True, exist_ok=True)
        asyncio.run(_rules())
        return
    OUT.mkdir(parents=True, exist_ok=True)
    asyncio.run(_all(wanted))
    print(f"The pictures are in {OUT}.")


if __name__ == "__main__":
    main()
