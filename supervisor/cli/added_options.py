"""Options that features add to `meshvisor run`.

Owns what a feature says of them (`Feature.run_options`), and that one of a feature which is left
out is refused with the reason.  Does not own what an option means: its feature finds its value in
`RunOptions.of_features`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

import click

from meshvisor.shared.feature import WITHOUT, left_out, parts


@dataclass(frozen=True, slots=True)
class AddedOptions:
    """What one feature adds."""

    options: tuple[click.Option, ...]
    """Each is a flag, or has one value that is text when it is written."""
    examples: tuple[str, ...] = ()
    """For the help, each without the program's name."""


def add_options(command: click.Command, examples: Iterable[str] = ()) -> tuple[str, ...]:
    """Give a command the options of all features, before its own; return all examples.

    Args:
        command: gets them.
        examples: its own; those of features follow the first one.
    """
    own = tuple(examples)
    added: list[AddedOptions] = [added for _, added in parts("run_options")]
    refused = [
        _refusing(option)
        for feature in left_out()
        if feature.run_options
        for option in feature.load(feature.run_options).options
    ]
    command.params[:0] = [*(option for one in added for option in one.options), *refused]
    return (*own[:1], *(example for one in added for example in one.examples), *own[1:])


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return those options of features that were given, by name; True: a flag."""
    return {name: value for name, value in values.items() if value not in (None, False)}


# Private


def _refusing(option: click.Option) -> click.Option:
    def refuse(_ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            _leaves_out()

    return click.Option(
        option.opts,
        is_flag=option.is_flag,
        hidden=True,
        expose_value=False,
        callback=refuse,
    )


def _leaves_out() -> NoReturn:
    names = ", ".join(sorted(feature.name for feature in left_out()))
    raise click.UsageError(f"{WITHOUT} leaves out {names}; take it away")
