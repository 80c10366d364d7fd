"""The page of background commands: seen while one runs, and ended by a button."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from meshvisor.features.background.folder import choose_folder
from meshvisor.features.background.looking import look
from meshvisor.features.background.names import Files
from meshvisor.features.background.starting import start
from meshvisor.shared.paths import Home
from tests.console_client import Consoles


@pytest.fixture
async def console(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Consoles]:
    """Return one that finds its commands in a folder of the test."""
    runtime = tmp_path / "runtime"
    runtime.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    made = Consoles(home)
    try:
        await made.start()
        yield made
    finally:
        await made.close()


async def test_a_command_is_watched_and_cancelled(owner: Page) -> None:
    """The list teaches what is there to come, then shows progress; cancelling ends the process."""
    await owner.get_by_role("link", name="Commands").click()
    await expect(owner.get_by_text("No background commands")).to_be_visible()
    code = "import time; print('hello <b>'); print('@progress 25 Copying'); time.sleep(1000)"
    found = start(Files(choose_folder(None), "nightly"), [sys.executable, "-c", code])
    await owner.reload()
    await expect(owner.get_by_text("One background command runs.")).to_be_visible()
    await owner.get_by_role("cell", name="nightly").click()
    await expect(owner.get_by_role("heading", level=1)).to_have_text("nightly")
    await expect(owner.get_by_text("25 %", exact=False)).to_be_visible()
    await expect(owner.get_by_role("log")).to_contain_text("hello <b>")
    await owner.get_by_role("button", name="Cancel").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    await expect(owner.get_by_text("nightly has ended.")).to_be_visible()
    assert look(found.files) is None
