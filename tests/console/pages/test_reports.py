"""The pages of reports: one is made by a click and read in place."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.console_client import Consoles


async def test_a_report_is_made_and_read_in_place(console: Consoles, owner: Page) -> None:
    """It appears when its job is done; its page is shown with its styles and may do nothing."""
    await owner.get_by_role("link", name="Schedules").click()
    await owner.get_by_role("button", name="Reports").click()
    await expect(owner.get_by_text("There is no report yet.")).to_be_visible()
    await owner.get_by_role("button", name="Report about last week").click()
    await owner.get_by_role("row", name="Weekly").get_by_role("link").click()
    report = owner.frame_locator("iframe")
    # Its own heading first: that of the console may still be the one of the list.
    heading = await report.get_by_role("heading", level=1).text_content()
    assert heading
    await expect(owner.get_by_role("heading", level=1)).to_have_text(heading)
    await expect(report.locator("h1")).to_have_css("font-weight", "700")

    program = await console.program("reports:view")
    reports = (await program.get("/api/v1/reports")).json()["reports"]
    assert [(one["kind"], one["title"]) for one in reports] == [("weekly", heading)]
    answer = await program.get(f"/api/v1/reports/{reports[0]['key']}/page")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert policy.endswith("sandbox")
    assert (await program.get("/api/v1/reports/settings/page")).status_code == 422
