"""The pages of the console in a headless browser: the first one, a list of very many jobs, a log.

No peers.  Each repetition is a browser without a cache whose operator is signed in.  The jobs and
the log are there before the supervisor starts.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, Page, Response, sync_playwright

from benchmarks.console import Console
from benchmarks.contenders.contender import Contender, is_ours
from benchmarks.contenders.meshvisor import Meshvisor
from benchmarks.errors import BenchmarkError
from benchmarks.figures import Sample
from benchmarks.job_programs.filled import fill
from benchmarks.processes import cpu_seconds
from benchmarks.rows.row import Line, Samples
from benchmarks.trial import trial
from meshvisor.shared.logs.files import log_file
from meshvisor.shared.logs.line import Record, render
from meshvisor.shared.paths import Home

BROWSER: Final = "chromium-headless-shell"
PASSWORD: Final = "four measured green boats"
PATIENCE: Final = 120_000
"""Milliseconds that a page may take at all."""
FRAMES: Final = 120
"""Frames of one scroll."""
STEP: Final = 400
"""Pixels that are scrolled between two frames: faster than one can read."""

_LINK: Final = re.compile(r"https?://\S+/welcome#\S+")
_SCROLL: Final = """([frames, step]) => new Promise((done) => {
  const scrolls = (one) => one.scrollHeight > one.clientHeight + 50
    && /auto|scroll/.test(getComputedStyle(one).overflowY);
  const table = [...document.querySelectorAll("main *")].find(scrolls) ?? document.scrollingElement;
  const gaps = [];
  let last = performance.now();
  const next = (now) => {
    gaps.push(now - last);
    last = now;
    table.scrollTop += step;
    if (gaps.length < frames) requestAnimationFrame(next);
    else done(gaps.slice(1));
  };
  requestAnimationFrame(next);
})"""


@dataclass(frozen=True, slots=True)
class ConsolePages:
    """Milliseconds until pages can be used, megabytes of the first one, and frames of a scroll."""

    key: str
    jobs: int
    log_lines: int
    repeats: int
    idle_seconds: float
    script_target: float
    """Megabytes, compressed."""
    open_target: float
    """Milliseconds."""

    def lines(self) -> Sequence[Line]:
        """The first page, the list, the log, and what it costs without viewers."""
        key = self.key
        return [
            Line(f"{key}-script", "script of the first page, compressed", "MB",
                 self.script_target, how="bodies as they are sent to a browser without a cache"),
            Line(f"{key}-first", "first page, from its address to its heading", "ms",
                 self.open_target, how="a browser without a cache whose operator is signed in"),
            Line(f"{key}-frame", f"frame while {self.jobs:,} jobs are scrolled, 99th percentile",
                 "ms", statistic="p99", how=f"{STEP} pixels between two frames"),
            Line(f"{key}-log", f"log of {self.log_lines:,} lines, from its address to its newest",
                 "ms", self.open_target),
            Line(f"{key}-older", f"a thousand older ones of {self.log_lines:,} lines", "ms",
                 self.open_target, how="from the click until they are counted"),
            Line(f"{key}-idle", "console's CPU when nobody looks", "%",
                 how="processor time of its process by its time"),
        ]  # fmt: skip

    def runs(self, contender: Contender) -> int | None:
        """Ours only; one run opens each page often."""
        return 1 if is_ours(contender) else 0

    def run(self, contender: Contender) -> Samples:
        """Open them."""
        assert isinstance(contender, Meshvisor)
        found: dict[str, list[Sample]] = {line.key: [] for line in self.lines()}
        with trial(contender, 1, with_console=True, prepare=self._prepare) as running:
            running.wait_until_connected()
            console = Console.of(running.home, contender.program)
            with _browser() as browser:
                state = _signed_in(browser, _shown_link(running.home / "output.log"))
                for _ in range(self.repeats):
                    self._look(browser, state, console.url, found)
            before = cpu_seconds([console.pid])
            time.sleep(self.idle_seconds)
            spent = cpu_seconds([console.pid]) - before
            found[f"{self.key}-idle"] = [spent * 100 / self.idle_seconds]
        return found

    # Private

    def _prepare(self, home: Path) -> None:
        fill(home / "var" / "meshvisor.db", self.jobs)
        folder = Home(home).logs
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log_file(folder, "mesh-m1", 1).open("w") as file:
            for number in range(self.log_lines):
                text = f"line {number} of a long log"
                file.write(render(Record(1.7e9 + number, "mesh-m1", "info", text)))

    def _look(self, browser: Browser, state: Any, url: str, found: dict[str, list[Sample]]) -> None:
        context = browser.new_context(storage_state=state, locale="en-GB")
        context.set_default_timeout(PATIENCE)
        page = context.new_page()
        scripts: list[Response] = []
        page.on("response", lambda one: scripts.append(one) if _is_script(one) else None)
        found[f"{self.key}-first"].append(_taken(page, url, "h1"))
        page.wait_for_load_state("networkidle")
        # What comes later, such as what dialogs need, is loaded behind the page.
        first = page.evaluate(
            "[...document.querySelectorAll('script[src], link[rel=modulepreload]')]"
            ".map((one) => one.src || one.href)"
        )
        sent = sum(_size(one) for one in scripts if one.url in first)
        found[f"{self.key}-script"].append(sent / 1e6)
        page.goto(f"{url}/jobs")
        page.get_by_role("row").nth(10).wait_for()
        found[f"{self.key}-frame"] += page.evaluate(_SCROLL, [FRAMES, STEP])
        found[f"{self.key}-log"].append(
            _taken(page, f"{url}/logs?of=m1", "[role=log] [data-index]")
        )
        older = page.get_by_role("button", name="Older lines")
        began = time.perf_counter()
        older.click()
        page.get_by_text(re.compile(r"^1,?0\d\d lines$")).wait_for()
        found[f"{self.key}-older"].append((time.perf_counter() - began) * 1000)
        context.close()


def _shown_link(output: Path) -> str:
    """Return the link of the first operator, when a supervisor has written it.

    Raises:
        BenchmarkError: it has not, in time.
    """
    until = time.monotonic() + PATIENCE / 1000
    while time.monotonic() < until:
        if link := _LINK.search(output.read_text()):
            return link[0]
        time.sleep(0.05)
    raise BenchmarkError("no link to the console was shown")


@contextmanager
def _browser() -> Iterator[Browser]:
    path = shutil.which(BROWSER)
    if path is None:
        raise BenchmarkError(f"there is no {BROWSER}")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()


def _signed_in(browser: Browser, link: str) -> Any:
    page = browser.new_page(locale="en-GB")
    page.set_default_timeout(PATIENCE)
    page.goto(link)
    page.get_by_label("What do you want to be called?").fill("bench")
    page.get_by_role("textbox", name="Choose a password").fill(PASSWORD)
    page.get_by_role("button", name="Enter").click()
    page.get_by_role("navigation").wait_for()
    state = page.context.storage_state()
    page.close()
    return state


def _taken(page: Page, address: str, selector: str) -> float:
    """Return the milliseconds from asking for an address until something is seen."""
    began = time.perf_counter()
    page.goto(address, wait_until="commit")
    page.locator(selector).first.wait_for()
    return (time.perf_counter() - began) * 1000


def _is_script(response: Response) -> bool:
    return response.url.endswith(".js")


def _size(response: Response) -> int:
    return int(response.request.sizes()["responseBodySize"])
