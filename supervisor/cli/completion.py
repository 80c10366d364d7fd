"""`meshvisor completion bash|zsh|fish`: the script that makes Tab work."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from meshvisor.supervisor.cli.command import Command, Invocation, pass_invocation
from meshvisor.supervisor.cli.main import COMPLETION_VARIABLE

_INSTALL = {
    "bash": 'eval "$(meshvisor completion bash)"  in ~/.bashrc',
    "zsh": 'eval "$(meshvisor completion zsh)"  in ~/.zshrc',
    "fish": "meshvisor completion fish > ~/.config/fish/completions/meshvisor.fish",
}


@click.command(
    cls=Command,
    short_help="Print the script that makes Tab complete commands.",
    examples=("completion bash", "completion fish"),
    help="Print the script that makes Tab complete commands and mesh ids.\n\n\b\n"
    + "\n".join(_INSTALL.values()),
)
@click.argument("shell", type=click.Choice(list(_INSTALL)))
@click.pass_context
@pass_invocation
def completion(invocation: Invocation, ctx: click.Context, *, shell: str) -> None:
    """Print the script of one shell."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    root = ctx.find_root().command
    script = kind(root, {}, "meshvisor", COMPLETION_VARIABLE).source()
    invocation.show({"shell": shell, "script": script}, lambda _: script)
