"""The sentences about a plug-in that is skipped, for `status`, `config reload` and `doctor`."""

from __future__ import annotations

from typing import Any

from meshvisor.supervisor.cli.terminal import clean


def problem(plugin: dict[str, Any]) -> str:
    """Return what is the matter with it, and where."""
    runs = "is not taken over" if plugin["earlier_version_runs"] else "is skipped"
    return f"{clean(plugin['name'])} {runs}: {clean(plugin['error'])}{_place(plugin)}"


def consequence(plugin: dict[str, Any]) -> str:
    """Return what runs instead; empty: nothing does."""
    return "what was loaded before runs on" if plugin["earlier_version_runs"] else ""


def skipped_sentence(plugin: dict[str, Any]) -> str:
    """Return the problem and its consequence, without a next step."""
    parts = filter(None, (problem(plugin), consequence(plugin)))
    return "; ".join(parts) + "."


# Private


def _place(plugin: dict[str, Any]) -> str:
    if not plugin["file"]:
        return ""
    line = "" if plugin["line"] is None else f", line {plugin['line']}"
    return f" ({clean(plugin['file'])}{line})"
