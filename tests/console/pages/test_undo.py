"""What was done on the pages is taken back by Undo, and what touches several says so before."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.console_client import Consoles, Visitor


@pytest.mark.long
async def test_admins_commands_roles_and_schedules_are_as_before_after_undo(
    console: Consoles, owner: Page
) -> None:
    """Each is changed by its button and taken back by the one that appears; the API has both."""
    await console.operator("viewer")  # is called o1
    program = await console.program("*:admin")
    added = await program.post("/api/v1/access/admins", json={"user_id": "12345"})
    assert added.is_success, added.text

    await _go(owner, "People")
    await owner.get_by_role("button", name="Remove the admin 12345").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Remove").click()
    await _until(program, "/api/v1/access/admins", lambda got: not got["admins"][0]["is_active"])
    await _undo(owner, "12345 is an admin no more.")
    await _until(program, "/api/v1/access/admins", lambda got: got["admins"][0]["is_active"])
    await expect(owner.get_by_role("cell", name="Admin", exact=True)).to_be_visible()

    await _go(owner, "Operators")
    await owner.get_by_role("button", name="What to do with o1").click()
    await owner.get_by_role("menuitem", name="Admin", exact=True).click()
    await _until(program, "/api/v1/operators", lambda got: _role_of(got, "o1") == "admin")
    await _undo(owner, "o1 is now Admin.")
    await _until(program, "/api/v1/operators", lambda got: _role_of(got, "o1") == "viewer")
    await expect(owner.get_by_role("row", name=re.compile("o1"))).to_contain_text("Viewer")

    health = "/api/v1/schedules/health-check"
    await owner.goto(f"{await console.url()}/schedules/health-check")
    await owner.get_by_role("button", name="Disable").click()
    await owner.get_by_role("button", name="Undo changes").click()
    await owner.get_by_role("dialog").get_by_role("button", name="Undo changes").click()
    await _until(program, health, lambda got: got["enabled"])
    await _undo(owner, "health-check is as it was.")
    await _until(program, health, lambda got: not got["enabled"])
    await expect(owner.get_by_role("button", name="Enable")).to_be_visible()

    await _disable_two(owner, program)


@pytest.mark.long
async def test_several_jobs_are_paused_and_come_back_at_once(
    console: Consoles, owner: Page
) -> None:
    """They are chosen by their boxes; the question names them; one is left as it was."""
    program = await console.program("*:admin")
    held = await program.post("/api/v1/jobs/hold", json={"scope": "lane", "name": "upkeep"})
    assert held.is_success, held.text
    jobs = []
    for _ in range(3):
        made = await program.post("/api/v1/jobs", json={"action": "data-cleanup", "mesh_id": "-"})
        assert made.is_success, made.text
        jobs.append(made.json()["job_id"])
    first, second, third = jobs

    await _go(owner, "Jobs")
    for job in (first, third):
        await owner.get_by_label(f"Select the job #{job} data-cleanup").check()
    bar = owner.get_by_role("group", name="2 jobs selected")
    await bar.get_by_role("button", name="Pause").click()
    question = owner.get_by_role("dialog")
    await expect(question).to_contain_text("Pause 2 jobs?")
    await expect(question).to_contain_text(f"#{third}, #{first}")
    await question.get_by_role("button", name="Pause").click()
    for job, status in ((first, "paused"), (second, "queued"), (third, "paused")):
        await _until(program, f"/api/v1/jobs/{job}", lambda got, is_=status: got["status"] == is_)
    await expect(bar).to_be_hidden()
    await expect(owner.get_by_role("row", name=re.compile("Paused"))).to_have_count(2)
    await _undo(owner)
    for job in jobs:
        await _until(program, f"/api/v1/jobs/{job}", lambda got: got["ready"])
    await expect(owner.get_by_role("row", name=re.compile("Paused"))).to_have_count(0)

    await owner.get_by_label("Select all that are listed").check()
    await owner.get_by_role("button", name="Select none").click()
    await expect(owner.get_by_label(f"Select the job #{first} data-cleanup")).not_to_be_checked()


async def _disable_two(owner: Page, program: Visitor) -> None:
    """Choose them by what is looked for; both are disabled, and come back."""
    await _go(owner, "Schedules")
    await owner.get_by_label("Name or action").fill("report")
    await owner.get_by_label("Select the schedule weekly-report").check()
    await owner.get_by_label("Name or action").fill("")
    await owner.get_by_label("Select the schedule monthly-analytics").check()
    bar = owner.get_by_role("group", name="2 schedules selected")
    await bar.get_by_role("button", name="Disable").click()
    question = owner.get_by_role("dialog")
    await expect(question).to_contain_text("Disable 2 schedules?")
    await expect(question).to_contain_text("weekly-report")
    await question.get_by_role("button", name="Disable").click()
    weekly = "/api/v1/schedules/weekly-report"
    await _until(program, weekly, lambda got: not got["enabled"])
    await _undo(owner, "weekly-report does not fire any more.")
    await _until(program, weekly, lambda got: got["enabled"])


async def _go(page: Page, place: str) -> None:
    await page.get_by_role("link", name=place, exact=True).click()
    await page.get_by_role("heading", level=1, name=place).wait_for()


async def _undo(page: Page, said: str | None = None) -> None:
    """Press the newest Undo, which stands beside what was done."""
    word = page.get_by_role("alert")
    if said is not None:
        word = word.filter(has_text=said)
    await word.get_by_role("button", name="Undo", exact=True).last.click()


def _role_of(answer: Any, name: str) -> str:
    role: str = next(one["role"] for one in answer["operators"] if one["name"] == name)
    return role


async def _until(program: Visitor, path: str, holds: Any) -> None:
    while not holds((await program.get(path)).json()):
        await asyncio.sleep(0.05)
