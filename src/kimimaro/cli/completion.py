"""kimimaro completion: commands and options completed by the shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")

EXAMPLES = """
\b
Examples:
  eval "$(kimimaro completion bash)"                       in ~/.bashrc
  eval "$(kimimaro completion zsh)"                        in ~/.zshrc
  kimimaro completion fish > ~/.config/fish/completions/kimimaro.fish
"""


@click.command(name="completion", epilog=EXAMPLES, short_help="Complete commands in a shell.")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script by which SHELL completes Kimimaro's commands and options."""
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "kimimaro", "_KIMIMARO_COMPLETE").source())
