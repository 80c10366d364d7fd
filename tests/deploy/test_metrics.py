"""The dashboard and the alert rules ask for numbers that there are."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from meshvisor.console.metrics import Metric, render, single
from tests.console_client import running

NAME = re.compile(r"\bmeshvisor_[a-z_]+")


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """Return what `/metrics` says of a supervisor with one mesh."""
    with running({"meshes": [{"id": "lobby"}], "platform": {"server": "ws://127.0.0.1:1"}}) as made:

        async def ask() -> str:
            program = await made.program("metrics:view")
            response = await program.get("/metrics")
            await made.leave()
            assert response.status_code == 200
            return response.text

        yield asyncio.run(ask())


def names(text: str) -> set[str]:
    """Return the names of numbers in a text, as they are declared."""
    return {name.removesuffix("_total") for name in NAME.findall(text)}


def test_what_is_asked_for_is_there(project: Path, served: str) -> None:
    """A number that is named otherwise would leave a panel, or an alert, silent for ever."""
    declared = set(re.findall(r"^# TYPE (\S+)", served, re.MULTILINE))
    dashboard = json.loads((project / "deploy/grafana/meshvisor.json").read_text())
    asked = {
        name
        for panel in dashboard["panels"]
        for target in panel["targets"]
        for name in names(target["expr"])
    }
    rules = (project / "deploy/prometheus/meshvisor.rules.yml").read_text()
    asked |= {name for line in re.findall(r"expr: (.*)", rules) for name in names(line)}
    assert asked
    assert asked - declared == set()
    assert served.endswith("# EOF\n")
    assert 'meshvisor_mesh_restarts_total{mesh="lobby"}' in served


def test_the_format() -> None:
    """Labels are escaped, counters end in `_total`, and the text ends as the format says."""
    text = render(
        [
            Metric("a_b", 'He said "x"\n', (({"mesh": 'a"b\\c\nd'}, 1.5),), is_counter=True),
            single("c", "C.", True),
        ]
    )
    assert text.splitlines() == [
        "# TYPE a_b counter",
        '# HELP a_b He said \\"x\\"\\n',
        'a_b_total{mesh="a\\"b\\\\c\\nd"} 1.5',
        "# TYPE c gauge",
        "# HELP c C.",
        "c 1",
        "# EOF",
    ]
