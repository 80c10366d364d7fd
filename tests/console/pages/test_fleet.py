"""The pages of the fleet: what happens to meshes is seen, and what is pressed is done."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, expect

from meshvisor.playground.server import Playground
from meshvisor.shared.logs.files import log_file
from meshvisor.shared.logs.line import Record, render
from meshvisor.shared.model.mesh import MeshState
from meshvisor.shared.paths import Home
from tests.browser import Browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import Consoles
from tests.fleet import server_settings


@pytest.fixture
async def rooms() -> AsyncIterator[Playground]:
    """Return a server with two rooms."""
    async with Playground(["den", "lobby"]) as playground:
        yield playground


@pytest.fixture
async def busy(home: Home, rooms: Playground) -> AsyncIterator[Consoles]:
    """Return a console of two meshes that are connected."""
    quick = {"status_poll_interval": 1}
    made = Consoles(home, server_settings(rooms, console={"port": 0}, fleet=quick))
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


async def test_the_day_on_the_overview_tells_who_went_and_who_came_back(
    busy: Consoles, ann: Page
) -> None:
    """Why a process ended is said of its own end alone, and what both meshes did is one line."""
    pid = (await busy.fleet.mesh_is("lobby", MeshState.CONNECTED)).pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await busy.fleet.mesh_is("lobby", MeshState.CONNECTED, besides=pid)
    # The stream of a page that was just opened may have begun only after that.
    await ann.reload()
    today = ann.locator("section").filter(has=ann.get_by_role("heading", name="Today"))
    await expect(today.get_by_text("lobby is connected again.")).to_be_visible()
    await expect(today.get_by_text("the worker was killed by SIGKILL")).to_have_count(1)
    for how in ("stop", "start"):
        await busy.fleet.ask(how, mesh_ids=["den", "lobby"])
        wanted = MeshState.STOPPED if how == "stop" else MeshState.CONNECTED
        for mesh in ("den", "lobby"):
            await busy.fleet.mesh_is(mesh, wanted)
    lines = today.get_by_role("listitem")
    await expect(lines.nth(0)).to_contain_text("are connected again.")
    await expect(lines.nth(1)).to_contain_text("are stopped.")
    await expect(today.get_by_text("the worker was killed by SIGKILL")).to_have_count(1)


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
    why = ann.get_by_label("Why it is silent")
    await expect(why).to_contain_text("An operator has stopped it")
    await expect(why).not_to_contain_text("meshvisor start")
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


async def test_an_operator_reads_along_and_has_the_bot_say_something(
    busy: Consoles, rooms: Playground, ann: Page
) -> None:
    """What a user says is seen as it comes; what the operator says reaches the room, and is kept
    in their name.
    """
    await ann.goto(f"{await busy.url()}/fleet/lobby")
    await ann.get_by_role("button", name="Read along").click()
    chat = ann.get_by_role("log", name="Chat")

    async def heard() -> bool:
        rooms.say("lobby", "is <b>anybody</b> here?")
        return await chat.get_by_text("is <b>anybody</b> here?").count() > 0

    await busy.fleet.until_told(heard, "a message on the page")
    await ann.get_by_label("Say something in lobby").fill("Back in a minute.")
    await ann.get_by_role("button", name="Say", exact=True).click()
    await expect(chat.get_by_text("Back in a minute.")).to_be_visible()
    await expect(chat.get_by_text("Bot, for ann")).to_be_visible()
    await rooms.wait_for_chat("lobby", "Back in a minute.")
    program = await busy.program("audit:view", "fleet:operate")
    entries = (await program.get("/api/v1/audit?limit=5")).json()["entries"]
    assert ("mesh.say", "lobby", "Back in a minute.") in [
        (one["action"], one["subject"], one["detail"]) for one in entries
    ]
    nowhere = await program.post("/api/v1/fleet/meshes/nowhere/say", json={"text": "hello"})
    assert nowhere.status_code == 404


@pytest.mark.long
async def test_lag_and_memory_are_drawn_and_a_moment_leads_to_its_line_of_the_log(
    busy: Consoles, ann: Page
) -> None:
    """Two rounds of figures make a line; the address names the moment."""
    await ann.goto(f"{await busy.url()}/fleet/lobby")
    await expect(ann.get_by_role("img", name="Memory, lately")).to_be_visible()
    program = await busy.program("fleet:view")
    history = (await program.get("/api/v1/fleet/meshes/lobby/history")).json()
    assert history["samples"][-1]["memory_bytes"] > 0
    await ann.get_by_title("Show what was logged then").first.click()
    await expect(ann).to_have_url(re.compile(r"at=\d+"))
    await expect(ann.locator("[data-level][data-marked]")).to_have_count(1)


@pytest.mark.long
async def test_discovery_says_what_is_wanted_and_looks_for_more(
    busy: Consoles, rooms: Playground, ann: Page
) -> None:
    """Where meshes come from and what they wait for; what looking has found is said."""
    await ann.get_by_role("link", name="Fleet", exact=True).click()
    await ann.get_by_role("button", name="Discovery").click()
    await expect(ann.get_by_role("row", name="den")).to_contain_text("Platform")
    await ann.get_by_role("button", name="Look for meshes now").click()
    await expect(ann.get_by_text("2 meshes were found.")).to_be_visible()
    program = await busy.program("fleet:operate")
    await program.post("/api/v1/fleet/stop", json={"mesh_ids": ["den"]})
    await expect(ann.get_by_role("row", name="den")).to_contain_text("somebody who starts it")
    await expect(ann.get_by_role("button", name="Start den")).to_be_visible()
    rooms.add_room("hall")
    await busy.fleet.mesh_is("hall", MeshState.CONNECTED)
    await expect(ann.get_by_text("3 meshes are wanted; one is stopped.")).to_be_visible()


@pytest.mark.long
async def test_a_log_goes_back_as_far_as_its_files(busy: Consoles, ann: Page) -> None:
    """What is no longer in memory is read from the files, in front of what is shown."""
    old = [Record(float(n), "mesh-den", "info", f"an old line, no. {n}") for n in range(1, 1501)]
    log_file(busy.fleet.home.logs, "mesh-den", 1).write_text("".join(map(render, old)))
    await ann.goto(f"{await busy.url()}/fleet/den")
    lines = ann.get_by_role("log")
    await expect(lines).to_contain_text("in the room")
    await ann.get_by_role("button", name="Older lines").click()
    await ann.get_by_role("button", name="Older lines").click()
    await expect(ann.get_by_role("button", name="Older lines")).to_be_hidden()
    await ann.get_by_label("Search the log").fill("no. 1500")
    await expect(lines).to_contain_text("an old line, no. 1500")
    await ann.get_by_label("Search the log").fill("no. 1 ")
    await expect(ann.get_by_text("No line is like that.")).to_be_visible()
    await ann.get_by_label("Search the log").fill("old line, no. 1")
    await ann.get_by_role("button", name="Pause").click()
    await lines.press("Home")
    await expect(lines.get_by_text("an old line, no. 1", exact=True)).to_be_visible()

    await ann.goto(f"{await busy.url()}/logs?find=in+the+room")
    await expect(ann.get_by_label("Search the log")).to_have_value("in the room")
    await expect(lines).to_contain_text("den: The bot is in the room")


async def test_the_palette_opens_what_is_named_and_does_something_with_it(
    busy: Consoles, ann: Page
) -> None:
    """A few words in any order lead to a mesh, and to what can be done with it as it is."""
    words = ann.get_by_role("textbox", name="Search or do")
    await ann.keyboard.press("Control+k")
    await words.fill("den")
    await ann.get_by_text("The mesh den").click()
    await expect(ann.get_by_role("heading", level=1)).to_have_text("den")
    await expect(words).to_be_hidden()

    await ann.keyboard.press("Control+k")
    await words.fill("lobby sto")
    await expect(ann.get_by_role("button", name="Stop lobby")).to_be_visible()
    await ann.keyboard.press("Enter")
    await ann.get_by_role("dialog").get_by_role("button", name="Stop", exact=True).click()
    await busy.fleet.mesh_is("lobby", MeshState.STOPPED)
    await ann.get_by_role("button", name="Undo").click()
    await busy.fleet.mesh_is("lobby", MeshState.CONNECTED)


@pytest.mark.long
async def test_several_meshes_are_stopped_at_once_and_blocks_come_back_by_undo(
    busy: Consoles, ann: Page
) -> None:
    """One box chooses all; the question names them; Undo starts them, and blocks as before."""
    await ann.get_by_role("link", name="Fleet", exact=True).click()
    await ann.get_by_label("Select all that are listed").check()
    bar = ann.get_by_role("group", name="2 meshes selected")
    await bar.get_by_role("button", name="Stop", exact=True).click()
    question = ann.get_by_role("dialog")
    await expect(question).to_contain_text("Stop 2 meshes?")
    await expect(question).to_contain_text("den, lobby")
    await question.get_by_role("button", name="Stop", exact=True).click()
    for mesh in ("den", "lobby"):
        await busy.fleet.mesh_is(mesh, MeshState.STOPPED)
    await ann.get_by_role("button", name="Undo", exact=True).click()
    for mesh in ("den", "lobby"):
        await busy.fleet.mesh_is(mesh, MeshState.CONNECTED)

    program = await busy.program("*:admin")
    body = {"mesh_id": "den", "duration": 3600}
    assert (await program.post("/api/v1/blocklist", json=body)).is_success
    await ann.get_by_role("button", name="Unblock").click()
    await busy.fleet.mesh_is("den", MeshState.CONNECTED)
    await ann.get_by_role("button", name="Undo", exact=True).last.click()
    await busy.fleet.mesh_is("den", MeshState.BLOCKED)
    (again,) = (await program.get("/api/v1/blocklist")).json()["blocked"]
    assert again["blocked_until"] is not None
