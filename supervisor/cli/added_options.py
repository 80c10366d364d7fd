"""Options that features add to commands of others, such as `meshvisor run`.

Owns what a feature says of them (`Feature.run_options`, `Feature.setup`), and that one of a feature
which is left out is refused with the reason.  Does not own what an option means: its feature finds
its value in `RunOptions.of_features`, or is asked with it (`features.fleet.cli.init`).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import click

from meshvisor.shared.feature import WITHOUT, left_out, parts


@dataclass(frozen=True, slots=True, kw_only=True)
class AddedOptions:
    """What one feature adds."""

    options: tuple[click.Option, ...]
    """Each is a flag, or has one value that is text when it is written."""
    examples: tuple[str, ...] = ()
    """For the help, each without the program's name."""


def add_options(
    command: click.Command, examples: Iterable[str] = (), part: str = "run_options", at: int = 0
) -> tuple[str, ...]:
    """Give a command the options of all features, among its own; return all examples.

    Args:
        command: gets them.
        examples: its own; those of features follow the first one.
        part: of features that adds them; its value is an `AddedOptions`.
        at: how many of its own options come before them.
    """
    own = tuple(examples)
    added: list[AddedOptions] = [added for _, added in parts(part)]
    refused = [
        _refusing(option, feature.name)
        for feature in left_out()
        if getattr(feature, part)
        for option in feature.load(getattr(feature, part)).options
    ]
    command.params[at:at] = [*(option for one in added for option in one.options), *refused]
    return (*own[:1], *(example for one in added for example in one.examples), *own[1:])


def given(values: dict[str, Any]) -> dict[str, Any]:
    """Return those options of features that were given, by name; True: a flag."""
    return {name: value for name, value in values.items() if value not in (None, False)}


# Private


def _refusing(option: click.Option, feature: str) -> click.Option:
    def refuse(_ctx: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value not in (None, False):
            raise click.UsageError(
                f"{option.opts[0]} is an option of the feature {feature}, which {WITHOUT} leaves "
                f"out; take {feature} from that variable, or leave {option.opts[0]} away"
            )

    return click.Option(
        option.opts,
        is_flag=option.is_flag,
        hidden=True,
        expose_value=False,
        callback=refuse,
    )
