"""What groups and zones have in common: names, revisions, and users who are in them."""

from __future__ import annotations

from typing import Any

from meshvisor.supervisor.cli.command import Invocation
from meshvisor.supervisor.cli.human import moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.terminal import clean


def all_by_name(invocation: Invocation, kind: str, at_a_time: int) -> dict[str, Any]:
    """Return everything of a kind (`groups`, `zones`) by name, asked for page by page."""
    found: list[dict[str, Any]] = []
    is_more = True
    while is_more:
        after = found[-1]["name"] if found else ""
        page = ask(invocation, f"{kind}_list", after=after, limit=at_a_time, parts=True)
        found += page[kind]
        is_more = page["more"]
    return {kind: found, "more": False}


def last_change(one: dict[str, Any]) -> str:
    """Return when and by whom one was changed."""
    by = clean(one["updated_by"])
    return f"changed {moment(one['updated_at'])} by {by} (revision {one['revision']})"


def removal(what: str, count: str, result: dict[str, Any]) -> str:
    """Return that one is removed, and how many users it had, which a field of the result says."""
    users = number(result[count], "user")
    return f"The {what} {clean(result['name'])} is removed; {users} had been in it."
