"""`meshvisor workflows approvals|answer`: questions to people."""

from __future__ import annotations

from typing import Any, Final

import click

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.human import moment
from meshvisor.supervisor.cli.offline import ask
from meshvisor.supervisor.cli.table import Column, render
from meshvisor.supervisor.cli.terminal import columns, has_colours

_COLUMNS: Final = (
    Column("ID", right=True),
    Column("WORKFLOW", may_cut=True),
    Column("QUESTION", may_cut=True),
    Column("ANSWERS", may_cut=True),
    Column("UNTIL"),
    Column("ANSWERED", may_go=True),
)


@click.command(cls=Command, examples=("workflows approvals", "workflows approvals --all"))
@click.option("--all", "everything", is_flag=True, help="Also those that are answered or over.")
@pass_invocation
def approvals(invocation: Invocation, *, everything: bool) -> None:
    """List questions for which executions wait."""
    found = ask(invocation, "workflows_approvals", is_open=not everything)
    invocation.show(found, _list_view)


@click.command(cls=Command, examples=("workflows answer 3 yes",))
@click.argument("number", metavar="ID", type=click.IntRange(1))
@click.argument("answer", metavar="ANSWER")
@pass_invocation
def answer(invocation: Invocation, *, number: int, answer: str) -> None:
    """Answer a question; the execution goes on."""
    found = ask(invocation, "workflows_answer", approval=number, answer=answer)
    invocation.show(found, lambda one: f"Execution {one['execution_id']} goes on: {one['answer']}.")


# Private


def _list_view(result: dict[str, Any]) -> str:
    if not result["approvals"]:
        return "No question waits."
    rows = [
        [
            str(one["id"]),
            one["process"],
            one["question"],
            ", ".join(one["options"]),
            moment(one["expires_at"], seconds=True),
            f"{one['answer']} ({one['answered_by']})" if one["answer"] else "-",
        ]
        for one in result["approvals"]
    ]
    return "\n".join(render(_COLUMNS, rows, fit=columns(), colours=has_colours()))
