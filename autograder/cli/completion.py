"""Tab completion."""

from __future__ import annotations

import click
from click import shell_completion

from autograder.cli.common import main
from autograder.errors import UsageError


@main.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the script that completes commands, options and stages with Tab.

    \b
    autograder completion bash >> ~/.bashrc
    """
    kind = shell_completion.get_completion_class(shell)
    if kind is None:
        raise UsageError(f"click knows no completion for {shell}.")
    click.echo(kind(main, {}, "autograder", "_AUTOGRADER_COMPLETE").source())
