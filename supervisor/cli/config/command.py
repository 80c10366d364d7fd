"""`meshvisor config show|check|schema|reload`: the settings as they are, and whether they hold."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any, Final

import click

from meshvisor.shared.errors import MeshvisorError
from meshvisor.shared.feature import parts
from meshvisor.shared.listed import listed
from meshvisor.supervisor.cli.command import (
    Command,
    Group,
    Invocation,
    echo,
    pass_invocation,
    print_json,
)
from meshvisor.supervisor.cli.skipped_plugins import skipped_sentence
from meshvisor.supervisor.cli.terminal import DIM, has_colours, paint

RELOAD_TIMEOUT: Final = 150.0
"""Seconds: plug-ins that end the process from which bots are started are tried one by one."""

MOST_SHOWN: Final = 20
"""Names in a line of what a reload has changed; a fleet may have thousands, and --json has all."""


@click.group(
    cls=Group,
    examples=(
        "config check",
        "config show",
        "config reload",
        "config schema > schema.json",
    ),
)
def config() -> None:
    """The settings: what holds, and whether it is right."""


@config.command(cls=Command, examples=("config show", "config show --json"))
@pass_invocation
def show(invocation: Invocation) -> None:
    """Show all settings as they hold.

    That is the file, the environment over it, and defaults elsewhere.
    """
    from meshvisor.shared.settings.load import load_settings
    from meshvisor.shared.settings.model import default_settings

    held = load_settings(invocation.home, os.environ).model_dump(mode="json")
    defaults = default_settings().model_dump(mode="json")
    invocation.show(held, lambda _: "\n".join(_as_toml(held, defaults)))


@config.command(cls=Command, examples=("config check", "config check --home ~/my-bots"))
@pass_invocation
def check(invocation: Invocation) -> int:
    """Say whether a supervisor would start with this home."""
    from meshvisor.supervisor.cli.config.problems import problems_of

    home = invocation.home
    settings, problems = problems_of(home)
    sentences = "\n".join(map(str, problems))
    if invocation.as_json:
        print_json({"ok": not problems, "problems": sentences.splitlines()})
        return problems[0].exit_code if problems else 0
    if problems or settings is None:
        raise type(problems[0])(sentences)
    there = "" if home.settings_file.exists() else " (there is no file, so defaults hold)"
    echo(f"The settings of {home.root} are right{there}.")
    for _, summary in parts("summary"):
        if line := summary(settings):
            echo(line)
    return 0


@config.command(cls=Command, examples=("config schema",))
def schema() -> None:
    """Print the JSON Schema of the settings, for editors and programs."""
    from meshvisor.shared.settings.schema import settings_schema

    print_json(settings_schema())


@config.command(cls=Command, examples=("config reload",))
@pass_invocation
def reload(invocation: Invocation) -> int:
    """Take over changed settings and plug-ins, like SIGHUP.

    Ends with 1 when a plug-in could not be loaded.
    """
    report = invocation.request("reload", timeout=RELOAD_TIMEOUT)
    invocation.show(report, _reload_view)
    return MeshvisorError.exit_code if report["skipped_plugins"] else 0


# Private


def _as_toml(held: dict[str, Any], defaults: dict[str, Any]) -> Iterator[str]:
    from meshvisor.shared.settings.model import named_tables

    for section, values in held.items():
        if isinstance(values, list):
            for entry in values:
                yield from ("", f"[[{section}]]")
                yield from (f"{key} = {_value(value)}" for key, value in entry.items() if value)
            continue
        if section in named_tables():
            for name, entry in values.items():
                yield from ("", f"[{section}.{name}]")
                yield from (f"{key} = {_value(value)}" for key, value in entry.items() if value)
            continue
        yield from ("", f"[{section}]")
        for key, value in values.items():
            if value is None:
                continue
            default = defaults[section][key]
            note = "" if value == default else f"  # default: {_value(default)}"
            yield f"{key} = {_value(value)}" + paint(note, DIM, has_colours())


def _value(value: Any) -> str:
    # The JSON of texts, numbers, booleans and lists of them is TOML, too.
    return json.dumps(value, ensure_ascii=False)


def _reload_view(report: dict[str, Any]) -> str:
    why = "with the new plug-ins" if report["plugins_changed"] else "with new parameters"
    titles = {
        "changed": "Changed",
        "needs_restart": "Changed, but only used after a restart of the supervisor",
        "started": "Started",
        "stopped": "Stopped",
        "restarted": f"Restarted {why}",
    }
    lines = ["The plug-ins have changed and are loaded."] if report["plugins_changed"] else []
    lines += [
        f"{title}: {listed(report[key], MOST_SHOWN)}"
        for key, title in titles.items()
        if report[key]
    ]
    lines += map(skipped_sentence, report["skipped_plugins"])
    return "\n".join(lines) or "Nothing has changed."
