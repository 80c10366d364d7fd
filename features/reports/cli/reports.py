"""`meshvisor reports list|show|open`: reports of weeks and months, as text, JSON and pages.

Works with and without a running supervisor: a page is made of the record.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.supervisor.cli.command import Command, Group, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import clean, columns, has_colours

PREFIXES: Final = ("monthly_analytics_", "weekly_report_")

LATEST: Final = "latest"

_COLUMNS: Final = (Column("REPORT", may_cut=True), Column("MADE"))


@click.group(
    cls=Group,
    examples=("reports list", "reports open latest", "reports show weekly_report_2026-03-01"),
)
def reports() -> None:
    """What a week or a month was like, from the event log."""


@reports.command("list", cls=Command, examples=("reports list",))
@pass_invocation
def list_(invocation: Invocation) -> None:
    """List the reports, the newest first."""
    invocation.show({"reports": _all(invocation)}, _list_view)


@reports.command(
    cls=Command,
    examples=(
        "reports show latest",
        "reports show monthly_analytics_2026_02 --json",
        "reports show weekly_report_2026-03-01 --html report.html",
    ),
)
@click.argument("key", metavar="REPORT")
@click.option("--html", "path", metavar="FILE", help="Write its page there; - is stdout.")
@pass_invocation
def show(invocation: Invocation, *, key: str, path: str | None) -> None:
    """Show a report: its key, or 'latest'."""
    document = _document(invocation, key)
    if path is None:
        invocation.show(document, _show_view)
        return
    text = _page(document)
    if path == "-":
        click.echo(text)
        return
    _write(Path(path), text)
    click.echo(f"The page of {clean(document['key'])} is {clean(path)}.")


@reports.command("open", cls=Command, examples=("reports open latest",))
@click.argument("key", metavar="REPORT", default=LATEST)
@pass_invocation
def open_(invocation: Invocation, *, key: str) -> None:
    """Open the page of a report in a browser."""
    import webbrowser

    document = _document(invocation, key)
    path = invocation.home.var / "reports" / f"{document['key']}.html"
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _write(path, _page(document))
    click.echo(str(path))
    if not webbrowser.open(path.as_uri()):
        raise MeshvisorError("There is no browser here; open that file where there is one.")


# Private


def _all(invocation: Invocation) -> list[dict[str, Any]]:
    found = [
        record
        for prefix in PREFIXES
        for record in ask(invocation, "records_list", prefix=prefix, limit=1000)["records"]
    ]
    found.sort(key=lambda record: (record["updated_at"], record["key"]), reverse=True)
    return [{"key": record["key"], "made_at": record["updated_at"]} for record in found]


def _document(invocation: Invocation, key: str) -> dict[str, Any]:
    if key == LATEST:
        found = _all(invocation)
        if not found:
            raise MeshvisorError(
                "There is no report yet; meshvisor schedules start weekly-report makes one."
            )
        key = found[0]["key"]
    if not key.startswith(PREFIXES):
        raise MeshvisorError(
            f"{clean(key[:40])!r} is no report; meshvisor reports list shows those there are."
        )
    document: dict[str, Any] = ask(invocation, "records_show", key=key)["document"]
    return document


def _page(document: dict[str, Any]) -> str:
    from meshvisor.features.reports.page.page import page

    return page(document)


def _write(path: Path, text: str) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(text)
    except OSError as error:
        raise MeshvisorError(
            f"{clean(str(path))} cannot be written ({error.strerror}); name another file."
        ) from None


def _list_view(result: dict[str, Any]) -> str:
    if not result["reports"]:
        return "There is no report yet; meshvisor schedules start weekly-report makes one."
    rows = [[one["key"], moment(one["made_at"])] for one in result["reports"]]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))


def _show_view(document: dict[str, Any]) -> str:
    uptime, jobs = document["uptime"], document["jobs"]
    lines = [clean(document["summary"]), ""]
    lines += _few(
        "Least uptime", uptime["by_mesh"], "mesh_id", lambda one: _percent(one["percent"])
    )
    lines += _few("Most used commands", document["commands"]["top"], "name", _count)
    lines += _few("Most used meshes", document["top_meshes"], "mesh_id", _count)
    lines += _few(
        "Jobs",
        jobs["by_action"],
        "action",
        lambda one: f"{one['completed']:,} done, {one['failed']:,} failed",
    )
    lines += [f"Not recorded: {clean(note)}." for note in document["not_recorded"]]
    return "\n".join(lines).rstrip()


def _few(title: str, rows: list[dict[str, Any]], name: str, value: Any) -> list[str]:
    if not rows:
        return []
    shown = rows[:5]
    width = max(len(one[name]) for one in shown)
    return [f"{title}:", *(f"  {clean(one[name]):<{width}}  {value(one)}" for one in shown), ""]


def _count(one: dict[str, Any]) -> str:
    return f"{one['count']:,}"


def _percent(value: float | None) -> str:
    return "not recorded" if value is None else f"{value:.2f} %"
