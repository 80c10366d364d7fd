"""`meshvisor workflows export|import|plan|apply`: workflows as files, for git and other homes.

Owns folders of files and what a change of them means.  Does not own the formats (`documents`).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import click

from meshvisor.features.workflows.cli.documents import as_json, as_yaml, read_file
from meshvisor.features.workflows.model.differences import differences
from meshvisor.shared.errors import MissingError, UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask

ENDINGS: Final = (".yaml", ".yml", ".json")
MOST: Final = 1000
"""Workflows of a folder."""


@click.command(
    cls=Command,
    examples=("workflows export sos > sos.yaml", "workflows export --all --to workflows"),
)
@click.argument("names", metavar="[NAME]...", nargs=-1)
@click.option("--all", "everything", is_flag=True, help="All workflows.")
@click.option(
    "--format", "form", type=click.Choice(("yaml", "json")), default="yaml", help="Of files."
)
@click.option("--to", "folder", metavar="DIR", help="A file for each, in this folder.")
@pass_invocation
def export(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    everything: bool,
    form: str,
    folder: str | None,
) -> None:
    """Write workflows as YAML or JSON."""
    if everything == bool(names):
        raise UsageError("name the workflows, or say --all")
    wanted = [one["id"] for one in _all(invocation)] if everything else list(names)
    documents = [_shown(invocation, one)["document"] for one in wanted]
    if folder is None:
        write = as_yaml if form == "yaml" else as_json
        click.echo(("---\n" if form == "yaml" else "").join(map(write, documents)), nl=False)
        return
    written = [_write(Path(folder), one, form) for one in documents]
    invocation.show(
        {"files": written}, lambda one: "\n".join(one["files"]) or "There are no workflows."
    )


@click.command("import", cls=Command, examples=("workflows import sos.yaml more.json",))
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@click.option("--active", is_flag=True, help="They begin by themselves at once.")
@pass_invocation
def import_(invocation: Invocation, *, files: tuple[str, ...], active: bool) -> None:
    """Add those of files; they do not begin by themselves.

    Files are checked together, and nothing is saved if one is wrong. One whose name there is
    already is changed, and stays active or not.
    """
    documents = _checked(invocation, files)
    known = {one["name"] for one in _all(invocation)}
    saved = [
        ask(
            invocation,
            "workflows_save",
            document=document,
            upsert=True,
            is_active=active if active or name not in known else None,
        )
        for name, document in documents.items()
    ]
    invocation.show({"processes": saved}, _saved_view)


@click.command(cls=Command, examples=("workflows plan workflows",))
@click.argument("folder", metavar="DIR")
@click.option("--prune", is_flag=True, help="Deactivate those that have no file.")
@pass_invocation
def plan(invocation: Invocation, *, folder: str, prune: bool) -> None:
    """Show what 'apply' would change; nothing is changed."""
    invocation.show({"changes": _planned(invocation, folder, prune=prune)}, _plan_view)


@click.command(cls=Command, examples=("workflows apply workflows",))
@click.argument("folder", metavar="DIR")
@click.option("--prune", is_flag=True, help="Deactivate those that have no file.")
@pass_invocation
def apply(invocation: Invocation, *, folder: str, prune: bool) -> None:
    """Have the workflows be as the files of a folder say."""
    changes = _planned(invocation, folder, prune=prune)
    numbers = {one["name"]: one["id"] for one in _all(invocation)}
    for change in changes:
        if change["change"] == "deactivate":
            number = str(numbers[change["name"]])
            ask(invocation, "workflows_activate", workflow=number, is_active=False)
        elif change["change"] != "none":
            ask(
                invocation,
                "workflows_save",
                document=change["document"],
                upsert=True,
                if_revision=change["revision"],
            )
    invocation.show({"changes": changes}, _plan_view)


# Private


def _all(invocation: Invocation) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = ask(invocation, "workflows_list", limit=MOST)["processes"]
    return found


def _shown(invocation: Invocation, ref: str | int) -> dict[str, Any]:
    found: dict[str, Any] = ask(invocation, "workflows_show", workflow=str(ref))
    return found


def _write(folder: Path, document: Mapping[str, Any], form: str) -> str:
    name = re.sub(r"[\W_]+", "-", document["name"].lower()).strip("-")
    path = folder / f"{name}.{form}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(as_yaml(document) if form == "yaml" else as_json(document), "utf-8")
    except OSError as error:
        raise MissingError(f"{path} cannot be written: {error.strerror}") from None
    return str(path)


def _planned(invocation: Invocation, folder: str, *, prune: bool) -> list[dict[str, Any]]:
    """Return what has to be done, with each difference.

    Raises:
        UsageError: files are wrong; every problem of every file is said.
    """
    documents = _read(invocation, folder)
    known = {one["name"]: one for one in _all(invocation)}
    changes: list[dict[str, Any]] = []
    for name, document in documents.items():
        if name not in known:
            changes.append(_change("add", name, document, None, []))
            continue
        shown = _shown(invocation, known[name]["id"])
        found = differences(shown["document"], document)
        kind = "change" if found else "none"
        changes.append(_change(kind, name, document, shown["revision"], found))
    if prune:
        changes += [
            _change("deactivate", name, None, None, [])
            for name, one in known.items()
            if name not in documents and one["is_active"]
        ]
    return changes


def _read(invocation: Invocation, folder: str) -> dict[str, dict[str, Any]]:
    path = Path(folder)
    if not path.is_dir():
        raise MissingError(f"there is no folder {folder}; 'meshvisor workflows export' makes one")
    return _checked(
        invocation, map(str, sorted(one for one in path.rglob("*") if one.suffix in ENDINGS))
    )


def _checked(invocation: Invocation, files: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Return the stored forms of files by their names, in the order in which to save them.

    Raises:
        UsageError: files are wrong; every problem of every file is said.
    """
    documents: dict[str, dict[str, Any]] = {}
    wrong: list[str] = []
    given = [(file, one) for file in files for one in read_file(file)]
    of_all = {str(one.get("name")): one for _, one in given}
    for file, document in given:
        *besides, _ = _callees_first(of_all, [str(document.get("name"))])
        checked = ask(
            invocation,
            "workflows_check",
            document=document,
            besides=[of_all[name] for name in besides],
        )
        if not checked["valid"]:
            wrong += [f"{file}: {one['place']}: {one['message']}" for one in checked["problems"]]
            continue
        name = checked["document"]["name"]
        if name in documents:
            wrong.append(f"{file}: there is a second workflow {name!r}")
        documents[name] = checked["document"]
    if wrong:
        raise UsageError("\n".join(wrong))
    return {name: documents[name] for name in _callees_first(documents, documents)}


def _callees_first(documents: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Return names of workflows, and of those that they may call, behind these."""
    order: dict[str, None] = {}
    begun: set[str] = set()

    def add(name: str) -> None:
        begun.add(name)
        text = json.dumps(documents[name], ensure_ascii=False, default=str)
        # However a call is spelled, it has the name in quotes.
        for other in documents.keys() - begun:
            if json.dumps(other, ensure_ascii=False) in text:
                add(other)
        order[name] = None

    for name in names:
        if name not in begun:
            add(name)
    return [*order]


def _change(
    kind: str, name: str, document: Any, revision: int | None, found: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "change": kind,
        "name": name,
        "revision": revision,
        "differences": found,
        "document": document,
    }


def _plan_view(result: dict[str, Any]) -> str:
    lines = []
    for change in result["changes"]:
        sign = {"add": "+", "change": "~", "deactivate": "-", "none": " "}[change["change"]]
        tail = "  (no change)" if change["change"] == "none" else ""
        lines.append(f"{sign} {change['name']}{tail}")
        lines += [f"    {one['place']}: {one['what']}" for one in change["differences"]]
    return "\n".join(lines) or "There is nothing in the folder."


def _saved_view(result: dict[str, Any]) -> str:
    lines = []
    for one in result["processes"]:
        done = "added" if one["created"] else "changed" if one["changed"] else "so already"
        state = "active" if one["is_active"] else "not active"
        lines.append(f"{one['name']}: {done}, {state}")
    return "\n".join(lines)
