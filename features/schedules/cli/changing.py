"""`meshvisor schedules add`, `edit`, `enable`, `disable` and `remove`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import click

from meshvisor.features.jobs.cli.items_given import given_items
from meshvisor.features.jobs.cli.parameters import ACTION, DATA, LANE, PRIORITY
from meshvisor.features.schedules.cli.looking import show_view
from meshvisor.features.schedules.cli.parameters import CRON, DATE, SCHEDULE, ZONE
from meshvisor.features.schedules.model.schedule import Misfire, Overlap
from meshvisor.shared.errors import UsageError
from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.parameters import DURATION, MESH
from meshvisor.supervisor.cli.terminal import clean

_OPTIONS: Final = (
    click.option("--timezone", metavar="ZONE", type=ZONE, help="Such as Europe/Berlin."),
    click.option("--items", metavar="K1,K2", help="Keys of the job's items, between commas."),
    click.option("--data", metavar="JSON", type=DATA, help="An object for the action."),
    click.option("--lane", metavar="LANE", type=LANE, help="Where it waits [default: its own]."),
    click.option(
        "--priority", metavar="P", type=PRIORITY, help="1 (urgent) to 5 [default: its own]."
    ),
    click.option("--timeout", metavar="DURATION", type=DURATION, help="A run has to end within."),
    click.option("--retries", metavar="N", type=int, help="Attempts after one that failed."),
    click.option(
        "--retry-delay", metavar="DURATION", type=DURATION, help="Before the second attempt."
    ),
    click.option(
        "--overlap",
        type=click.Choice([one.value for one in Overlap]),
        help="What happens while an earlier run is not over [default: skip].",
    ),
    click.option(
        "--misfire",
        type=click.Choice([one.value for one in Misfire]),
        help="What happens to times that passed while nothing could run [default: latest].",
    ),
    click.option(
        "--misfire-window",
        metavar="DURATION",
        type=DURATION,
        help="After which they do not run any more [default: 1h].",
    ),
    click.option("--start-date", metavar="DATE", type=DATE, help="The first day or moment."),
    click.option("--end-date", metavar="DATE", type=DATE, help="The last day or moment."),
    click.option(
        "--jitter", metavar="DURATION", type=DURATION, help="Put off by up to this at random."
    ),
)


_AFTER: Final = click.option(
    "--after",
    metavar="SCHEDULE",
    multiple=True,
    type=SCHEDULE,
    help="In place of --cron: when this one has succeeded; may be repeated.",
)


def _options(function: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


@click.command(
    cls=Command,
    examples=(
        'schedules add nightly --cron "30 2 * * *" --action refresh --mesh lobby',
        "schedules add report --cron @weekly --action report --mesh lobby --timezone Asia/Kolkata",
        "schedules add mail --after report --action mail --mesh lobby",
    ),
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option("--cron", metavar="EXPR", type=CRON, help="When, in quotes.")
@_AFTER
@click.option("--action", metavar="ACTION", type=ACTION, required=True, help="What runs.")
@click.option("--mesh", metavar="MESH", type=MESH, help="Where it is, if it is about a mesh.")
@_options
@click.option("--disabled", is_flag=True, help="It does not fire before it is enabled.")
@pass_invocation
def add(invocation: Invocation, /, *, disabled: bool, after: tuple[str, ...], **given: Any) -> None:
    """Make a schedule, which fires from now on."""
    definition = _given(given)
    if after:
        definition["after"] = list(after)
    if disabled:
        definition["enabled"] = False
    invocation.show(ask(invocation, "schedules_add", definition=definition), show_view)


@click.command(
    cls=Command,
    examples=(
        'schedules edit nightly --cron "0 3 * * *"',
        "schedules edit nightly --reset timezone --reset jitter",
    ),
)
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@click.option("--cron", metavar="EXPR", type=CRON, help="When, in quotes.")
@_AFTER
@click.option("--action", metavar="ACTION", type=ACTION, help="What runs.")
@click.option("--mesh", metavar="MESH", type=MESH, help="Where it is.")
@_options
@click.option(
    "--reset",
    metavar="SETTING",
    multiple=True,
    help="As the settings file says, or the default; may be repeated.",
)
@pass_invocation
def edit(
    invocation: Invocation,
    /,
    *,
    name: str,
    reset: tuple[str, ...],
    after: tuple[str, ...],
    **given: Any,
) -> None:
    """Change a schedule, also one of the settings file.

    What runs goes on as it is.
    """
    changes = {**_reset(reset, {**given, "after": after or None}), **_given(given)}
    # One takes the place of the other.
    if after:
        changes = {"cron": "", **changes, "after": list(after)}
    elif changes.get("cron"):
        changes["after"] = []
    invocation.show(ask(invocation, "schedules_edit", name=name, changes=changes), show_view)


@click.command(cls=Command, examples=("schedules enable nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def enable(invocation: Invocation, *, name: str) -> None:
    """Have a schedule fire, from its next planned time on."""
    invocation.show(ask(invocation, "schedules_enable", name=name, enabled=True), show_view)


@click.command(cls=Command, examples=("schedules disable nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def disable(invocation: Invocation, *, name: str) -> None:
    """Have a schedule fire no more; what runs goes on."""
    invocation.show(ask(invocation, "schedules_enable", name=name, enabled=False), show_view)


@click.command(cls=Command, examples=("schedules remove nightly",))
@click.argument("name", metavar="SCHEDULE", type=SCHEDULE)
@pass_invocation
def remove(invocation: Invocation, *, name: str) -> None:
    """Remove a schedule; its history is kept.

    Of one in the settings file, and of a built-in one, only what was changed is removed.
    """
    invocation.show(ask(invocation, "schedules_remove", name=name), _removed_view)


# Private


def _reset(names: tuple[str, ...], given: dict[str, Any]) -> dict[str, None]:
    """Return the settings that are as they were; none of them is given a value, too."""
    wanted = dict.fromkeys(one.replace("-", "_") for one in names)
    for name in wanted:
        if given.get(name) is not None:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} and --reset {option[2:]} say two things about one setting; "
                "leave one of them out"
            )
    return wanted


def _given(options: dict[str, Any]) -> dict[str, Any]:
    given = {name: value for name, value in options.items() if value is not None}
    if (items := given.pop("items", None)) is not None:
        given["items"] = given_items(items, None)
    return given


def _removed_view(result: dict[str, Any]) -> str:
    name = clean(result["name"])
    if result["removed"]:
        return f"{name} is removed.{_left_behind(result['followers'])}"
    return f"{name} is as it was before it was changed."


def _left_behind(followers: list[str]) -> str:
    if not followers:
        return ""
    names = ", ".join(map(clean, followers))
    one = clean(followers[0])
    return (
        f"\nNo time is left for what runs after it: {names}. Give a time, as in 'meshvisor "
        f"schedules edit {one} --cron @daily', or another one: --after SCHEDULE."
    )
