"""The page of operators: letting people and programs in."""

from __future__ import annotations

from playwright.async_api import Page, expect

from tests.browser import Browsing
from tests.console_client import PASSWORD, Consoles


async def test_a_token_that_is_made_on_the_page_opens_the_api_until_it_is_revoked(
    console: Consoles, owner: Page
) -> None:
    """What the page shows once is a token with the scopes that were asked for."""
    await owner.get_by_role("link", name="Operators").click()
    await owner.get_by_role("button", name="Make a token").click()
    dialog = owner.get_by_role("dialog")
    await dialog.get_by_label("What is it for?").fill("grafana")
    await dialog.get_by_role("button", name="Make a token").click()
    token = await dialog.get_by_role("code").text_content()
    program = await console.visitor(headers={"Authorization": f"Bearer {token}"})
    assert (await program.get("/api/v1/tokens")).json()["tokens"][0]["scopes"] == ["*:view"]

    await owner.keyboard.press("Escape")
    await owner.get_by_role("button", name="Revoke the token grafana").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Revoke").click()

    await expect(owner.get_by_text("No program has a token.")).to_be_visible()
    assert (await program.get("/api/v1/tokens")).status_code == 401


async def test_an_invited_operator_sees_what_their_role_allows(
    console: Consoles, owner: Page, browser: Browsing
) -> None:
    """A link made on the page makes an operator whose page offers no way to let others in."""
    await owner.get_by_role("link", name="Operators").click()
    await owner.get_by_role("button", name="Invite a person").click()
    dialog = owner.get_by_role("dialog")
    await dialog.get_by_label("Role").select_option("viewer")
    await dialog.get_by_role("button", name="Make the link").click()
    link = await dialog.get_by_role("code").text_content()

    ben = await browser.person(link or "")
    await ben.get_by_label("What do you want to be called?").fill("ben")
    await ben.get_by_role("textbox", name="Choose a password").fill(PASSWORD)
    await ben.get_by_role("button", name="Enter").click()
    await ben.get_by_role("link", name="Operators").click()

    await expect(ben.get_by_role("cell", name="Viewer")).to_be_visible()
    await expect(ben.get_by_role("button", name="Invite a person")).to_be_hidden()
    await owner.keyboard.press("Escape")
    # As the name of the operator, and as whose session it is.
    await expect(owner.get_by_role("cell", name="ben", exact=True).first).to_be_visible()


async def test_an_operator_signs_in_by_a_passkey_until_it_is_removed(
    console: Consoles, owner: Page, browser: Browsing
) -> None:
    """The browser makes it for the name of the console; a copy that signs anew what was signed
    before gets nowhere, and none does when it is removed.
    """
    url = (await console.url()).replace("127.0.0.1", "localhost")
    page = await browser.person(url)
    devices = await page.context.new_cdp_session(page)
    await devices.send("WebAuthn.enable")
    device = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    await devices.send("WebAuthn.addVirtualAuthenticator", {"options": device})
    await page.get_by_label("Name").fill("ann")
    await page.get_by_role("textbox", name="Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await page.get_by_role("link", name="Operators").click()
    await page.get_by_role("button", name="Add a passkey").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("What is it on?").fill("phone")
    await dialog.get_by_role("textbox", name="Password").fill("four wrong green boats")
    await dialog.get_by_role("button", name="Make the passkey").click()
    await expect(dialog.get_by_role("alert")).to_contain_text("the password is wrong")
    await expect(page.get_by_role("heading", name="Please sign in again")).to_be_hidden()
    await dialog.get_by_role("textbox", name="Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Make the passkey").click()
    await expect(page.get_by_role("cell", name="phone", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Signed in as ann").click()
    await page.get_by_role("menuitem", name="Sign out").click()

    async with page.expect_request("**/api/v1/passkeys/sign-in") as sent:
        await page.get_by_role("button", name="Sign in by passkey").click()
    await expect(page.get_by_role("navigation")).to_be_visible()
    copy = await console.visitor()
    body = (await sent.value).post_data_json
    again = await copy.post(f"{url}/api/v1/passkeys/sign-in", json=body)
    assert again.status_code == 401, again.text

    await page.get_by_role("link", name="Operators").click()
    await page.get_by_role("button", name="Remove the passkey phone").click()
    await page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await expect(page.get_by_text("You have no passkey.")).to_be_visible()
    assert not (await copy.get(f"{url}/api/v1/session")).json()["has_passkeys"]
    audit = (await console.fleet.ask("audit"))["entries"]
    noted = [(entry["action"], entry["detail"]) for entry in audit if entry["actor"] == "web:ann"]
    assert ("operators.passkey_add", "phone, for localhost") in noted
    assert any(action == "operators.sign_in" and "by passkey" in why for action, why in noted)
    assert any(action == "operators.passkey_remove" for action, _ in noted)


async def test_an_operator_changes_their_password(console: Consoles, owner: Page) -> None:
    """The wrong present one is refused in a sentence; afterwards only the new one signs in."""
    other = await console.visitor()
    assert (await other.sign_in("ann")).status_code == 200
    await owner.get_by_role("link", name="Operators").click()
    await owner.get_by_role("button", name="Change the password").click()
    form = owner.get_by_role("dialog")
    await form.get_by_role("textbox", name="Present password").fill("four wrong green boats")
    await form.get_by_role("textbox", name="New password").fill("five new red boats")
    await form.get_by_role("button", name="Change the password").click()
    await expect(form.get_by_role("alert")).to_be_visible()
    await form.get_by_role("textbox", name="Present password").fill(PASSWORD)
    await form.get_by_role("button", name="Change the password").click()
    await expect(owner.get_by_text("Your password is changed")).to_be_visible()
    assert (await other.get("/api/v1/operators/me/sessions")).status_code == 401
    again = await console.visitor()
    assert (await again.sign_in("ann")).status_code == 401
    assert (await again.sign_in("ann", "five new red boats")).status_code == 200
