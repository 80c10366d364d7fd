"""The pages of the station: what is done in a browser, down to the database."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from meshvisor.shared.paths import Home
from tests.browser import browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import Consoles

pytestmark = pytest.mark.asyncio(loop_scope="module")

AREA = "/api/v1/station"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def opened(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Page, Consoles]]:
    """Return the page of an owner, and a console without meshes."""
    home = Home(tmp_path_factory.mktemp("mv"))
    console = Consoles(home, {"scheduling": {"built_in": False}})
    try:
        await console.start()
        async with browsing() as browser:
            yield await become_owner(console, browser, reduced_motion="reduce"), console
    finally:
        await console.close()


async def _at(page: Page, path: str) -> None:
    origin = await page.evaluate("location.origin")
    await page.goto(f"{origin}{path}")


async def _raise(console: Consoles, *titles: str, **more: Any) -> list[int]:
    program = await console.program("station:operate")
    made = [await program.post(f"{AREA}/alerts", json={"title": one, **more}) for one in titles]
    return [one.json()["id"] for one in made]


async def test_an_alert_is_raised_taken_care_of_noted_and_resolved(
    opened: tuple[Page, Consoles],
) -> None:
    """By its form, its page and a dialog that says that it is final; each step is kept."""
    page, console = opened
    await page.get_by_role("link", name="Alerts").click()
    await page.get_by_role("button", name="New alert").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("What is the matter").fill("The pump does not answer")
    await form.get_by_label("Severity").select_option("emergency")
    await form.get_by_role("button", name="New alert").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("The pump does not answer")
    await page.get_by_role("button", name="Acknowledge").click()
    await expect(page.get_by_text("web:ann takes care of it.")).to_be_visible()
    await page.get_by_label("Note").fill("On my way")
    await page.get_by_role("button", name="Add note").click()
    await expect(page.get_by_role("listitem").get_by_text("On my way")).to_be_visible()
    await page.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What was it?").fill("The fuse")
    await dialog.get_by_role("button", name="Resolve").click()
    await expect(page.get_by_text("Resolved by web:ann.")).to_be_visible()
    program = await console.program("station:view")
    number = page.url.rpartition("/")[2]
    kept = (await program.get(f"{AREA}/alerts/{number}")).json()
    assert (kept["state"], kept["severity"]) == ("resolved", "emergency")
    assert [one["text"] for one in kept["notes"]] == ["On my way", "The fuse"]


async def test_alerts_come_live_the_worst_first_and_several_are_done_at_once(
    opened: tuple[Page, Consoles],
) -> None:
    """What is selected is named before anything is done; the filters are in the address."""
    page, console = opened
    await _at(page, "/alerts?severity=warning")
    await expect(page.get_by_label("Severity")).to_have_value("warning")
    numbers = await _raise(console, "Smoke in the den", "Water in the den", source="sensors")
    await _raise(console, "Fire in the den", severity="critical", source="sensors")
    await _raise(console, "A bulb is dim", severity="info")
    rows = page.get_by_role("table", name="Open").get_by_role("row")
    await expect(rows).to_have_count(4)
    await expect(rows.nth(1)).to_contain_text("Fire in the den")
    await expect(page.get_by_text("A bulb is dim")).to_be_hidden()
    for name in ("Smoke in the den", "Water in the den"):
        await page.get_by_role("checkbox", name=name).check()
    chosen = page.get_by_role("group", name="2 alerts selected")
    await chosen.get_by_role("button", name="Acknowledge").click()
    question = page.get_by_role("dialog")
    await expect(question).to_contain_text("Smoke in the den")
    await expect(question).to_contain_text("Water in the den")
    await question.get_by_role("button", name="Acknowledge").click()
    cared = page.get_by_role("table", name="Acknowledged")
    await expect(cared.get_by_role("row")).to_have_count(3)
    await expect(chosen).to_be_hidden()
    program = await console.program("station:view")
    found = (await program.get(f"{AREA}/alerts?state=acknowledged")).json()["alerts"]
    assert sorted(one["id"] for one in found) == numbers
    await page.get_by_text("More filters").click()
    await page.get_by_label("Source").fill("nobody")
    await expect(page.get_by_text("No alert is like that.")).to_be_visible()
    assert "source=nobody" in page.url


@pytest.mark.long
async def test_groups_are_made_and_users_are_in_them(opened: tuple[Page, Consoles]) -> None:
    """Several at once, taken back by Undo; a user's page says where they were and what they did."""
    page, console = opened
    program = await console.program("station:edit")
    there = {"latitude": 38.7, "longitude": -9.1}
    for user, name in (("ann?realm=irc", "Ann"), ("12345", "Bob")):
        assert (await program.put(f"{AREA}/users/{user}", json={"name": name})).is_success
    assert (await program.post(f"{AREA}/users/ann/position?realm=irc", json=there)).is_success
    await page.get_by_role("link", name="Users").click()
    await expect(page.get_by_text(re.compile(r"^Of \d+ users"))).to_be_visible()
    await page.get_by_role("button", name="New group").click()
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill("rescue")
    await form.get_by_role("button", name="New group").click()
    groups = page.get_by_role("table", name="Groups")
    await expect(groups.get_by_role("row", name="rescue")).to_be_visible()
    for name in ("Ann", "Bob"):
        await page.get_by_role("checkbox", name=name).check()
    chosen = page.get_by_role("group", name="2 users selected")
    await chosen.get_by_role("button", name="Groups").click()
    await page.get_by_role("dialog").get_by_label("rescue").check()
    await page.get_by_role("dialog").get_by_role("button", name="Save").click()
    await expect(groups.get_by_role("row", name="rescue")).to_contain_text("2")

    async def members() -> list[str]:
        found = await program.get(f"{AREA}/users", params={"group": "rescue"})
        return [one["user_id"] for one in found.json()["users"]]

    assert await members() == ["12345", "irc/ann"]
    await page.get_by_role("button", name="Undo").click()
    await expect(groups.get_by_role("row", name="rescue")).to_contain_text("0")
    assert await members() == []
    await page.get_by_role("button", name="Online").click()
    await expect(page.get_by_role("link", name="Bob")).to_be_hidden()
    await page.get_by_role("link", name="Ann").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Ann")
    await expect(page.get_by_text("38.70000, -9.10000")).to_be_visible()
    await expect(page.get_by_role("application")).to_be_visible()
    await expect(page.get_by_text("irc/ann is in other groups.").first).to_be_visible()


async def test_a_zone_is_drawn_with_keys_and_who_is_there_is_in_it(
    opened: tuple[Page, Consoles],
) -> None:
    """The cross sets the middle and the border; the fields have the same; it is changed by them."""
    page, console = opened
    program = await console.program("station:edit")
    await _at(page, "/zones?open=add")
    await page.get_by_label("Name").fill("harbour")
    await page.get_by_role("application").focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("Press where its border is.")).to_be_visible()
    for _ in range(4):
        await page.keyboard.press("Shift+ArrowRight")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Radius (m)")).not_to_have_value("")
    await page.get_by_role("button", name="Middle of the circle").press("ArrowUp")
    for label, value in (("Latitude", "38.7069"), ("Longitude", "-9.1442"), ("Radius", "150")):
        await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Make the zone").click()
    await expect(page.get_by_role("heading", name="harbour")).to_be_visible()
    kept = (await program.get(f"{AREA}/zones/harbour")).json()
    assert kept["circle"] == {"latitude": 38.7069, "longitude": -9.1442, "radius_m": 150}
    place = {"latitude": 38.7069, "longitude": -9.1442}
    assert (await program.put(f"{AREA}/users/777", json={"name": "Zed"})).is_success
    assert (await program.post(f"{AREA}/users/777/position", json=place)).is_success
    inside = page.get_by_role("list", name="Users")
    await expect(inside.get_by_role("link", name="Zed")).to_be_visible()
    await expect(page.locator("[data-user='777']")).to_be_attached()
    await page.get_by_role("button", name="Disable").click()
    await expect(page.get_by_role("row", name="harbour (off)")).to_be_visible()
    assert not (await program.get(f"{AREA}/zones/harbour")).json()["enabled"]


@pytest.mark.long
async def test_a_circle_is_drawn_with_the_mouse_and_a_polygon_with_keys(
    opened: tuple[Page, Consoles],
) -> None:
    """A circle is pressed and dragged; corners that were set are a polygon without finishing it."""
    page, console = opened
    program = await console.program("station:view")
    await _at(page, "/zones?open=add")
    await page.get_by_label("Name").fill("pond")
    board = page.get_by_role("application")
    await board.click(position={"x": 200, "y": 200})
    await board.click(position={"x": 260, "y": 200})
    radius = page.get_by_label("Radius (m)")
    await expect(radius).not_to_have_value("")
    middle = page.get_by_role("button", name="Middle of the circle")
    before = await page.get_by_label("Longitude").input_value()
    await middle.hover()
    await page.mouse.down()
    box = await board.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + 300, box["y"] + 150, steps=4)
    await page.mouse.up()
    await expect(page.get_by_label("Longitude")).not_to_have_value(before)
    await page.get_by_role("button", name="Make the zone").click()
    await expect(page.get_by_role("heading", name="pond")).to_be_visible()
    assert (await program.get(f"{AREA}/zones/pond")).json()["kind"] == "circle"

    await page.get_by_role("button", name="New zone").press("Enter")
    await expect(page.get_by_role("form", name="New zone")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.type("meadow")
    await page.get_by_label("Circle").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_label("Polygon")).to_be_checked()
    await board.focus()
    for key, times in (("Shift+ArrowLeft", 2), ("Shift+ArrowRight", 4), ("Shift+ArrowDown", 3)):
        for _ in range(times):
            await page.keyboard.press(key)
        await page.keyboard.press("Enter")
    await page.keyboard.press("Backspace")
    await page.keyboard.press("Enter")
    await page.get_by_role("button", name="Make the zone").press("Enter")
    await expect(page.get_by_role("heading", name="meadow")).to_be_visible()
    assert len((await program.get(f"{AREA}/zones/meadow")).json()["polygon"]) == 3


@pytest.mark.long
async def test_a_polygon_is_drawn_with_the_mouse_and_two_who_edit_it_choose(
    opened: tuple[Page, Consoles],
) -> None:
    """Corners are pressed, the first one again finishes; whose values hold is asked."""
    page, console = opened
    program = await console.program("station:edit")
    await _at(page, "/zones?open=add")
    await page.get_by_label("Name").fill("field")
    await page.get_by_label("Polygon").check()
    board = page.get_by_role("application")
    for x, y in ((100, 100), (250, 100), (250, 220), (100, 100)):
        await board.click(position={"x": x, "y": y})
    await expect(page.get_by_label("Points")).not_to_have_value("")
    await page.get_by_role("button", name="Make the zone").click()
    await expect(page.get_by_role("heading", name="field")).to_be_visible()
    kept = (await program.get(f"{AREA}/zones/field")).json()
    assert (kept["kind"], len(kept["polygon"])) == ("polygon", 3)

    await page.get_by_role("button", name="Edit").click()
    await page.get_by_label("What it is for").fill("Mine")
    theirs = {"polygon": kept["polygon"], "description": "Theirs"}
    assert (await program.put(f"{AREA}/zones/field", json=theirs)).is_success
    await page.get_by_role("button", name="Save", exact=True).click()
    await page.get_by_role("button", name="Keep mine").click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Mine", exact=True)).to_be_visible()
    assert (await program.get(f"{AREA}/zones/field")).json()["description"] == "Mine"
    await page.get_by_role("button", name="Remove").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_role("row", name="field")).to_be_hidden()
    assert (await program.get(f"{AREA}/zones/field")).status_code == 404
