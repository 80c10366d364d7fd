"""What every test can ask for, and what every test run has to leave behind: nothing."""

from __future__ import annotations

import contextlib
import gc
import os
import random
import shutil
import signal
import socket
import tempfile
import zlib
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import psutil
import pytest

from meshvisor.shared.paths import Home
from tests.programs import NODE, give_up, require

PROJECT = Path(__file__).parent.parent

# A run in the background of a script, or behind nohup, ignores these, and would hand that down to
# every program that a test ends by one.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
if signal.getsignal(signal.SIGHUP) is signal.SIG_IGN:
    signal.signal(signal.SIGHUP, signal.SIG_DFL)

# No test asserts how long something takes: the machine may be busy with the other tests.
hypothesis.settings.register_profile("meshvisor", deadline=None)
hypothesis.settings.load_profile("meshvisor")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave to a long run what goes beyond the number of cases that `some` names, evenly chosen."""
    cases = defaultdict[str, list[pytest.Item]](list)
    for item in items:
        if item.get_closest_marker("some") is not None:
            cases[item.nodeid.partition("[")[0]].append(item)
    for all_of_one in cases.values():
        marker = all_of_one[0].get_closest_marker("some")
        assert marker is not None
        count, wanted = len(all_of_one), marker.args[0]
        chosen = {number * count // wanted for number in range(wanted)}
        for number, item in enumerate(all_of_one):
            if number not in chosen:
                item.add_marker(pytest.mark.long)


@pytest.hookimpl(tryfirst=True)
def pytest_collection() -> None:
    """Collect tests without collecting garbage: all that is made then stays to the end."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Keep what was collected out of garbage collections, too."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """Collect no garbage while a failure is described: Python 3.11's parser cannot be entered anew,
    as a finalizer does that reports an exception of its own, and the whole run would end.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return (yield)
    finally:
        if was_enabled:
            gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_report_to_serializable() -> Generator[None, Any, Any]:
    """Write out what UTF-8 has no form for: a report with half of an emoji, as browsers and
    platforms send them, would end the whole run of several processes instead of one test.
    """
    report = yield
    return _encodable(report)


def _encodable(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(value, dict):
        return {_encodable(key): _encodable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_encodable(one) for one in value)
    return value


@pytest.fixture(scope="session", autouse=True)
def _no_process_left_behind() -> Iterator[None]:
    """Fail the run, and clean up, if a test left a process that it started."""
    yield
    left = [process for process in psutil.Process().children(recursive=True) if _runs(process)]
    listed = [f"{process.pid}: {' '.join(process.cmdline())}" for process in left]
    for process in left:
        process.kill()
    assert not listed, "Tests left processes behind:\n" + "\n".join(listed)


def _runs(process: psutil.Process) -> bool:
    """Return whether it is more than an entry that was not reaped yet."""
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the settings of the developer's environment out of the tests."""
    for name in list(os.environ):
        if name.startswith("MESHVISOR_") and not name.startswith("MESHVISOR_TEST_"):
            monkeypatch.delenv(name)
    # Starting one takes a second, and few tests are about it.
    monkeypatch.setenv("MESHVISOR__CONSOLE__ENABLED", "false")


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """Return a random generator that no other test draws from.

    Its seed is the test's parameter `seed`, or one that the name of the test gives, so that a test
    draws the same alone as among others.  MESHVISOR_TEST_SEED is another one for all tests.  A
    test that fails tells it.
    """
    callspec = getattr(request.node, "callspec", None)
    seed = callspec.params.get("seed") if callspec is not None else None
    if seed is None:
        seed = int(os.environ.get("MESHVISOR_TEST_SEED") or zlib.crc32(request.node.name.encode()))
    request.node.add_report_section("setup", "seed", f"random.Random({seed!r})")
    return random.Random(seed)


@pytest.fixture
def home() -> Iterator[Home]:
    """Return an empty home.

    Not below `tmp_path`: the path of a UNIX socket has room for 107 bytes only.
    """
    root = Path(tempfile.mkdtemp(prefix="mv-"))
    yield Home(root)
    shutil.rmtree(root)


@pytest.fixture(scope="session")
def project() -> Path:
    """Return the root of the checkout."""
    return PROJECT


@pytest.fixture(scope="session")
def node_peers(project: Path) -> Path:
    """Return the folder whose programs Node can run with protoo-server and protoo-client.

    Skips, or fails with CI=true, where Node or the packages are missing.
    """
    require(NODE)
    folder = project / "tests" / "peers"
    if not (folder / "node_modules" / "protoo-server").is_dir():
        give_up("the protoo peers are not installed: run 'make peers'")
    return folder


@pytest.fixture
def unanswered() -> Iterator[tuple[str, int]]:
    """Yield the address of a listener whose connects are neither accepted nor refused."""
    with contextlib.ExitStack() as sockets:
        full = sockets.enter_context(socket.socket())
        full.bind(("127.0.0.2", 0))
        full.listen(0)
        for _ in range(3):
            waiting = sockets.enter_context(socket.socket())
            waiting.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                waiting.connect(full.getsockname())
        yield full.getsockname()


@pytest.fixture(scope="session")
def homeserver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], str]]:
    """Return what runs a Matrix homeserver by its name, and returns its address.

    One of each serves all tests of all processes, until they end.
    """
    from tests.homeservers import shared_homeserver  # few tests need it

    # Only here: who stops a server waits for the other processes, and those that wait for each
    # other would do so for ever if servers were not left in the order in which they were found.
    with contextlib.ExitStack() as stack:
        addresses: dict[str, str] = {}

        def run(name: str) -> str:
            if name not in addresses:
                addresses[name] = stack.enter_context(shared_homeserver(name, tmp_path_factory))
            return addresses[name]

        yield run
