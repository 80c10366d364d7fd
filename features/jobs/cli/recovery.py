"""`meshvisor jobs recovery`: jobs that a crash has interrupted, and what becomes of them."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.features.jobs.cli.outcomes import show
from meshvisor.features.jobs.cli.words import creator_of, progress_words, reason_words
from meshvisor.supervisor.cli.command import Command, Group, Invocation, echo, pass_invocation
from meshvisor.supervisor.cli.human import duration, moment, number
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("JOB", right=True),
    Column("ACTION", may_cut=True),
    Column("MESH", may_cut=True),
    Column("PROGRESS"),
    Column("INTERRUPTED", may_go=True),
    Column("GOES ON"),
    Column("BY", may_cut=True, may_go=True),
    Column("ASKED", may_go=True),
)

_yes = click.option("-y", "--yes", is_flag=True, help="Do not ask first.")


@click.group(
    cls=Group,
    invoke_without_command=True,
    examples=(
        "jobs recovery",
        "jobs recovery resume",
        "jobs recovery cancel --yes",
    ),
)
@click.pass_context
def recovery(ctx: click.Context) -> None:
    """Which jobs a crash has interrupted, and what becomes of them."""
    if ctx.invoked_subcommand is None:
        _show(ctx.ensure_object(Invocation))


@recovery.command(cls=Command, examples=("jobs recovery status",))
@pass_invocation
def status(invocation: Invocation) -> None:
    """Show interrupted jobs and when they go on by themselves."""
    _show(invocation)


@recovery.command(cls=Command, examples=("jobs recovery resume --yes",))
@_yes
@pass_invocation
def resume(invocation: Invocation, *, yes: bool) -> int:
    """Let all interrupted jobs go on when it is their turn."""
    return _decide(invocation, "resume", yes=yes)


@recovery.command(cls=Command, examples=("jobs recovery cancel --yes",))
@_yes
@pass_invocation
def cancel(invocation: Invocation, *, yes: bool) -> int:
    """End all interrupted jobs for good."""
    return _decide(invocation, "cancel", yes=yes)


# Private


def _show(invocation: Invocation) -> None:
    invocation.show(ask(invocation, "jobs_recovery"), _view)


def _decide(invocation: Invocation, decision: str, *, yes: bool) -> int:
    if not yes and not _is_meant(invocation, decision):
        return 0
    result = ask(invocation, "jobs_recover", decision=decision)
    if not result["jobs"] and not invocation.as_json:
        echo("No job is interrupted.")
        return 0
    return show(invocation, result)


def _is_meant(invocation: Invocation, decision: str) -> bool:
    from meshvisor.features.fleet.cli.init.terminal import Dialogue

    dialogue = Dialogue()
    if not dialogue.is_interactive:
        # What happens without an answer anyway needs none; what ends work does.
        if decision == "resume":
            return True
        raise click.UsageError("there is no terminal to ask at; add --yes to cancel them")
    count = len(ask(invocation, "jobs_recovery")["interrupted"])
    return not count or dialogue.confirm(
        f"{decision.capitalize()} {number(count, 'interrupted job')}?", decision == "resume"
    )


def _view(result: dict[str, Any]) -> str:
    return "\n".join([*_interrupted(result), *_waiting(result["waiting"])])


def _interrupted(result: dict[str, Any]) -> list[str]:
    if not result["interrupted"]:
        return ["No job is interrupted."]
    rows = [
        [
            job["job_id"],
            job["action"],
            job["mesh_id"],
            progress_words(job["counts"]),
            moment(job["interrupted_at"]),
            moment(job["resume_after"]) if job["resume_after"] else "at its turn",
            creator_of(job),
            "yes" if job["asked"] else "not yet",
        ]
        for job in result["interrupted"]
    ]
    advice = (
        f"Without an answer they go on by themselves {duration(result['auto_resume_after'])} after "
        "the crash; 'meshvisor jobs recovery resume' or 'cancel' decides about all of them."
    )
    return [*render(_COLUMNS, rows, fit=columns(), colours=has_colours()), advice]


def _waiting(waiting: dict[str, int]) -> list[str]:
    count = sum(waiting.values())
    if not count:
        return []
    kinds = ", ".join(f"{waiting[r]} {reason_words(r)}" for r in waiting if waiting[r])
    return [f"{number(count, 'paused job comes', 'paused jobs come')} back without that: {kinds}."]
