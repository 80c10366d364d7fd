"""Code that others could change is not loaded, neither at the start nor by a reload."""

from __future__ import annotations

import pytest

from meshvisor.shared.model.mesh import MeshState
from tests.faults.conftest import MakeFleet

pytestmark = pytest.mark.faults

GREET = """
from meshvisor import command

@command("greet")
def greet(ctx):
    return "hello"
"""


@pytest.mark.long
async def test_a_plug_in_that_others_may_write(make_fleet: MakeFleet) -> None:
    """It is refused in one sentence by every command, and what runs goes on with what it has."""
    fleet = make_fleet(GREET)
    plugin = fleet.home.plugins / "plugin.py"
    await fleet.start()
    pid = await fleet.worker("lobby")
    plugin.write_text("raise SystemExit")
    plugin.chmod(0o666)
    sentence = f"{plugin} decides what runs here, and everybody may change it (mode 0666)"
    for command in (("config", "reload"), ("config", "check")):
        outcome = await fleet.command(*command)
        assert outcome.code == 2
        assert f"{sentence}: chmod go-w {plugin}" in outcome.err
    doctor = await fleet.command("doctor")
    assert doctor.code == 1
    assert sentence in doctor.out
    assert (await fleet.mesh_is("lobby", MeshState.CONNECTED)).pid == pid
    await fleet.stop()
    outcome = await fleet.command("run")
    assert (outcome.code, sentence in outcome.err) == (2, True)
    plugin.chmod(0o644)
    await fleet.start()
