from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meshvisor.features.blocklist.file import (
    END_OF_TIME,
    REASONS,
    BlockEntry,
    Contents,
    keep_aside,
    parse,
    read,
    render,
)

NOW = 1_700_000_000_000

ENTRIES = st.lists(
    st.builds(
        BlockEntry,
        mesh_id=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._:@~-]{0,20}", fullmatch=True),
        reason=st.sampled_from(REASONS),
        blocked_at=st.integers(0, END_OF_TIME),
        blocked_until=st.none() | st.integers(0, END_OF_TIME),
        extra=st.dictionaries(st.just("comment"), st.text()),
    ),
    unique_by=lambda entry: entry.mesh_id,
).map(lambda entries: {entry.mesh_id: entry for entry in entries})


def test_format_is_the_agreed_one() -> None:
    """Other programs read and write this file."""
    entry = BlockEntry("lobby", "connection_failures", 1, 2)
    assert json.loads(render(Contents({"lobby": entry}))) == {
        "blockedMeshes": {
            "lobby": {
                "meshId": "lobby",
                "reason": "connection_failures",
                "blockedAt": 1,
                "blockedUntil": 2,
            }
        }
    }


@given(ENTRIES)
def test_what_is_written_is_read(entries: dict[str, BlockEntry]) -> None:
    """Nothing changes on the way through the file."""
    assert parse(render(Contents(entries, extra={"version": 3})), NOW) == Contents(
        entries, extra={"version": 3}
    )


@given(ENTRIES, st.data())
def test_cut_off_file(entries: dict[str, BlockEntry], data: st.DataObject) -> None:
    """Of a file that ends too early, every entry before the cut is read as it was."""
    content = render(Contents(entries))
    cut = data.draw(st.integers(0, len(content) - 3))
    found = parse(content[:cut], NOW)
    assert found.problems
    ordered = list(entries.values())
    tail = len("\n  }\n}\n")
    for count in range(1, len(ordered) + 1):
        first = {entry.mesh_id: entry for entry in ordered[:count]}
        if len(render(Contents(first))) - tail <= cut:
            assert ordered[count - 1].mesh_id in found.entries
    for mesh_id, entry in found.entries.items():
        is_cut_off = entry.extra.get("comment", "").startswith("its entry was damaged")
        assert entries[mesh_id] == entry or (is_cut_off and entry.blocked_until is None)


@given(st.binary(max_size=200))
def test_any_bytes(content: bytes) -> None:
    """Whatever stands in the file, reading it ends and says what was wrong."""
    found = parse(content, NOW)
    assert found.problems or json.loads(content)["blockedMeshes"] == {}


def test_short_entries_of_people() -> None:
    """An operator who edits the file by hand need not write what is obvious."""
    found = parse(b'{"blockedMeshes": {"lobby": {"blockedUntil": null, "why": "noise"}}}', NOW)
    assert found == Contents(
        {"lobby": BlockEntry("lobby", "operator", NOW, None, {"why": "noise"})}
    )


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ("3", "it is not an object"),
        ("{}", "it lacks blockedUntil (milliseconds since 1970, null for ever)"),
        ('{"blockedUntil": "soon"}', "its blockedUntil is 'soon', not milliseconds since 1970"),
        ('{"blockedUntil": true}', "its blockedUntil is True, not milliseconds since 1970"),
        ('{"blockedUntil": NaN}', "its blockedUntil is nan, not milliseconds since 1970"),
        ('{"blockedUntil": 1e300}', "its blockedUntil is 1e+300, not milliseconds since 1970"),
        ('{"blockedUntil": 1, "blockedAt": -1}', "its blockedAt is -1, not milliseconds since"),
        ('{"blockedUntil": 1, "meshId": "other"}', "its meshId is 'other'"),
        ('{"blockedUntil": 1, "reason": "spam"}', "its reason is 'spam'; allowed: connection_"),
    ],
)
def test_unreadable_entry_is_named(entry: str, problem: str) -> None:
    """One wrong entry is reported by its name, blocks its mesh, and is written back as it was."""
    text = f'{{"blockedMeshes": {{"bad": {entry}, "good": {{"blockedUntil": 5}}}}}}'
    found = parse(text.encode(), NOW)
    assert list(found.entries) == ["bad", "good"]
    bad = found.entries["bad"]
    assert (bad.reason, bad.blocked_until) == ("unreadable", None)
    assert str(bad.problem).startswith(problem)
    assert json.dumps(json.loads(render(found))["blockedMeshes"]["bad"]) == json.dumps(
        json.loads(entry)
    )
    assert not found.is_damaged
    assert found.problems[0].startswith(f"the entry 'bad' cannot be read: {problem}")


def test_wrong_mesh_id_is_reported() -> None:
    """A name that can be no mesh is not taken for one."""
    found = parse(b'{"blockedMeshes": {"../x": {"blockedUntil": 5}}}', NOW)
    assert not found.entries
    assert "'../x' is no mesh id" in found.problems[0]
    assert json.loads(render(found)) == {"blockedMeshes": {"../x": {"blockedUntil": 5}}}


@pytest.mark.parametrize(
    "text",
    [
        '{"blockedMeshs": {"lobby": {"reason": "kicked", "blockedUntil": null}}}',
        '{"lobby": {"reason": "kicked", "blockedUntil": null}}',
        '[{"lobby": {"reason": "kicked", "blockedUntil": null}}]',
        '{"blockedMeshes": {"lobby": {"reason": "kicked", "blockedUntil": null},}}',
        '{"blockedMeshes": {"lobby": {"reason": "kicked" "blockedUntil": null}}}',
        '{"blockedMeshes": {"lobby": {"reason": "kicked", "blockedUntil": nul}}}',
        '{"blockedMeshes": {"lobby": {"reason": "kicked", "blockedUntil": null',
    ],
)
def test_slip_opens_nothing(text: str) -> None:
    """Wherever the slip is, the mesh in it stays blocked and the file counts as damaged."""
    found = parse(text.encode(), NOW)
    assert found.is_damaged
    assert found.problems
    assert found.entries["lobby"].blocked_until is None


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "it is empty"),
        (b" \n", "it is empty"),
        (b"[]", "it is not an object that holds 'blockedMeshes'"),
        (b'{"blockedMeshes": []}', "it is not an object that holds 'blockedMeshes'"),
        (b"\xff\xfe\x00", "it is not valid JSON"),
        (b"[" * 100_000, "it is not valid JSON"),
    ],
)
def test_file_that_is_none(content: bytes, problem: str) -> None:
    """What is no blocklist at all is said in a few words."""
    found = parse(content, NOW)
    assert not found.entries
    assert found.problems[0].startswith(problem)


def test_garbage_behind_the_end() -> None:
    """A brace too many costs no entry."""
    entry = BlockEntry("lobby", "kicked", 1, None)
    found = parse(render(Contents({"lobby": entry})) + b"}", NOW)
    assert found.entries == {"lobby": entry}
    assert found.problems


def test_endless_garbage_is_given_up() -> None:
    """A damaged file of any size is read in a moment."""
    assert len(parse(b'{"a": ' * 200_000, NOW).problems) < 200


def test_byte_order_mark(tmp_path: Path) -> None:
    """Editors that begin files with a byte order mark do no harm."""
    path = tmp_path / "blocklist.json"
    path.write_bytes(b'\xef\xbb\xbf{"blockedMeshes": {}}')
    assert read(path, NOW) == Contents({})


def test_damaged_files_are_kept_under_new_names(tmp_path: Path) -> None:
    """A second damaged file of the same second does not replace the first."""
    path = tmp_path / "blocklist.json"
    path.write_text("one")
    first = keep_aside(path, 0)
    path.unlink()
    path.write_text("two")
    second = keep_aside(path, 0)
    assert first.name == "blocklist.json.corrupt-19700101T000000Z"
    assert second.name == "blocklist.json.corrupt-19700101T000000Z-2"
    assert (first.read_text(), second.read_text()) == ("one", "two")
    assert path.read_text() == "two"
