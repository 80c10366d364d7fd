"""A report as one HTML page that needs nothing from outside: no script, no font, no picture.

Owns the order and the words.  Made of the document alone (`worker.document`), so that a report can
be shown again without anything but its record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.reports.page.charts import Column, columns, curve

STYLE: Final = Path(__file__).with_name("style.css")

SHOWN: Final = 5
"""Places of a ranking that are shown; the record has more."""

FEW: Final = 20
"""Below it changes are told as numbers: a percentage of one is no news."""

NOT_RECORDED: Final = "not recorded"

GOOD: Final = 99.5
"""Percent of uptime from which on it is as it should be."""
FAIR: Final = 95.0
"""Percent below which it is not."""

Document = Mapping[str, Any]


def page(document: Document) -> str:
    """Return the page of a report."""
    body = [
        _header(document),
        _figures(document),
        _uptime(document),
        _commands(document),
        _jobs(document),
        _users(document),
        _growth(document),
        _notes(document),
    ]
    title = f"{_kind(document)}, {document['title']}"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{STYLE.read_text()}</style>\n</head>\n"
        f"<body>\n<main>\n{''.join(body)}\n</main>\n</body>\n</html>\n"
    )


# ---- Parts ---------------------------------------------------------------------------------------


def _header(document: Document) -> str:
    first, last = (date.fromisoformat(document[name]) for name in ("from", "to"))
    made = datetime.fromtimestamp(document["made_at"] / 1000, UTC)
    made = made.astimezone(ZoneInfo(document["timezone"]))
    return (
        f'<header><p class="brand">Meshvisor · {_kind(document)}</p>'
        f"<h1>{escape(document['title'])}</h1>"
        f'<p class="about">{_day(first)} to {_day(last)}, {escape(document["timezone"])} · '
        f"made {made:%Y-%m-%d %H:%M}</p>"
        f'<p class="lead">{_lead(document)}</p></header>'
    )


def _lead(document: Document) -> str:
    uptime, jobs = document["uptime"], document["jobs"]
    if uptime["percent"] is None:
        first = "No mesh was seen in this time."
    else:
        first = (
            f"Bots were in their rooms for <b>{uptime['percent']:.2f} %</b> of the time, in "
            f"{_count(uptime['meshes'], 'mesh', 'meshes')}."
        )
    if jobs["completed"] is None:
        return first
    ended = jobs["completed"] + jobs["failed"]
    second = f" {_count(ended, 'job has', 'jobs have')} run"
    if jobs["failed"]:
        second += f', of which <b class="bad">{jobs["failed"]:,} failed</b>'
    return f"{first}{second}."


def _figures(document: Document) -> str:
    uptime, jobs, users = document["uptime"], document["jobs"], document["users"]
    percent = None if uptime["percent"] is None else f"{uptime['percent']:.2f}<small> %</small>"
    cards = [
        _card("Uptime", percent, _points(uptime["percent"], uptime["previous"])),
        _card("Commands", _plain(document["commands"]["total"]), _change(document["commands"])),
        _card(
            "Jobs done",
            _plain(jobs["completed"]),
            _change({"total": jobs["completed"], "previous": jobs["previous"]["completed"]}),
        ),
        _card("Restarts", _plain(document["restarts"]["total"]), _change(document["restarts"], -1)),
        _card(
            "Active users",
            None if users is None else _plain(users["active"]),
            ""
            if users is None
            else _change({"total": users["active"], "previous": users["previous"]}),
        ),
    ]
    return f'<dl class="kpis">{"".join(cards)}</dl>'


def _uptime(document: Document) -> str:
    found = document["uptime"]
    points = [
        Column(
            _short(one["day"]), (one["value"],), f"{_short(one['day'])}: {_percent(one['value'])}"
        )
        for one in found["by_day"]
    ]
    values = [one["value"] for one in found["by_day"] if one["value"] is not None]
    low = _floor(min(values, default=0))
    chart = curve(points, low, 100, "%", "Uptime by day")
    rows = [
        (
            f'<td class="name">{escape(one["mesh_id"])}</td>'
            f'<td class="n {_grade(one["percent"])}">{_percent(one["percent"])}</td>'
            f'<td class="n">{one["restarts"]:,}</td><td class="n wide">{one["disconnects"]:,}</td>'
            f'<td class="n wide">{_span(one["wanted_seconds"] - one["connected_seconds"])}</td>'
            f'<td class="n wide">{_span(one["connected_seconds"])}</td>'
        )
        for one in found["by_mesh"]
    ]
    heads = (
        '<th>Mesh</th><th class="n">Uptime</th><th class="n">Restarts</th>'
        '<th class="n wide">Connections lost</th><th class="n wide">Time away</th>'
        '<th class="n wide">Time connected</th>'
    )
    table = _table(heads, rows)
    more = found["meshes"] - len(found["by_mesh"])
    note = f'<p class="change">{more:,} more meshes had more uptime than these.</p>' if more else ""
    text = "Of the time in which a mesh was meant to be connected"
    return _section("Uptime", text, chart + _gaps(points) + f"<h3>By mesh</h3>{table}{note}")


def _commands(document: Document) -> str:
    found = document["commands"]
    lists = _ranking("Most used", found["top"], "name")
    lists += _ranking("In which meshes", document["top_meshes"], "mesh_id")
    inside = _bars(found["by_day"], "Commands by day")
    if lists:
        inside += f'<div class="two lists">{lists}</div>'
    return _section("Commands", _total(found["total"], "use"), inside)


def _ranking(title: str, rows: Sequence[Mapping[str, Any]], name: str) -> str:
    if not rows:
        return ""
    most = max(row["count"] for row in rows)
    items = "".join(
        f"<li><span>{escape(row[name])}</span>{row['count']:,}"
        f"{_meter(100 * row['count'] / most)}</li>"
        for row in rows[:SHOWN]
    )
    return f'<div><h3>{title}</h3><ul class="top">{items}</ul></div>'


def _jobs(document: Document) -> str:
    found = document["jobs"]
    outcomes = ("completed", "failed", "cancelled")
    points = [
        Column(
            _short(one["day"]),
            tuple(one[name] for name in outcomes),
            f"{_short(one['day'])}: "
            + ", ".join(f"{one[name]} {name}" for name in outcomes if one[name] is not None),
        )
        for one in found["by_day"]
    ]
    legend = "".join(f'<li><i class="{name}"></i>{name}</li>' for name in outcomes)
    chart = columns(points, outcomes, "Jobs by day and outcome")
    rows = [
        (
            f'<td class="name">{escape(one["action"])}</td><td class="n">{one["completed"]:,}</td>'
            f'<td class="n{" bad" if one["failed"] else ""}">{one["failed"]:,}</td>'
            f'<td class="n wide">{one["cancelled"]:,}</td>'
            f'<td class="n">{_seconds(one["mean_seconds"])}</td>'
            f'<td class="n wide">{one["items_done"]:,}</td>'
        )
        for one in found["by_action"]
    ]
    heads = (
        '<th>Action</th><th class="n">Done</th><th class="n">Failed</th>'
        '<th class="n wide">Cancelled</th><th class="n">Mean time</th><th class="n wide">Items</th>'
    )
    ended = None if found["completed"] is None else found["completed"] + found["failed"]
    rate = f", {100 * found['completed'] / ended:.1f} % of them done" if ended else ""
    inside = f'{chart}<ul class="legend">{legend}</ul><h3>By action</h3>{_table(heads, rows)}'
    return _section("Jobs", _total(ended, "job", rate), inside)


def _users(document: Document) -> str:
    users, messages = document["users"], document["messages"]
    if users is None or messages is None:
        inside = (
            '<p class="empty">Messages and users are not recorded. '
            "<code>reports.count_rooms = true</code> counts them from then on.</p>"
        )
        return _section("Users and messages", NOT_RECORDED, inside)
    people = _section(
        "Users",
        f"{_total(users['active'], 'active user')}, {_plain(users['new']) or NOT_RECORDED} new",
        _bars(users["by_day"], "Users by day"),
    )
    said = _section(
        "Messages",
        _total(messages["total"], "message"),
        _bars(messages["by_day"], "Messages by day"),
    )
    return f'<div class="two">{people}{said}</div>'


def _growth(document: Document) -> str:
    months = document["growth"]
    if not months:
        return ""
    charts = []
    for name, title in (("commands", "Commands"), ("jobs", "Jobs done"), ("users", "Active users")):
        if all(month[name] is None for month in months):
            continue
        points = [
            Column(_month(m["month"]), (m[name],), f"{_month(m['month'])}: {_plain(m[name])}")
            for m in months
        ]
        charts.append(f"<div><h3>{title}</h3>{columns(points, ('',), f'{title} by month')}</div>")
    text = f"{len(months)} months are recorded" if len(months) > 1 else "The first month on record"
    return _section("Growth", text, f'<div class="two">{"".join(charts)}</div>')


def _notes(document: Document) -> str:
    notes = "".join(f"<li>{escape(_sentence(note))}</li>" for note in document["not_recorded"])
    part = (
        f'<section><h2>Not recorded</h2><ul class="notes">{notes}</ul></section>' if notes else ""
    )
    return (
        f"{part}<footer>All figures are counted from the event log; nothing is estimated. "
        f"Record <code>{escape(document['key'])}</code></footer>"
    )


# ---- Words and small parts -----------------------------------------------------------------------


def _kind(document: Document) -> str:
    return "Weekly report" if document["kind"] == "weekly" else "Monthly analytics"


def _section(title: str, text: str, inside: str) -> str:
    return f'<section><div class="head"><h2>{title}</h2><p>{text}</p></div>{inside}</section>'


def _card(name: str, value: str | None, change: str) -> str:
    shown = f'<dd class="none">{NOT_RECORDED}</dd>' if value is None else f"<dd>{value}</dd>"
    return f"<div><dt>{name}</dt>{shown}{change}</div>"


def _change(figure: Mapping[str, Any], better: int = 1) -> str:
    total, previous = figure["total"], figure["previous"]
    if total is None or previous is None:
        return '<p class="change">nothing to compare with</p>' if total is not None else ""
    if total == previous:
        return '<p class="change">as before</p>'
    difference = abs(total - previous)
    amount = f"{difference:,}" if previous < FEW else f"{difference / previous:.0%}"
    if amount == "0%":
        return f'<p class="change">much as before ({previous:,})</p>'
    more = total > previous
    css = "good" if more == (better > 0) else "bad"
    word = "more" if more else "less"
    return f'<p class="change"><b class="{css}">{amount} {word}</b> than {previous:,}</p>'


def _points(percent: float | None, previous: float | None) -> str:
    if percent is None:
        return ""
    if previous is None:
        return '<p class="change">nothing to compare with</p>'
    css = "good" if percent >= previous else "bad"
    return (
        f'<p class="change"><b class="{css}">{percent - previous:+.2f}</b> to {previous:.2f} %</p>'
    )


def _bars(days: Iterable[Mapping[str, Any]], title: str) -> str:
    points = [
        Column(_short(one["day"]), (one["value"],), f"{_short(one['day'])}: {_plain(one['value'])}")
        for one in days
    ]
    return columns(points, ("",), title) + _gaps(points)


def _gaps(points: Sequence[Column]) -> str:
    if all(point.values[0] is not None for point in points):
        return ""
    return f'<ul class="legend"><li><i class="gap"></i>{NOT_RECORDED}</li></ul>'


def _table(heads: str, rows: Sequence[str]) -> str:
    if not rows:
        return '<p class="empty">There is nothing to list.</p>'
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<div class="table"><table>{head}<tbody>{body}</tbody></table></div>'


def _meter(percent: float, css: str = "") -> str:
    width = min(100.0, max(0.0, percent))
    return f'<span class="meter {css}"><i style="width:{width:.1f}%"></i></span>'


def _grade(percent: float | None) -> str:
    if percent is None:
        return ""
    return "good" if percent >= GOOD else "warn" if percent >= FAIR else "bad"


def _floor(value: float) -> float:
    """Return where the axis of uptime begins, so that small losses can be seen."""
    return next((low for low in (99.0, 95.0, 90.0, 75.0, 50.0) if value >= low), 0.0)


def _percent(value: float | None) -> str:
    return NOT_RECORDED if value is None else f"{value:.2f} %"


def _plain(value: float | None) -> str | None:
    return None if value is None else f"{value:,.0f}"


def _total(value: int | None, one: str, rest: str = "") -> str:
    return NOT_RECORDED if value is None else f"{_count(value, one, f'{one}s')}{rest}"


def _count(value: int, one: str, many: str) -> str:
    return f"{value:,} {one if value == 1 else many}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{value:.1f} s" if value < 120 else f"{value / 60:.1f} min"


def _span(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{seconds / 3600:,.1f} h"


def _day(day: date) -> str:
    return f"{day:%a} {day.day} {day:%b} {day.year}"


def _short(text: str) -> str:
    day = date.fromisoformat(text)
    return f"{day.day} {day:%b}"


def _month(text: str) -> str:
    return f"{date.fromisoformat(f'{text}-01'):%b %Y}"


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
