"""Examples in the help and in the documentation name commands and options that exist."""

import importlib
import re
import shlex
from pathlib import Path

import click
import pytest

from kimimaro.cli import COMMANDS, group

DOCS = Path(__file__).parents[2] / "docs"
LINE = re.compile(r"^ *(kimimaro (?!COMMAND)[^|>\n]*?) *(?: {3,}.*|[|>].*)?$", re.MULTILINE)


def in_help():
    for name in COMMANDS:
        module = importlib.import_module(f"kimimaro.cli.{name.replace('-', '_')}")
        for text in vars(module).values():
            if isinstance(text, str) and "Examples:" in text:
                yield from LINE.findall(text)
    yield from LINE.findall(group.help)


def in_documentation():
    for block in re.findall(r"```\n(.*?)```", (DOCS / "cli.md").read_text(), re.DOTALL):
        yield from LINE.findall(block)


@pytest.mark.parametrize("example", [*in_help(), *in_documentation()])
def test_an_example_can_be_parsed(example):
    words = shlex.split(example)[1:]
    command: click.Command = group
    context = click.Context(group, info_name="kimimaro")
    while isinstance(command, click.Group):
        name = words.pop(0)
        command = command.get_command(context, name)
        assert command is not None, name
        context = click.Context(command, parent=context, info_name=name)
    # Files of the examples are not there, so nothing but the syntax is looked at.
    values, left, _ = command.make_parser(context).parse_args(words)
    assert not left
    assert values


def test_the_documentation_lists_every_command():
    text = (DOCS / "cli.md").read_text()
    assert [name for name in COMMANDS if f"| `{name}" not in text] == []
