"""Finding and loading plug-ins.

Owns where plug-ins come from and what is reported about each.  A plug-in is loaded as a whole or
not at all: when it fails, everything it has registered by then is taken back.  Does not own
protection from code that kills the process: the zygote tries each plug-in in a probe first.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Final, Literal

import msgspec

from meshvisor.shared.logs import levels
from meshvisor.shared.protocol.zygote import PluginReport
from meshvisor.worker import former_name
from meshvisor.worker.copies import only_the_original
from meshvisor.worker.logs.records import format_exception
from meshvisor.worker.plugin_code import CODE, digest_of_folder
from meshvisor.worker.registries import Snapshot

ENTRY_POINT_GROUP: Final = "meshvisor.plugins"

FILE_PREFIX: Final = "meshvisor_plugin_"
"""Begins the module names of plug-in files, so that a file `json.py` hides no other module."""


LONGEST_NAME: Final = 200
"""Characters of what a package calls its plug-in."""


class Source(msgspec.Struct, frozen=True):
    """One plug-in that may be loaded."""

    name: str
    """What it is called in reports."""
    kind: Literal["module", "file"]
    location: str
    """Module name or path."""


def find(modules: Sequence[str], folder: Path) -> list[Source]:
    """Return all plug-ins: named modules, then files of the folder, then entry points.

    Args:
        modules: names from the settings.
        folder: its `*.py` files are plug-ins, but not those that begin with `_` or `.`; it may
            be missing.
    """
    sources = [Source(module, "module", module) for module in modules]
    sources += [
        Source(_shown(f"{folder.name}/{path.name}"), "file", str(path))
        for path in sorted(folder.glob("*.py"))
        if not path.name.startswith(("_", "."))
    ]
    named = {source.location for source in sources}
    sources += [source for source in _entry_points() if source.location not in named]
    return sources


def watch(modules: Sequence[str], folder: Path) -> list[Source]:
    """Return all plug-ins, and remember how their files are now, for `have_changed`."""
    # Before they are loaded: what is saved meanwhile counts as changed, whether or not it was
    # still loaded.
    digest = digest_of_folder(folder)
    sources = find(modules, folder)
    present = _present(sources)
    global _watched  # noqa: PLW0603 - forks of the zygote inherit what it has loaded
    _watched = _Watched(tuple(modules), folder, digest, present, list(sys.path))
    return sources


def have_changed() -> bool:
    """Return whether `watch` would find other plug-ins now, or any of their code has changed.

    False before `watch` was called.
    """
    if _watched is None:
        return False
    if digest_of_folder(_watched.folder) != _watched.digest or CODE.has_changed():
        return True
    # Plug-ins may have added folders, in which plug-ins were not looked for.
    before, sys.path[:] = list(sys.path), _watched.path
    try:
        return _present(find(_watched.modules, _watched.folder)) != _watched.sources
    finally:
        sys.path[:] = before


def digest() -> str:
    """Return what is equal for two processes that have loaded the same code of plug-ins."""
    found = (_watched, sorted(CODE.loaded.items()), sorted(CODE.package_folders.items()))
    return blake2b(repr(found).encode(errors="surrogateescape"), digest_size=16).hexdigest()


def loaded_code_has_changed() -> bool:
    """Return whether code that this process has loaded is another on the disk by now."""
    return CODE.has_changed()


def load(modules: Sequence[str], folder: Path) -> list[PluginReport]:
    """Load every plug-in that can be loaded and report on all of them."""
    return [load_one(source) for source in find(modules, folder)]


def load_one(source: Source) -> PluginReport:
    """Import one plug-in and report on it; never raises."""
    _count_in(source)
    former_name.keep_working()
    before = Snapshot()
    loaded = set(sys.modules)
    try:
        with only_the_original():
            if source.kind == "file":
                _import_file(Path(source.location))
            else:
                importlib.import_module(source.location)
                CODE.remember_package(source.location)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - whatever a plug-in raises
        before.restore()
        for name in set(sys.modules) - loaded:
            if name == source.location or name.startswith(FILE_PREFIX):
                del sys.modules[name]
        file, line = _where(source, error)
        return PluginReport(
            name=source.name,
            ok=False,
            error=_sentence(error),
            file=file,
            line=line,
            traceback=format_exception(error),
        )
    return PluginReport(
        name=source.name,
        ok=True,
        commands=before.new_commands(),
        registered=before.new_in_features(),
    )


# Private


class _Watched(msgspec.Struct, frozen=True):
    """What `watch` has found."""

    modules: tuple[str, ...]
    folder: Path
    digest: str
    """Of the folder."""
    sources: list[Source]
    """Those that were present."""
    path: list[str]
    """`sys.path` of that moment."""


_watched: _Watched | None = None


def _present(sources: Iterable[Source]) -> list[Source]:
    """Return those that are more than links to nowhere, which editors leave for a moment."""
    return [one for one in sources if one.kind == "module" or os.path.exists(one.location)]


def _shown(name: str) -> str:
    """Return a file's name without half characters, which no message can hold."""
    return name.encode(errors="replace").decode()


def _count_in(source: Source) -> None:
    if source.kind == "file":
        CODE.include_folder(Path(source.location).parent)
    else:
        CODE.include_module(source.location)
        levels.include(source.location)


def _import_file(path: Path) -> None:
    if not path.is_file():
        # A named pipe would be read for ever.
        raise ImportError(f"{path} is not a file")
    name = FILE_PREFIX + path.stem
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    # Registered first, as an import does: dataclasses and pickle look modules up by name.
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _sentence(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "it wants to end the process while it is imported"
    return former_name.hint(error) or f"{type(error).__name__}: {error}"[:300]


def _where(source: Source, error: BaseException) -> tuple[str, int | None]:
    """Return the file and the line to look at: the innermost one that is a plug-in's."""
    if isinstance(error, SyntaxError) and CODE.is_of_plugins(error.filename or "", "?"):
        return error.filename or "", error.lineno
    place: tuple[str, int | None] = (source.location if source.kind == "file" else "", None)
    for frame, line in traceback.walk_tb(error.__traceback__):
        path = frame.f_code.co_filename
        if CODE.is_of_plugins(path, frame.f_globals.get("__name__", "")):
            place = (path, line)
    return place


def _entry_points() -> Iterator[Source]:
    """Yield what installed packages offer.

    Asking importlib.metadata reads the metadata of every installed package, about 20 ms.  Most
    machines have no such plug-in, and a look into the right files alone tells.
    """
    if not any(_offers_plugins(Path(folder)) for folder in sys.path if folder):
        return
    from importlib.metadata import entry_points

    for point in entry_points(group=ENTRY_POINT_GROUP):
        yield Source(f"{point.name} ({point.value})"[:LONGEST_NAME], "module", point.module)


def _offers_plugins(folder: Path) -> bool:
    heading = f"[{ENTRY_POINT_GROUP}]".encode()
    try:
        return any(
            heading in path.read_bytes() for path in folder.glob("*.dist-info/entry_points.txt")
        )
    except OSError:
        return False
