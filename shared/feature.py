"""What a feature brings, and which features there are.

A feature is one folder below `features` and one line in `features.registry`.  Its `feature.py`
fills in a `Feature`: where the kernel finds each of its parts.  Parts are named as text and loaded
where they are needed, for each process needs few of them: a worker no control requests, `meshvisor
status` nothing at all (docs/decisions/0026-features.md).

Owns the contract and the list.  Does not own any part; the kernel's places that use them say what
they expect of each.  Imports the standard library only: the command line reads it at every start.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from meshvisor.shared.errors import SettingsError

PACKAGE: Final = "meshvisor.features"

WITHOUT: Final = "MESHVISOR_WITHOUT"
"""Variable that names features to leave out, separated by commas; for tests and small machines."""

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A capability and where its parts are.

    A part is named `module:attribute`, the module below the feature's own package; empty: it has
    none.
    """

    name: str
    """Of its folder."""
    requires: tuple[str, ...] = ()
    """Features without which it cannot be; they come before it in every list."""
    settings: str = ""
    """`SECTIONS`: its sections of the settings by name (`shared.settings.section`).  What a new
    settings file says about them is `settings.toml` beside `feature.py`."""
    migrations: str = ""
    """Folder of its numbered `.sql` files, below its own (`shared.store.migrations`)."""
    former_migrations: tuple[int, ...] = ()
    """Numbers that its first ones had while all owners shared one line; none: it is younger."""
    events: str = ""
    """`KINDS`: the kinds of its events (`shared.events`)."""
    messages: str = ""
    """Module that registers its messages between supervisor and children when it is imported
    (`shared.protocol.directions`)."""
    requests: str = ""
    """`HANDLERS`: its requests of the control socket (`supervisor.control.handling`)."""
    services: str = ""
    """Function that makes what it runs in the supervisor (`supervisor.service`)."""
    offline: str = ""
    """Async function that opens the same while no supervisor runs
    (`supervisor.control.offline`)."""
    worker: str = ""
    """Module that every worker imports; registers its chat commands."""
    files: tuple[str, ...] = ()
    """Files below the home that decide what is done and that others must not change
    (`shared.exposure`), beside those that settings name."""
    log_sources: tuple[str, ...] = ()
    """What of it has log lines of its own, as `meshvisor logs` takes it; `*` at the end stands for
    any name."""
    api: str = ""
    """Module whose `__all__` plug-ins may import from `meshvisor` (`worker.api`)."""
    transports: str = ""
    """`KINDS`: the transports that it brings (`shared.transports`)."""
    actions: str = ""
    """`ACTIONS`: actions of jobs that it brings itself; it requires `jobs` then, which says what
    they are (`model.built_in`)."""
    schedules: str = ""
    """`SCHEDULES`: schedules that it brings itself, each a mapping like an entry of
    `[[schedules]]`; it requires `schedules` then."""
    health: str = ""
    """`FIGURES`: what a health check measures of it (`shared.health`)."""
    records: str = ""
    """`COMPUTED`: records that it computes on request (`shared.records`)."""
    plug_ins: str = ""
    """`REGISTRIES`: what plug-ins may register with it (`worker.plugins`)."""
    children: tuple[str, ...] = ()
    """Modules that run in its child processes, by their full names; the zygote loads them.  What
    has children is started when there can be some, and stopped first."""
    commands: Mapping[str, Mapping[str, str]] = field(default_factory=lambda: _NOTHING)
    """Its commands: heading in the help to name to `module:attribute`."""
    before: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    """Commands of it that stand in the help before another: their names to its; no matter whether
    it is there."""
    run_options: str = ""
    """What it adds to `meshvisor run` (`supervisor.cli.added_options`)."""
    setup: str = ""
    """`SETUP`: what it adds to `meshvisor init`; it requires `fleet` then, which says what that can
    be (`cli.init.setup`)."""
    habits: str = ""
    """`HABITS`: what people type who come from other programs, and which command is meant
    (`supervisor.cli.habits`)."""
    problems: str = ""
    """Finds what keeps a supervisor from starting (`supervisor.cli.config.problems`)."""
    summary: str = ""
    """Function that says in a sentence what settings lead to, for `meshvisor config check`."""
    repair: str = ""
    """Class that makes saved rows of a damaged database agree (`supervisor.cli.salvage.Repair`)."""
    routes: str = ""
    """`ROUTES`: what of it the console serves (`console.routing`)."""
    metrics: str = ""
    """Function that yields numbers of it for `/metrics` (`console.metrics`)."""
    authenticator: str = ""
    """Function that makes what knows the people and programs that use the console
    (`console.identity`); one feature has it."""
    checks: str = ""
    """`CHECKS`: its checks of `meshvisor doctor` (`supervisor.cli.doctor.check`)."""

    @property
    def package(self) -> str:
        """Full name of its package."""
        return f"{PACKAGE}.{self.name}"

    def full(self, part: str) -> str:
        """Return the full `module:attribute` of one of its parts."""
        return f"{self.package}.{part}"

    def load(self, part: str) -> Any:
        """Import a part, given by its name, and return it."""
        module, _, attribute = self.full(part).partition(":")
        loaded = import_module(module)
        return getattr(loaded, attribute) if attribute else loaded

    def folder(self, part: str) -> Path:
        """Return the path of a folder of it."""
        return Path(import_module(self.package).__path__[0]) / part


def features() -> tuple[Feature, ...]:
    """Return all features, each behind those that it requires.

    Raises:
        SettingsError: `MESHVISOR_WITHOUT` names an unknown one, or one that others require.
    """
    global _features  # noqa: PLW0603 - what is registered is the same for the whole process
    if _features is None:
        _features = tuple(_ordered(_chosen(os.environ.get(WITHOUT, ""))))
    return _features


def left_out() -> tuple[Feature, ...]:
    """Return the features that this process does without."""
    held = {feature.name for feature in features()}
    return tuple(_load(name) for name in _registered() if name not in held)


def parts(kind: str) -> Iterator[tuple[Feature, Any]]:
    """Load one kind of part, such as `requests`, of every feature that has it, in their order."""
    for feature in features():
        if part := getattr(feature, kind):
            yield feature, feature.load(part)


# Private

_features: tuple[Feature, ...] | None = None


def _chosen(given: str) -> dict[str, Feature]:
    names = _registered()
    without = {name.strip() for name in given.split(",")} - {""}
    if unknown := sorted(without - set(names)):
        raise SettingsError(
            f"{WITHOUT} names {unknown[0]!r}, which is no feature; "
            f"there are {', '.join(sorted(names))}"
        )
    return {name: _load(name) for name in names if name not in without}


def _registered() -> tuple[str, ...]:
    names: tuple[str, ...] = import_module(f"{PACKAGE}.registry").FEATURES
    return names


def _load(name: str) -> Feature:
    feature: Feature = import_module(f"{PACKAGE}.{name}.feature").FEATURE
    return feature


def _ordered(chosen: Mapping[str, Feature]) -> list[Feature]:
    ordered: dict[str, Feature] = {}

    def add(feature: Feature, path: tuple[str, ...]) -> None:
        for name in feature.requires:
            if name not in chosen:
                raise SettingsError(
                    f"{WITHOUT} leaves out {name}, which {feature.name} requires; leave out both"
                )
            assert name not in path, f"{name} requires itself by way of {path}"
            add(chosen[name], (*path, name))
        ordered.setdefault(feature.name, feature)

    for feature in chosen.values():
        add(feature, (feature.name,))
    return list(ordered.values())
