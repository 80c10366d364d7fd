"""What goes wrong under pages that are open: they say so and go on; what was typed is kept."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Final

import pytest
import pytest_asyncio
from playwright.async_api import Page, Response, Route, expect

from meshvisor.shared.paths import Home
from tests.browser import Browsing, browsing
from tests.console.pages.conftest import become_owner
from tests.console_client import ON, PASSWORD, Consoles

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLUGIN: Final = """
@action("curse", needs_mesh=False, retries=0)
async def curse(job):
    async for item in job.items():
        await item.failed(item.key + " \u202etxt.exe \x1b[31mred")
    raise GiveUp("<img src=x onerror='window.hacked = 1'> \\x1b[31mred " + "long " * 2000)
"""

NASTY: Final = ("<script>window.hacked=1</script>", "w" * 200)

WIDER: Final = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Consoles]:
    """Return a console whose address stays the same, without a mesh."""
    made = Consoles(Home(tmp_path_factory.mktemp("mv")))
    made.fleet.write_plugin("curse", PLUGIN)
    try:
        url = await made.start()
        made.fleet.write_settings({"console": {"port": int(url.rpartition(":")[2])}})
        yield made
    finally:
        await made.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def signed_in(running: Consoles) -> AsyncIterator[tuple[Page, Browsing]]:
    """Return the page of the first operator."""
    async with browsing() as browser:
        yield await become_owner(running, browser), browser


@pytest.fixture
def page(signed_in: tuple[Page, Browsing]) -> Page:
    """Return the page that all tests here look at."""
    return signed_in[0]


async def test_what_others_have_written_is_shown_as_it_is_and_runs_nowhere(
    running: Consoles, page: Page
) -> None:
    """Tags, marks that turn text around, colours of terminals and long words stay text."""
    program = await running.program("*:admin")
    body = {"action": "curse", "mesh_id": "-", "items": list(NASTY)}
    made = await program.post("/api/v1/jobs", json=body)
    assert made.status_code == 201, made.text
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.goto(f"{await running.url()}/jobs/{made.json()['job_id']}")

    await expect(page.get_by_text("<img src=x onerror").first).to_be_visible()
    for text in NASTY:
        await expect(page.get_by_role("cell", name=text, exact=True)).to_be_visible()
    marks = await page.evaluate("/[\\u001b\\u202e]/.test(document.body.innerText)")
    assert not marks, "control characters and marks of direction are written out"
    assert not await page.evaluate("window.hacked")
    assert not await page.evaluate(WIDER)
    await page.set_viewport_size({"width": 1440, "height": 900})


@pytest.mark.long
@pytest.mark.parametrize(
    ("path", "sentence", "others"),
    [
        ("/jobs/99999", "There is no job #99999.", "Jobs"),
        ("/jobs/all", "There is no job #all.", "Jobs"),
        ("/fleet/nowhere", "There is no mesh “nowhere”.", "Fleet"),
        ("/schedules/never", "There is no schedule “never”.", "Schedules"),
        ("/notifications/99999", "There is no notification 99999.", "Notifications"),
        ("/background/nothing", "There is no background command “nothing”.", "Commands"),
        ("/reports/none", "There is no such report.", "Reports"),
    ],
)
async def test_what_is_not_there_is_said_at_once_and_leads_back_to_the_list(
    running: Consoles, page: Page, path: str, sentence: str, others: str
) -> None:
    """One refusal is enough: nothing is asked twice, and messages for programs are not shown."""
    refused: list[str] = []

    def count(response: Response) -> None:
        if "/api/" in response.url and response.status >= 400:
            refused.append(response.url)

    page.on("response", count)
    await page.goto(f"{await running.url()}{path}")
    await expect(page.get_by_role("heading", name=sentence, exact=True, level=1)).to_be_visible()
    page.remove_listener("response", count)
    assert len(refused) == len(set(refused)), refused

    await page.get_by_role("main").get_by_role("link", name=f"To the list: {others}").click()
    await expect(page.get_by_role("heading", name=others, exact=True, level=1)).to_be_visible()


async def test_a_session_that_ends_during_typing_loses_nothing(
    running: Consoles, page: Page
) -> None:
    """The sign-in comes on top of the form; what was typed is saved behind it."""
    await page.goto(f"{await running.url()}/schedules?open=add")
    form = page.get_by_role("dialog")
    await form.get_by_label("Name").fill("tea")
    await form.get_by_label("Cron").fill("30 4 * * *")
    await form.get_by_label("Action").fill("curse")
    # Nothing but the form is to find out that the session has ended.
    looks = re.compile("/api/v1/")
    await page.route(looks, _let_changes_through)
    ann = await running.visitor()
    await ann.sign_in("ann")
    assert (await ann.delete("/api/v1/operators/ann/sessions")).status_code == 200

    await form.get_by_role("button", name="New schedule").click()
    await page.get_by_role("textbox", name="Password").wait_for()
    await page.unroute(looks)
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("heading", name="Please sign in again")).to_be_hidden()
    await expect(form.get_by_label("Cron")).to_have_value("30 4 * * *")
    await expect(form.get_by_role("alert")).to_contain_text("Your session had ended")
    await form.get_by_role("button", name="New schedule").click()

    await expect(page.get_by_role("heading", name="tea", level=1)).to_be_visible()


async def _let_changes_through(route: Route) -> None:
    if route.request.method == "GET":
        await route.abort()
    else:
        await route.continue_()


async def test_pages_that_an_update_has_replaced_say_so_and_keep_what_was_typed(
    running: Consoles, signed_in: tuple[Page, Browsing]
) -> None:
    """A part that is not served any more is no riddle, and a form has its text after the reload."""

    async def newer(route: Route) -> None:
        if route.request.resource_type != "fetch":
            await route.continue_()
            return
        text = await (await route.fetch()).text()
        await route.fulfill(body=text.replace("/assets/index-", "/assets/index-newer-"))

    page, browser = signed_in
    url = await running.url()
    await page.goto(f"{url}/jobs?open=submit")
    await page.get_by_role("dialog").get_by_label("Items").fill("one two three")
    await page.keyboard.press("Escape")
    await page.route(f"{url}/", newer)
    await page.route(re.compile(r"/assets/Settings-.*\.js"), lambda route: route.abort())
    await page.get_by_role("link", name="Settings").click()
    await expect(page.get_by_text("A new version of these pages is here.")).to_be_visible()
    await expect(page.get_by_text("This page could not be loaded.")).to_be_visible()

    browser.complaints.clear()  # what could not be loaded is logged as well
    await page.unroute_all()
    await page.get_by_role("button", name="Load it").first.click()
    await expect(page.get_by_role("heading", name="Settings", level=1)).to_be_visible()
    await page.get_by_role("link", name="Jobs").click()
    await page.get_by_role("button", name="New job").click()
    await expect(page.get_by_role("dialog").get_by_label("Items")).to_have_value("one two three")


async def test_pages_say_that_the_supervisor_is_gone_and_go_on_when_it_is_back(
    running: Consoles, page: Page
) -> None:
    """What is open stays, says since when it is not live, and is so again by itself."""
    program = await running.program("*:admin")
    coffee = {"name": "coffee", "cron": "0 9 * * *", "action": "curse"}
    made = await program.post("/api/v1/schedules", json=coffee)
    assert made.status_code == 201, made.text
    await page.goto(f"{await running.url()}/schedules")
    line = page.get_by_text("The connection to Meshvisor is lost")
    await expect(page.get_by_role("cell", name="coffee", exact=True)).to_be_visible()

    await running.fleet.stop()
    await expect(line).to_be_visible()
    await expect(page.get_by_role("cell", name="coffee", exact=True)).to_be_visible()
    await running.fleet.start(environment=ON)
    await expect(line).to_be_hidden()

    program = await running.program("*:admin")
    assert (await program.delete("/api/v1/schedules/coffee")).status_code == 200
    await expect(page.get_by_role("cell", name="coffee", exact=True)).to_be_hidden()
