"""The page on which requests of the HTTP API are tried."""

from __future__ import annotations

import json

from playwright.async_api import Page, expect

from tests.console_client import Consoles


async def test_a_request_is_tried_in_ones_own_name(console: Consoles, owner: Page) -> None:
    """What it reads is shown, what it changes is asked about and done, and a refusal is a sentence;
    the same can be copied for a terminal.
    """
    await owner.get_by_role("link", name="HTTP API").click()
    await owner.get_by_label("Find").fill("/api/v1/tokens")
    make = owner.get_by_role("group").filter(has_text="Make a token")
    await make.get_by_text("Make a token").click()
    body = make.get_by_label("Body (JSON)")
    example = json.loads(await body.input_value())
    assert example == {"name": "ci", "scopes": ["jobs:operate", "fleet:view"], "expires_at": None}
    await make.get_by_text("What its fields mean").click()
    await expect(make.get_by_role("definition").last).to_have_text("null: never.")
    await body.fill('{"name": "tried", "scopes": ["jobs:view"]}')
    await make.get_by_role("button", name="Send").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(make.get_by_role("status")).to_contain_text("201 after")
    await expect(make.get_by_label("The request for a terminal")).to_contain_text("$TOKEN")

    await make.get_by_role("button", name="Send").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Send").click()
    await expect(make.get_by_role("status")).to_contain_text("There is a token 'tried' already")

    listing = owner.get_by_role("group").filter(has_text="List the tokens")
    await listing.get_by_text("List the tokens").click()
    await listing.get_by_role("button", name="Send").click()
    await expect(listing.get_by_label("The answer")).to_contain_text('"created_by": "web:ann"')
    tokens = (await console.fleet.ask("token_list"))["tokens"]
    assert [one["name"] for one in tokens] == ["tried"]
