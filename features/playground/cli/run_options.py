"""What the playground adds to `meshvisor run`: `--playground` and `--rooms`."""

from __future__ import annotations

from typing import Final

import click

from meshvisor.features.playground.option_names import PLAYGROUND, ROOMS
from meshvisor.supervisor.cli.added_options import AddedOptions


def _only_with_playground(
    ctx: click.Context, _parameter: click.Parameter, value: int | None
) -> int | None:
    if value is not None and not ctx.params.get(PLAYGROUND):
        raise click.UsageError("--rooms is about the playground; add --playground")
    return value


RUN_OPTIONS: Final = AddedOptions(
    options=(
        click.Option(
            [f"--{PLAYGROUND}"],
            is_flag=True,
            is_eager=True,  # `--rooms` looks whether it is there
            help="Start a local mesh server and use it.",
        ),
        click.Option(
            [f"--{ROOMS}"],
            type=click.IntRange(1, 10_000),
            callback=_only_with_playground,
            help="Rooms of the playground (default: as in the settings).",
        ),
    ),
    examples=("run --playground --rooms 5",),
)
