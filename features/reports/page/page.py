"""A report as one HTML page that needs nothing from outside: no script, no font, no picture.

Owns the order and the words; `language` has them in others.  Made of the document alone
(`worker.document`), so that a report can be shown again without anything but its record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from html import escape
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from meshvisor.features.reports.page.charts import Column, columns, curve
from meshvisor.features.reports.page.language import (
    ENGLISH,
    counted,
    long_day,
    month_of,
    number,
    present,
    say,
    short_day,
    speaking,
)

STYLE: Final = Path(__file__).with_name("style.css")

SHOWN: Final = 5
"""Places of a ranking that are shown; the record has more."""

FEW: Final = 20
"""Below it changes are given as numbers: a percentage of one is no news."""

NOT_RECORDED: Final = "not recorded"

SINCE: Final = ("nothing is recorded before ", "of meshes and jobs nothing is recorded before ")
"""How notes of the report begin that name a day."""

GOOD: Final = 99.5
"""Percent of uptime from which on it is good."""
FAIR: Final = 95.0
"""Percent of uptime below which it is bad."""

Document = Mapping[str, Any]


def page(document: Document, language: str = ENGLISH) -> str:
    """Return the page of a report.

    Args:
        document: the report.
        language: its code, such as `de`; of an unknown one, English is said.
    """
    with speaking(language):
        return _page(document)


def _page(document: Document) -> str:
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
    title = f"{_kind(document)}, {_title(document)}"
    return (
        '<!doctype html>\n<html lang="'
        f'{present()}">\n<head>\n<meta charset="utf-8">\n'
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
        f"<h1>{escape(_title(document))}</h1>"
        f'<p class="about">{say("{first} to {last}", first=long_day(first), last=long_day(last))}, '
        f"{escape(document['timezone'])} · {say('made {when}', when=f'{made:%Y-%m-%d %H:%M}')}</p>"
        f'<p class="lead">{_lead(document)}</p></header>'
    )


def _lead(document: Document) -> str:
    sentences = [_lead_of_fleet(document)]
    messages = document["messages"]
    if messages is not None and messages["total"] is not None:
        written = counted(
            messages["total"], "{count} message was written.", "{count} messages were written."
        )
        sentences.append(written)
    return " ".join(sentences)


def _lead_of_fleet(document: Document) -> str:
    uptime, jobs = document["uptime"], document["jobs"]
    if document["commands"]["total"] is None:
        return say("Of meshes and jobs nothing is recorded.")
    if uptime["percent"] is None:
        first = say("No mesh was seen in this time.")
    else:
        first = say(
            "Bots were in their rooms for <b>{percent} %</b> of the time, in {meshes}.",
            percent=number(uptime["percent"], 2),
            meshes=counted(uptime["meshes"], "{count} mesh", "{count} meshes"),
        )
    if jobs["completed"] is None:
        return first
    ended = jobs["completed"] + jobs["failed"]
    second = counted(ended, "{count} job has run", "{count} jobs have run")
    if jobs["failed"]:
        failed = number(jobs["failed"])
        second += ", " + say('of which <b class="bad">{count} failed</b>', count=failed)
    return f"{first} {second}."


def _figures(document: Document) -> str:
    uptime, jobs, users = document["uptime"], document["jobs"], document["users"]
    percent = (
        None if uptime["percent"] is None else f"{number(uptime['percent'], 2)}<small> %</small>"
    )
    cards = [
        _card(say("Uptime"), percent, _points(uptime["percent"], uptime["previous"])),
        _card(
            say("Commands"), _plain(document["commands"]["total"]), _change(document["commands"])
        ),
        _card(
            say("Jobs done"),
            _plain(jobs["completed"]),
            _change({"total": jobs["completed"], "previous": jobs["previous"]["completed"]}),
        ),
        _card(
            say("Restarts"),
            _plain(document["restarts"]["total"]),
            _change(document["restarts"], -1),
        ),
        _card(
            say("Active users"),
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
    chart = curve(points, low, 100, "%", say("Uptime by day"))
    rows = [
        (
            f'<td class="name">{escape(one["mesh_id"])}</td>'
            f'<td class="n {_grade(one["percent"])}">{_percent(one["percent"])}</td>'
            f'<td class="n">{number(one["restarts"])}</td>'
            f'<td class="n wide">{number(one["disconnects"])}</td>'
            f'<td class="n wide">{_span(one["wanted_seconds"] - one["connected_seconds"])}</td>'
            f'<td class="n wide">{_span(one["connected_seconds"])}</td>'
        )
        for one in found["by_mesh"]
    ]
    heads = _heads(
        ("Mesh", ""), ("Uptime", "n"), ("Restarts", "n"), ("Connections lost", "n wide"),
        ("Time away", "n wide"), ("Time connected", "n wide"),
    )  # fmt: skip
    table = _table(heads, rows)
    more = found["meshes"] - len(found["by_mesh"])
    words = say("{count} more meshes had more uptime than these.", count=number(more))
    note = f'<p class="change">{words}</p>' if more else ""
    text = say("Of the time in which a mesh was meant to be connected")
    inside = f"{chart}{_gaps(points)}<h3>{say('By mesh')}</h3>{table}{note}"
    return _section(say("Uptime"), text, inside)


def _commands(document: Document) -> str:
    found = document["commands"]
    lists = _ranking(say("Most used"), found["top"], "name")
    lists += _ranking(say("In which meshes"), document["top_meshes"], "mesh_id")
    inside = _bars(found["by_day"], say("Commands by day"))
    if lists:
        inside += f'<div class="two lists">{lists}</div>'
    return _section(say("Commands"), _total(found["total"], "{count} use", "{count} uses"), inside)


def _ranking(title: str, rows: Sequence[Mapping[str, Any]], name: str) -> str:
    if not rows:
        return ""
    most = max(row["count"] for row in rows)
    items = "".join(
        f"<li><span>{escape(row[name])}</span>{number(row['count'])}"
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
            + ", ".join(f"{one[name]} {say(name)}" for name in outcomes if one[name] is not None),
        )
        for one in found["by_day"]
    ]
    legend = "".join(f'<li><i class="{name}"></i>{say(name)}</li>' for name in outcomes)
    chart = columns(points, outcomes, say("Jobs by day and outcome"))
    rows = [
        (
            f'<td class="name">{escape(one["action"])}</td>'
            f'<td class="n">{number(one["completed"])}</td>'
            f'<td class="n{" bad" if one["failed"] else ""}">{number(one["failed"])}</td>'
            f'<td class="n wide">{number(one["cancelled"])}</td>'
            f'<td class="n">{_seconds(one["mean_seconds"])}</td>'
            f'<td class="n wide">{number(one["items_done"])}</td>'
        )
        for one in found["by_action"]
    ]
    heads = _heads(
        ("Action", ""), ("Done", "n"), ("Failed", "n"), ("Cancelled", "n wide"),
        ("Mean time", "n"), ("Items", "n wide"),
    )  # fmt: skip
    ended = None if found["completed"] is None else found["completed"] + found["failed"]
    done = number(100 * found["completed"] / ended, 1) if ended else ""
    rate = ", " + say("{percent} % of them done", percent=done) if ended else ""
    inside = f'{chart}<ul class="legend">{legend}</ul><h3>{say("By action")}</h3>'
    inside += _table(heads, rows)
    return _section(say("Jobs"), _total(ended, "{count} job", "{count} jobs", rate), inside)


def _users(document: Document) -> str:
    users, messages = document["users"], document["messages"]
    if messages is None:
        words = say(
            "No messages and users are on record for this time. With <code>{setting}</code>, the "
            "default, they are counted.",
            setting="statistics.enabled = true",
        )
        inside = f'<p class="empty">{words}</p>'
        return _section(say("Users and messages"), say(NOT_RECORDED), inside)
    if users is None:
        return _said(messages)
    people = _section(
        say("Users"),
        f"{_total(users['active'], '{count} active user', '{count} active users')}, "
        + say("{count} new", count=_plain(users["new"]) or say(NOT_RECORDED)),
        _bars(users["by_day"], say("Users by day")),
    )
    return f'<div class="two">{people}{_said(messages)}</div>'


def _said(messages: Document) -> str:
    return _section(
        say("Messages"),
        _total(messages["total"], "{count} message", "{count} messages"),
        _bars(messages["by_day"], say("Messages by day")),
    )


def _growth(document: Document) -> str:
    months = document["growth"]
    if not months:
        return ""
    charts = []
    for name, title, about in (
        ("commands", say("Commands"), say("Commands by month")),
        ("jobs", say("Jobs done"), say("Jobs done by month")),
        ("users", say("Active users"), say("Active users by month")),
    ):
        if all(month[name] is None for month in months):
            continue
        points = [
            Column(_month(m["month"]), (m[name],), f"{_month(m['month'])}: {_plain(m[name])}")
            for m in months
        ]
        charts.append(f"<div><h3>{title}</h3>{columns(points, ('',), about)}</div>")
    text = counted(len(months), "The first month on record", "{count} months are recorded")
    return _section(say("Growth"), text, f'<div class="two">{"".join(charts)}</div>')


def _notes(document: Document) -> str:
    notes = "".join(f"<li>{escape(_sentence(note))}</li>" for note in document["not_recorded"])
    head = f"<h2>{say('Not recorded')}</h2>"
    part = f'<section>{head}<ul class="notes">{notes}</ul></section>' if notes else ""
    words = say("All figures are counted from events and usage on record; nothing is estimated.")
    key = f"{say('Record')} <code>{escape(document['key'])}</code>"
    return f"{part}<footer>{words} {key}</footer>"


# ---- Words and small parts -----------------------------------------------------------------------


def _kind(document: Document) -> str:
    return say("Weekly report" if document["kind"] == "weekly" else "Monthly analytics")


def _title(document: Document) -> str:
    """Return which time it is about; what the report itself says is English."""
    if present() == ENGLISH:
        return str(document["title"])
    first, last = (date.fromisoformat(document[name]) for name in ("from", "to"))
    if document["kind"] == "monthly":
        return month_of(first)
    return say("{first} to {last}", first=short_day(first), last=f"{short_day(last)} {last.year}")


def _section(title: str, text: str, inside: str) -> str:
    return f'<section><div class="head"><h2>{title}</h2><p>{text}</p></div>{inside}</section>'


def _card(name: str, value: str | None, change: str) -> str:
    shown = f'<dd class="none">{say(NOT_RECORDED)}</dd>' if value is None else f"<dd>{value}</dd>"
    return f"<div><dt>{name}</dt>{shown}{change}</div>"


def _change(figure: Mapping[str, Any], better: int = 1) -> str:
    total, previous = figure["total"], figure["previous"]
    if total is None or previous is None:
        return _compared(say("nothing to compare with")) if total is not None else ""
    if total == previous:
        return _compared(say("as before"))
    difference = abs(total - previous)
    amount = number(difference) if previous < FEW else f"{difference / previous:.0%}"
    if amount == "0%":
        return _compared(say("much as before ({count})", count=number(previous)))
    more = total > previous
    css = "good" if more == (better > 0) else "bad"
    text = "<b>{amount} more</b> than {count}" if more else "<b>{amount} less</b> than {count}"
    words = say(text, amount=amount, count=number(previous))
    return _compared(words.replace("<b>", f'<b class="{css}">'))


def _compared(words: str) -> str:
    return f'<p class="change">{words}</p>'


def _points(percent: float | None, previous: float | None) -> str:
    if percent is None:
        return ""
    if previous is None:
        return _compared(say("nothing to compare with"))
    css = "good" if percent >= previous else "bad"
    sign = "+" if percent >= previous else "-"
    words = say(
        "<b>{change}</b> to {percent} %",
        change=f"{sign}{number(abs(percent - previous), 2)}",
        percent=number(previous, 2),
    )
    return _compared(words.replace("<b>", f'<b class="{css}">'))


def _bars(days: Iterable[Mapping[str, Any]], title: str) -> str:
    points = [
        Column(_short(one["day"]), (one["value"],), f"{_short(one['day'])}: {_plain(one['value'])}")
        for one in days
    ]
    return columns(points, ("",), title) + _gaps(points)


def _gaps(points: Sequence[Column]) -> str:
    if all(point.values[0] is not None for point in points):
        return ""
    return f'<ul class="legend"><li><i class="gap"></i>{say(NOT_RECORDED)}</li></ul>'


def _table(heads: str, rows: Sequence[str]) -> str:
    if not rows:
        return f'<p class="empty">{say("There is nothing to list.")}</p>'
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    head = f"<thead><tr>{heads}</tr></thead>"
    return f'<div class="table"><table>{head}<tbody>{body}</tbody></table></div>'


def _heads(*names: tuple[str, str]) -> str:
    """Return heads of columns: what each says, and its CSS classes."""
    return "".join(
        f'<th class="{css}">{say(text)}</th>' if css else f"<th>{say(text)}</th>"
        for text, css in names
    )


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
    return say(NOT_RECORDED) if value is None else f"{number(value, 2)} %"


def _plain(value: float | None) -> str | None:
    return None if value is None else number(value)


def _total(value: int | None, one: str, many: str, rest: str = "") -> str:
    return say(NOT_RECORDED) if value is None else f"{counted(value, one, many)}{rest}"


def _seconds(value: float | None) -> str:
    if value is None:
        return "–"
    if value < 1:
        return f"{value * 1000:.0f} ms"
    return f"{number(value, 1)} s" if value < 120 else f"{number(value / 60, 1)} min"


def _span(seconds: int) -> str:
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{number(seconds / 3600, 1)} h"


def _short(text: str) -> str:
    return short_day(date.fromisoformat(text))


def _month(text: str) -> str:
    return month_of(date.fromisoformat(f"{text}-01"))


def _sentence(text: str) -> str:
    """Return a note of the report; one may name a day."""
    begin = next((one for one in SINCE if text.startswith(one)), None)
    words = say(f"{begin}{{day}}", day=text.removeprefix(begin)) if begin else say(text)
    return f"{words[0].upper()}{words[1:]}."
