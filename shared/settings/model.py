"""All settings of a home as one frozen value, composed of the sections of kernel and features.

Owns the composition.  Does not own any setting: the kernel's are in `shared.settings.kernel`, those
of a feature in its `settings.py`.  Does not own where values come from (`shared.settings.load`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from types import GenericAlias, MappingProxyType
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, create_model

from meshvisor.shared.feature import Feature, parts
from meshvisor.shared.model.realm import WHAT_NAMES_ARE, is_name
from meshvisor.shared.settings import kernel
from meshvisor.shared.settings.section import NamedTables, Section, Table, Tables
from meshvisor.shared.settings.values import is_file

S = TypeVar("S", bound=Section)

Declaration = Table | Tables | NamedTables

Declared = tuple[Feature | None, str, Declaration]
"""A section: whose (None: the kernel's), its name, and what its owner says about it."""


class Settings(Section):
    """All settings of one home.

    What is passed about is an instance of `settings_class()`, which has the sections.
    """

    names: ClassVar[Mapping[type[Section], str]] = MappingProxyType({})
    """The section of each model."""

    def of(self, kind: type[S]) -> S:
        """Return the section that is kept in a model, like `[jobs]` in `JobSettings`.

        Raises:
            KeyError: no section is; its feature is left out.
        """
        section: S = getattr(self, self.names[kind])
        return section

    def each(self, kind: type[S]) -> tuple[S, ...]:
        """Return the entries that are kept in a model, like `[[lanes]]` in `LaneSettings`.

        Raises:
            KeyError: as `of`.
        """
        entries: tuple[S, ...] = getattr(self, self.names[kind])
        return entries

    def named(self, kind: type[S]) -> Mapping[str, S]:
        """Return the entries that are kept in a model by their names, like `[accounts.irc]`.

        Raises:
            KeyError: as `of`.
        """
        entries: Mapping[str, S] = getattr(self, self.names[kind])
        return entries

    def replaced(self, *sections: Section) -> Self:
        """Return the same with other sections, without checking them again.

        Args:
            sections: whole ones; entries take the place of all that there are of their kind.
        """
        new: dict[str, Any] = {}
        for section in sections:
            name = self.names[type(section)]
            held = getattr(self, name)
            if isinstance(held, tuple):
                new[name] = (*new.get(name, ()), section)
            elif isinstance(section, type(held)):
                new[name] = section
            else:  # one owner's part of it
                new[name] = new.get(name, held).model_copy(update=dict(section))
        return self.model_copy(update=new)


@cache
def settings_class() -> type[Settings]:
    """Return the settings of this process: with the sections of all features that there are."""
    return composed(declared_sections())


@cache
def default_settings() -> Settings:
    """Return what holds where nothing is set."""
    return settings_class()()


def declared_sections() -> Iterator[Declared]:
    """Yield the sections of the kernel, then those of the features in their order."""
    for name, section in kernel.SECTIONS.items():
        yield None, name, section
    for feature, sections in parts("settings"):
        for name, section in sections.items():
            yield feature, name, section


@cache
def named_tables() -> Mapping[str, NamedTables]:
    """Return the sections whose tables have names, by their own."""
    return {
        name: section
        for _, name, section in declared_sections()
        if isinstance(section, NamedTables)
    }


def composed(declared: Iterable[Declared]) -> type[Settings]:
    """Return the class that has given sections, each in its place."""
    sections: dict[str, list[Declaration]] = {}
    for _, name, section in declared:
        sections.setdefault(name, []).append(section)
    fields: dict[str, Any] = {}
    names: dict[type[Section], str] = {}
    for name, same in sorted(sections.items(), key=lambda item: item[1][0].position):
        fields[name] = _field(name, same)
        names |= {section.model: name for section in same}
        if isinstance(default := fields[name][1], Section):
            names[type(default)] = name
    made = create_model(
        "Settings", __base__=Settings, __doc__="All settings of one home.", **fields
    )
    made.names = MappingProxyType(names)
    return made


def named_files(settings: Settings) -> Iterator[str]:
    """Yield the files that settings name, as they are written there."""
    for name in type(settings).model_fields:
        section = getattr(settings, name)
        if isinstance(section, Section):
            for setting, field in type(section).model_fields.items():
                if is_file(field):
                    yield getattr(section, setting)


def needs_restart(name: str) -> bool:
    """Say whether a setting, named as by `diff`, is read once, at the start of a supervisor."""
    return name.startswith(_read_once())


# Private


@cache
def _read_once() -> tuple[str, ...]:
    return tuple(
        f"{name}.{setting}"
        for _, name, section in declared_sections()
        if isinstance(section, Table)
        for setting in section.needs_restart
    )


def _field(name: str, sections: list[Declaration]) -> tuple[Any, Any]:
    first = sections[0]
    if isinstance(first, NamedTables):
        assert len(sections) == 1, f"[{name}.NAME] belongs to two features"
        return _named(name, first), Field(default_factory=dict)
    if isinstance(first, Tables):
        assert len(sections) == 1, f"[[{name}]] belongs to two features"
        return _entries(name, first), ()
    models = [section.model for section in sections]
    # One that inherits another has its settings.
    own = [one for one in models if not any(one in other.__mro__[1:] for other in models)]
    model = own[0]
    if len(own) > 1:  # the settings of bases come in the opposite order
        model = create_model(f"{name.capitalize()}Settings", __base__=tuple(reversed(own)))
    # Constructed: defaults need no check, and a validator of this section alone is built for none.
    return model, model.model_construct()


def _named(name: str, section: NamedTables) -> Any:
    def have_names(entries: dict[str, Section]) -> dict[str, Section]:
        for key in entries:
            if not is_name(key):
                raise ValueError(f"[{name}.{key}] is no name of an {section.one}: {WHAT_NAMES_ARE}")
        return entries

    annotated: Any = Annotated
    return annotated[GenericAlias(dict, (str, section.model)), AfterValidator(have_names)]


def _entries(name: str, section: Tables) -> Any:
    annotated: Any = Annotated
    entry: Any = section.model
    if section.read is not None:
        entry = annotated[entry, BeforeValidator(section.read)]

    def listed_once(entries: tuple[Section, ...]) -> tuple[Section, ...]:
        seen: set[str] = set()
        for one in entries:
            key = getattr(one, section.key)
            if key in seen:
                what = f"every {section.one} may be listed once"
                raise ValueError(f"{name} lists {key!r} twice; {what}")
            seen.add(key)
        return entries

    return annotated[GenericAlias(tuple, (entry, ...)), AfterValidator(listed_once)]
