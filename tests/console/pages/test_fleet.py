"""The pages of the fleet: what happens to meshes is seen, and what is pressed is done."""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from meshvisor.playground.server import Playground
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.browser import Browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import Consoles
from tests.fleet import server_settings


@pytest.fixture
async def busy(home: Home) -> AsyncIterator[Consoles]:
    """Return a console of two meshes that are connected."""
    async with Playground(["den", "lobby"]) as playground:
        made = Consoles(home, server_settings(playground, console={"port": 0}))
        try:
            await made.start()
            for mesh in ("den", "lobby"):
                await made.fleet.mesh_is(mesh, MeshState.CONNECTED)
            yield made
        finally:
            await made.close()


@pytest.fixture
async def ann(busy: Consoles, browser: Browsing) -> Page:
    """Return the page of the first operator, at the overview."""
    return await become_owner(busy, browser)


async def test_the_page_of_a_mesh_shows_that_its_process_was_killed_and_replaced(
    busy: Consoles, ann: Page
) -> None:
    """From the strip of the overview to a mesh; its restart is seen without a reload."""
    await expect(ann.get_by_role("status")).to_contain_text("All 2 meshes are connected.")
    await ann.get_by_role("button", name="den: Connected").focus()
    await ann.keyboard.press("ArrowRight")
    await ann.keyboard.press("Enter")
    await expect(ann.get_by_role("heading", level=1)).to_have_text("lobby")
    await expect(ann.get_by_role("log")).to_contain_text("in the room")
    pid = (await busy.fleet.mesh_is("lobby", MeshState.CONNECTED)).pid
    assert pid is not None

    os.kill(pid, signal.SIGKILL)

    await expect(ann.get_by_text("It was restarted once.")).to_be_visible()
    await expect(ann.get_by_text("lobby is restarted.")).to_be_visible()
    after = await busy.fleet.mesh_is("lobby", MeshState.CONNECTED, besides=pid)
    await expect(ann.get_by_text(str(after.pid), exact=True)).to_be_visible()


async def test_meshes_are_stopped_started_and_blocked_from_the_pages(
    busy: Consoles, ann: Page
) -> None:
    """The list says first what a button touches; what is done is so in the status."""
    await ann.get_by_role("link", name="Fleet", exact=True).click()
    await ann.get_by_role("row", name="den").focus()
    await ann.keyboard.press("x")
    await ann.get_by_role("button", name="Stop", exact=True).click()
    dialog = ann.get_by_role("dialog")
    await expect(dialog).to_contain_text("den: the bots leave their rooms")
    await dialog.get_by_role("button", name="Stop").click()
    await busy.fleet.mesh_is("den", MeshState.STOPPED)
    await expect(ann.get_by_role("status")).to_contain_text("one is stopped")

    await ann.get_by_role("button", name="Stopped 1").click()
    await expect(ann.get_by_role("row", name="lobby")).to_be_hidden()
    await ann.get_by_role("row", name="den").press("Enter")
    await expect(ann.get_by_label("Why it is silent")).to_contain_text("An operator has stopped it")
    await ann.get_by_role("button", name="Start", exact=True).click()
    await busy.fleet.mesh_is("den", MeshState.CONNECTED)

    await ann.get_by_role("button", name="Block", exact=True).click()
    await dialog.get_by_label("For how long?").select_option("hour")
    await dialog.get_by_role("button", name="Block", exact=True).click()
    await busy.fleet.mesh_is("den", MeshState.BLOCKED)
    await ann.get_by_role("link", name="Overview").click()
    await expect(ann.get_by_text("A mesh is blocked: den.")).to_be_visible()
    await ann.get_by_role("link", name="Fleet", exact=True).click()
    await ann.get_by_role("button", name="Unblock den").click()
    await busy.fleet.mesh_is("den", MeshState.CONNECTED)
    await expect(ann.get_by_text("No mesh is blocked.")).to_be_visible()
