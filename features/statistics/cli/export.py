"""`meshvisor stats export`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Final

import click

from meshvisor.features.statistics.cli.options import database
from meshvisor.features.statistics.cli.show import ask, question_options
from meshvisor.shared.errors import MissingError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.terminal import clean

FORMATS: Final = ("json", "csv", "parquet", "svg", "png")


@click.command(
    short_help="Write the days to a file.",
    cls=Command,
    examples=(
        "stats export --format csv > usage.csv",
        "stats export --format svg --mesh-id lobby --output lobby.svg",
    ),
)
@click.option("--format", "form", type=click.Choice(FORMATS), default="json", show_default=True)
@click.option("--output", metavar="FILE", help="Write it there [default: standard output].")
@question_options
@pass_invocation
def export(invocation: Invocation, /, *, form: str, output: str | None, **given: Any) -> None:
    """Write the figures of days to a file: as a table, or as a chart (SVG, PNG)."""
    from meshvisor.features.statistics.export.write import title_of, write
    from meshvisor.features.statistics.store.reading import opened

    user = given["user"]
    question = ask(invocation, given)
    with opened(database(invocation)) as statistics:
        what = statistics.range(question)
        days = statistics.days(what)
        week = statistics.week(what) if what.person is None else None
    title = title_of(question.mesh_id, user, what.first, what.last)
    data = write(form, days, week, title)
    if output is None or output == "-":
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    _save(Path(output), data)
    click.echo(f"{len(days):,} days are in {clean(output)}.")


# Private


def _save(path: Path, data: bytes) -> None:
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(data)
    except OSError as error:
        raise MissingError(
            f"{clean(str(path))} cannot be written ({error.strerror}); name another file"
        ) from None
