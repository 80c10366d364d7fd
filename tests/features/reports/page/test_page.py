"""The page of a report: whole, safe, and without anything from outside."""

from __future__ import annotations

import ast
import json
import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.reports.page import language as language_module
from meshvisor.features.reports.page.charts import nice_top, short
from meshvisor.features.reports.page.language import LANGUAGES
from meshvisor.features.reports.page.page import page
from meshvisor.shared.events.event import NewEvent
from tests.features.reports.conftest import MONTH, WEEK, Days
from tests.features.reports.history import millis, past, start

BLANK = re.compile(r"\{\w+\}")

SAYING = ("say", "counted", "_total")
"""Functions whose texts are said in the language of the reader."""

VOID = frozenset({"meta", "br"})


class Checker(HTMLParser):
    """Sees that all elements are closed, and remembers what it has seen."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in the beginning of an element."""
        self.tags.add(tag)
        self.addresses += [str(value) for name, value in attrs if name in {"href", "src", "style"}]
        assert not [name for name, _ in attrs if name.startswith("on")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take in an element without an end."""
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Take in the end of one."""
        assert self.open.pop() == tag


def checked(document: dict[str, Any], language: str = "en") -> str:
    """Return a page that needs nothing from outside."""
    text = page(document, language)
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.tags.isdisjoint({"script", "link", "img", "iframe", "object"})
    assert [one for one in checker.addresses if not one.startswith("width:")] == [
        one for one in checker.addresses if one.startswith("top:")
    ]
    assert "http" not in text
    assert "@import" not in text
    assert "url(" not in text
    assert re.search(r"None|nan", text) is None
    assert "prefers-color-scheme: dark" in text
    assert "@media print" in text
    return text


def test_a_week(lived: Days) -> None:
    """It has the figures that the report has."""
    report = lived.report(WEEK)
    text = checked(report)
    assert "<h1>22 February to 28 February 2026</h1>" in text
    assert f"<dd>{report['commands']['total']:,}</dd>" in text
    assert f"<b>{report['uptime']['percent']:.2f} %</b>" in text
    assert text.count("<svg role") == 5
    assert "radio:berlin" in text
    assert "Growth" not in text
    assert len(text) < 60_000


def test_a_month(lived: Days) -> None:
    """It has a chart of the months, too, and is no larger than a picture."""
    text = checked(lived.report(MONTH))
    assert "<h2>Growth</h2>" in text
    assert len(text) < 100_000


def test_in_german(lived: Days) -> None:
    """Words, numbers and dates are those of the language; one that there is not is English."""
    report = lived.report(MONTH)
    text = checked(report, "de")
    assert '<html lang="de">' in text
    assert "<h1>Feb. 2026</h1>" in text
    assert "<h2>Wachstum</h2>" in text
    percent = f"{report['uptime']['percent']:.2f}".replace(".", ",")
    assert f"Bots waren <b>{percent} %</b> der Zeit in ihren Räumen" in text
    assert "22. Feb. bis 28. Feb. 2026" in checked(lived.report(WEEK), "de")
    assert checked(report, "xx") == checked(report)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_says_all(language: str) -> None:
    """Each text of the page is in its file, with the same blanks."""
    folder = Path(language_module.__file__).parent
    kept = json.loads((folder / f"{language}.json").read_text())
    for text, words in kept.items():
        if text != "decimal comma":
            assert sorted(BLANK.findall(text)) == sorted(BLANK.findall(words))
    said = {
        node.value
        for name in ("page.py", "charts.py")
        for call in ast.walk(ast.parse((folder / name).read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SAYING
        for node in call.args
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value
    }
    said |= {f"{date(2026, number, 1):%b}" for number in range(1, 13)}
    said |= {f"{date(2026, 3, number):%a}" for number in range(1, 8)}
    assert len(said) > 60
    assert said - set(kept) == set()


def test_nothing_recorded(days: Days) -> None:
    """A page about nothing says so and draws no zeros."""
    text = checked(days.report(WEEK, counts_rooms=False))
    assert "Of meshes and jobs nothing is recorded." in text
    assert text.count('<dd class="none">not recorded</dd>') == 5
    assert "Nothing is recorded yet." in text
    assert 'class="bar' not in text
    days.happen(past(start(2026, 2, 26), 2, seed=1))
    part = checked(days.report(WEEK, counts_rooms=False))
    assert 'class="gap"' in part
    assert "statistics.enabled = true" in part


def test_names_of_others_are_text(days: Days) -> None:
    """Whatever a command, an action or a mesh is called, it is no markup."""
    evil = "<script>alert(1)</script>"
    at = millis(start(2026, 2, 23))
    content = {"action": evil, "started_at": at}
    days.happen(
        [
            NewEvent(at, "mesh.usage", "m", evil, data={"commands": {evil: 3}}),
            NewEvent(at, "job.completed", "1", evil, data=content),
            NewEvent(at, "mesh.connected", evil, evil, data={"before": "ready"}),
        ]
    )
    assert "&lt;script&gt;" in checked(days.report(WEEK))


@pytest.mark.parametrize(
    ("value", "top"),
    [(0, 4), (3, 4), (5, 8), (9, 12), (13, 20), (21, 40), (99, 100), (101, 200), (1_426, 2_000)],
)
def test_axis(value: float, top: float) -> None:
    """It ends at a number whose quarters are round."""
    assert nice_top(value) == top


def test_short_numbers() -> None:
    """They have few characters."""
    assert [short(n) for n in (0, 12, 1_500, 12_500, 2_000_000, 99.25)] == [
        "0",
        "12",
        "1,500",
        "12.5k",
        "2M",
        "99.25",
    ]
