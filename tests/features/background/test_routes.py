"""Background commands in the console: read without the supervisor, ended by it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from meshvisor.features.background.folder import choose_folder
from meshvisor.features.background.looking import look
from meshvisor.features.background.names import Files
from meshvisor.features.background.starting import start
from tests.console_client import Consoles, running
from tests.features.background.conftest import until_progress

PATH = "/api/v1/background"


@pytest.fixture(scope="module")
def _of_module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Consoles]:
    with pytest.MonkeyPatch.context() as patch:
        runtime = tmp_path_factory.mktemp("runtime")
        runtime.chmod(0o700)
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        with running({}) as made:
            yield made


@pytest.fixture
async def console(_of_module: Consoles) -> AsyncIterator[Consoles]:
    """Return a running supervisor with its console."""
    yield _of_module
    await _of_module.leave()


async def test_seen_and_cancelled(console: Consoles) -> None:
    """It is listed and shown with its log; who has cancelled it is in the audit log."""
    viewer = await console.program("background:view")
    operator = await console.program("background:operate", "audit:view")
    code = "import time; print('hello'); print('@progress 25 Copying'); time.sleep(1000)"
    folder = choose_folder(None)
    assert isinstance(folder, Path)
    found = start(Files(folder, "nightly"), [sys.executable, "-c", code])
    until_progress(found, 25.0)

    listed = (await viewer.get(PATH)).json()
    assert (listed["running"], [one["name"] for one in listed["commands"]]) == (1, ["nightly"])
    shown = (await viewer.get(f"{PATH}/nightly?lines=1")).json()
    assert (shown["command"]["status"], shown["command"]["progress"]) == ("running", 25.0)
    assert shown["usage"]["processes"] == 2
    assert shown["log"] == ["hello"]
    assert (await viewer.get(f"{PATH}/other")).status_code == 404

    assert (await viewer.post(f"{PATH}/nightly/cancel", json={})).status_code == 403
    done = await operator.post(f"{PATH}/nightly/cancel", json={"kill_after": 30})
    assert (done.status_code, done.json()["killed"]) == (200, False)
    assert look(found.files) is None
    newest = (await operator.get("/api/v1/audit")).json()["entries"][0]
    assert (newest["action"], newest["subject"]) == ("background.cancel", "nightly")
    assert newest["actor"].startswith("token:")
    again = await operator.post(f"{PATH}/nightly/cancel", json={})
    assert again.status_code == 404
