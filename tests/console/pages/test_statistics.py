"""The page of statistics: figures, charts, and the way down to a mesh and a user."""

from __future__ import annotations

from contextlib import closing

from playwright.async_api import Page, expect

from meshvisor.features.statistics.model.kinds import Kind
from meshvisor.features.statistics.store.database import database_of, open_database
from meshvisor.features.statistics.store.partitions import UsageEvent
from tests.console_client import Consoles
from tests.features.statistics.usage import record, run, some_days


async def test_from_all_to_one_mesh_and_one_user(console: Consoles, owner: Page) -> None:
    """What is shown is what the API says, and each name leads to its own statistics."""
    path = database_of(console.fleet.home)
    with closing(open_database(path)) as db:
        record(db, some_days())
    run(path)
    program = await console.program("statistics:view")
    found = (await program.get("/api/v1/statistics/days")).json()

    await owner.goto(f"{await console.url()}/statistics")
    figure = owner.locator("dl > div").filter(has_text="Messages").locator("dd")
    await expect(figure).to_have_text(f"{found['totals']['messages']:,}")
    await expect(owner.get_by_role("img", name="Hours of the week")).to_be_visible()
    await expect(owner.get_by_role("img", name="Day by day")).to_be_visible()
    for form, ending in (("Table (CSV)", "csv"), ("Picture (PNG)", "png"), ("JSON", "json")):
        await owner.get_by_role("button", name="Export").click()
        async with owner.expect_download() as download:
            await owner.get_by_role("menuitem", name=form).click()
        saved = (await download.value).suggested_filename
        assert saved.startswith("usage-2026-10-03-")
        assert saved.endswith(f".{ending}")

    await owner.get_by_role("link", name="bar", exact=True).click()
    await expect(owner.get_by_role("heading", level=1)).to_have_text("Statistics of bar")
    one = (await program.get("/api/v1/statistics/days?mesh_id=bar")).json()
    await expect(figure).to_have_text(f"{one['totals']['messages']:,}")
    (user,) = (await program.get("/api/v1/statistics/top/users?mesh_id=bar&limit=1")).json()["top"]
    await owner.get_by_role("link", name=user["name"], exact=True).click()
    await expect(figure).to_have_text(f"{user['count']:,}")
    await expect(owner.get_by_role("heading", name="Busiest users")).to_be_hidden()
    await owner.get_by_role("link", name="All meshes and users").click()
    await expect(figure).to_have_text(f"{found['totals']['messages']:,}")


async def test_large_figures_fit(console: Consoles, owner: Page) -> None:
    """Those of a busy year stay within their cards."""
    path = database_of(console.fleet.home)
    hour = some_days()[0].hour
    with closing(open_database(path)) as db:
        record(db, [UsageEvent(hour, "lobby", "ann", kind, "", 8_888_888) for kind in Kind])
    run(path)
    await owner.goto(f"{await console.url()}/statistics")
    cards = owner.locator("dl > div")
    await expect(cards.filter(has_text="Leaves").locator("dd")).to_have_text("8,888,888")
    for card in await cards.all():
        assert await card.evaluate("one => one.scrollWidth <= one.clientWidth")
