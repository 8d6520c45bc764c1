"""kimimaro license: under which terms the program comes."""

from __future__ import annotations

import importlib.metadata

import click


@click.command(name="license", short_help="Print the licence.")
def command() -> None:
    """Print the licence of Kimimaro."""
    distribution = importlib.metadata.distribution("kimimaro")
    for file in distribution.files or []:
        if file.name == "LICENSE":
            click.echo(file.read_text().rstrip())
            return
    click.echo(f"Kimimaro is under the licence {distribution.metadata['License-Expression']}.")
