"""Each message to a program is one line of JSON that says it, and nothing that is left out."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.program.worker.messages import Edit, Say, written

NUMBERS = st.integers(0, 2**53)


@given(NUMBERS, st.text(), st.text(), st.none() | st.text())
def test_any_say(number: int, text: str, place: str, reply_to: str | None) -> None:
    """A message has its place and what it answers where there is one."""
    line = written(Say(id=number, text=text, place=place, reply_to=reply_to))
    about = {"place": place} if place else {}
    about |= {} if reply_to is None else {"reply_to": reply_to}
    assert read(line) == {"type": "say", "id": number, "text": text, **about}


@given(NUMBERS, st.text(), st.text(), st.text())
def test_any_edit(number: int, sent_id: str, text: str, place: str) -> None:
    """A change has the place of its message; where the mesh is at home it has none."""
    line = written(Edit(id=number, sent_id=sent_id, text=text, place=place))
    about = {"place": place} if place else {}
    assert read(line) == {"type": "edit", "id": number, "sent_id": sent_id, "text": text, **about}


def test_other_line_ends() -> None:
    """What some languages take for the end of a line is none within a message."""
    ends = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
    line = written(Say(id=1, text=f"a{ends}b", place=ends))
    assert read(line) == {"type": "say", "id": 1, "text": f"a{ends}b", "place": ends}


def read(line: bytes) -> object:
    """Return what a line says, as a program reads it."""
    assert len(line.decode().splitlines()) == 1
    assert line.endswith(b"\n")
    return json.loads(line)
