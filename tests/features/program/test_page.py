"""What docs/program.md shows is what is spoken."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any

import pytest

from meshvisor.features.program.mesh_settings import ProgramSettings
from meshvisor.features.program.worker import messages
from meshvisor.features.program.worker.messages import FROM_PROGRAM, ProgramTraits, ToProgram
from meshvisor.features.program.worker.reading import Unknown, read
from meshvisor.shared.protocol.from_worker import FailureKind
from meshvisor.worker.mesh.transport import ChatMessage
from tests.features.program.programs import PRELUDE, Mesh

TO_PROGRAM = {
    str(kind.__struct_config__.tag): kind
    for kind in vars(messages).values()
    if isinstance(kind, type) and issubclass(kind, ToProgram) and kind is not ToProgram
}


@pytest.fixture
def page(project: Path) -> str:
    """Return the page."""
    return (project / "docs" / "program.md").read_text()


def session(page: str, mark: str) -> list[dict[str, Any]]:
    """Return the messages of one side in the example session."""
    return [json.loads(line) for line in re.findall(rf"^{mark} (\{{.*\}})$", page, re.MULTILINE)]


def rows(page: str, heading: str) -> dict[str, str]:
    """Return the second cell of each row of a table by the words in backquotes of the first."""
    section = f"\n{page}".partition(f"\n{heading}\n")[2].partition("\n#")[0]
    found = {}
    for first, second in re.findall(r"^\| (`.*?) \| (.*?) \|", section, re.MULTILINE):
        found.update(dict.fromkeys(re.findall(r"`(\w+)`", first), second))
    return found


def test_the_session(page: str) -> None:
    """Its lines can be read, and those to the program have the fields that are written."""
    for message in session(page, "<"):
        assert not isinstance(read(json.dumps(message).encode()), Unknown)
    for message in session(page, ">"):
        assert set(message) <= {"type", *TO_PROGRAM[message["type"]].__struct_fields__}


def test_every_message(page: str) -> None:
    """The tables have every message with every field, and no other."""
    for heading, known in (
        ("### To the program", TO_PROGRAM),
        ("### From the program", FROM_PROGRAM),
    ):
        listed = rows(page, heading)
        assert set(listed) == set(known)
        for kind, model in known.items():
            fields = set(re.findall(r"`(\w+)`", re.sub(r"[{\[].*?[}\]]", "", listed[kind])))
            assert fields == set(model.__struct_encode_fields__), kind


def test_every_trait_and_setting(page: str) -> None:
    """The tables of traits and settings are complete."""
    assert set(rows(page, "### Traits")) == set(ProgramTraits.__struct_fields__)
    settings = set(rows(page, "# A mesh as any program")) - {"address", "account"}
    assert settings == set(ProgramSettings.model_fields)
    for kind in FailureKind:
        assert f"`{kind.value}`" in page


async def test_the_program_in_python(page: str, tmp_path: Path) -> None:
    """The example runs as it is shown."""
    code = re.findall(r"^```python\n(.*?)^```", page, re.MULTILINE | re.DOTALL)[0]
    assert PRELUDE not in code
    path = tmp_path / "bridge.py"
    path.write_text(code)
    mesh = Mesh([sys.executable, str(path)])
    await mesh.join()
    assert (await mesh.expect(ChatMessage)).text == "?ping"
    assert await mesh.transport.say("pong") == "m1"
    await mesh.transport.leave("bye")
